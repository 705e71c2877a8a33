using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Server.Presence;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Presence;

public sealed class BeingOnline
{
    [Fact]
    public async Task Is_told_to_friends_from_the_first_connection_to_the_last()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun, stranger) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        await using var his = await jun.ConnectAsync();
        await using var strangers = await stranger.ConnectAsync();
        var (him, other) = (await his.EventsAsync(), await strangers.EventsAsync());
        var online = server.Services.GetRequiredService<WhoIsOnline>();
        await using var line = new Line(server.Address);

        var phone = await minji.ConnectAsync();
        await using var tablet = await minji.ConnectAsync(through: line);
        await him.SeesAsync(f => IsAbout(f, minji, isOnline: true));
        Assert.True(online.IsOnline(minji.Id));
        await phone.DisposeAsync();
        Assert.True(online.IsOnline(minji.Id)); // the tablet is there
        line.Cut();

        await him.SeesAsync(f => IsAbout(f, minji, isOnline: false));
        Assert.False(online.IsOnline(minji.Id));
        Assert.Equal(2, him.Came.Count(f => f.TypeName() == "presence"));
        Assert.Empty(other.Came);
    }

    [Fact]
    public async Task Outlives_a_reload()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        await using var his = await jun.ConnectAsync();
        var him = await his.EventsAsync();

        var page = await minji.ConnectAsync();
        await him.SeesAsync(f => IsAbout(f, minji, isOnline: true));
        for (var i = 0; i < 3; i++)
        {
            await page.DisposeAsync();
            page = await minji.ConnectAsync();
        }
        await page.DisposeAsync();

        await him.SeesAsync(f => IsAbout(f, minji, isOnline: false));
        Assert.Equal(2, him.Came.Count(f => f.TypeName() == "presence"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // a client that promises no heart-beats: pings find it
    public async Task Ends_within_a_minute_when_the_line_goes_dead_without_a_word(bool beats)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);
        await using var line = new Line(server.Address);
        await using var hers = await minji.ConnectAsync(through: line, beats: beats);
        await using var his = await jun.ConnectAsync();
        var (him, sees) = (await his.EventsAsync(), await his.WatchAsync(room));
        await hers.WatchAsync(room);
        await hers.TypeAsync(room);
        await sees.SeesAsync("typing");
        await PassAsync(() => sees.Came.Any(f => f.TypeName() == "here" && f.GetProperty("here").GetInt32() == 2), "both here");

        line.GoDead();
        _ = hers.TypeAsync(room); // said into the void
        var silentSince = clock.GetUtcNow();

        await PassAsync(() => him.Came.Any(f => IsAbout(f, minji, isOnline: false)), "offline");
        await PassAsync(() => sees.Came[^1].TypeName() == "here" && sees.Came[^1].GetProperty("here").GetInt32() == 1, "only one here");
        Assert.InRange(clock.GetUtcNow() - silentSince, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Single(sees.Came, f => f.TypeName() == "typing"); // which is shown for six seconds

        async Task PassAsync(Func<bool> isSo, string what)
        {
            for (var seconds = 0; !isSo(); seconds++)
            {
                Assert.True(seconds < 90, $"{what}: not after {seconds} s. {string.Join('\n', him.Came.Concat(sees.Came))}");
                clock.Advance(TimeSpan.FromSeconds(1));
                await his.ReadAsync(room, 0); // his line lives: to the node and back
            }
        }
    }

    [Fact]
    public async Task Is_hidden_from_who_is_blocked()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun, friend) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        await minji.BefriendAsync(friend);
        await minji.BlockAsync(jun);
        await using var his = await jun.ConnectAsync();
        await using var friends = await friend.ConnectAsync();
        var (him, other) = (await his.EventsAsync(), await friends.EventsAsync());

        await using var live = await minji.ConnectAsync();

        await other.SeesAsync(f => IsAbout(f, minji, isOnline: true));
        Assert.DoesNotContain(him.Came, f => f.TypeName() == "presence");
    }

    static bool IsAbout(System.Text.Json.JsonElement frame, TestUser who, bool isOnline) =>
        frame.TypeName() == "presence" && frame.GetProperty("userId").GetGuid() == who.Id && frame.GetProperty("isOnline").GetBoolean() == isOnline;
}
