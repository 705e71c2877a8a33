using Microsoft.Extensions.DependencyInjection;
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
