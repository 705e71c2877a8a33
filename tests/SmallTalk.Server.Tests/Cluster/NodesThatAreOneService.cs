using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Presence;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Cluster;

public sealed class NodesThatAreOneService
{
    [Fact]
    public async Task Deliver_what_all_of_them_take_in_one_order_without_a_gap_or_a_repeat()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var minji = await cluster[0].SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var people = await People.AtAsync(minji, cluster[0], cluster[1], cluster[2]);
        var inboxes = await people.WatchAsync(room);

        await Task.WhenAll(people.All.Select((person, node) => Task.WhenAll(Enumerable.Range(0, 100).Select(i => person.SayAsync(room, $"{node}: {i}")))));

        foreach (var inbox in inboxes)
        {
            await inbox.SeesAsync(300);
            Assert.Equal(Enumerable.Range(1, 300).Select(i => (long)i), inbox.Messages.Select(message => message.Seq()));
        }
        Assert.Single(inboxes.Select(inbox => string.Join('\n', inbox.Messages.Select(message => message.ToString()))).Distinct());
    }

    [Fact]
    public async Task Tell_edits_deletions_and_what_is_typed_and_read()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (minji, jun) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var hers = await minji.ConnectAsync();
        await using var his = await jun.At(cluster[1]).ConnectAsync();
        var (here, there) = (await hers.WatchAsync(room), await his.WatchAsync(room));

        await hers.SayAsync(room, "고칠 말");
        await hers.SayAsync(room, "지울 말");
        await there.SeesAsync(2);
        (await minji.EditAsync(room, 1, "고친 말")).EnsureSuccessStatusCode();
        (await minji.DeleteMessageAsync(room, 2)).EnsureSuccessStatusCode();
        await his.TypeAsync(room);
        await his.ReadAsync(room, 2);

        await there.UntilAsync(came => Inbox.Hold(came.Where(frame => frame.TypeName() == "message")) is [var first, var second]
            && first.Words() == "고친 말" && second.Words().Length == 0 && second.TryGetProperty("deletedAt", out _));
        await here.SeesAsync(frame => frame.TypeName() == "typing" && frame.GetProperty("user").GetProperty("id").GetGuid() == jun.Id);
        await here.SeesAsync(frame => frame.TypeName() == "read" && frame.GetProperty("userId").GetGuid() == jun.Id && frame.Seq() == 2);
    }

    [Fact]
    public async Task Count_who_has_a_room_open_together()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (minji, jun) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await using var hers = await minji.ConnectAsync();
        var here = await hers.WatchAsync(room);
        await using (var his = await jun.At(cluster[1]).ConnectAsync())
        {
            var there = await his.WatchAsync(room);
            foreach (var inbox in new[] { here, there })
                await inbox.SeesAsync(frame => frame.TypeName() == "here" && frame.GetProperty("here").GetInt32() == 2);
        }
        await here.UntilAsync(came => came.LastOrDefault(frame => frame.TypeName() == "here") is { ValueKind: JsonValueKind.Object } last
            && last.GetProperty("here").GetInt32() == 1);
    }

    [Fact]
    public async Task Tell_people_of_their_rooms_and_count_what_they_have_not_read()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (minji, jun) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var his = await jun.At(cluster[1]).ConnectAsync();
        var events = await his.EventsAsync();
        await KnowsAsync(cluster[0], jun);

        foreach (var node in new[] { 0, 1, 0, 1 })
            (await minji.At(cluster[node]).PostAsync(room, $"{node}에서")).EnsureSuccessStatusCode();

        await events.SeesAsync(frame => frame.TypeName() == "room" && frame.GetProperty("lastSeq").GetInt64() == 4 && frame.GetProperty("unread").GetInt32() == 4);
        Assert.DoesNotContain(events.Came, frame => frame.TypeName() == "room" && frame.GetProperty("lastSeq").GetInt64() != frame.GetProperty("unread").GetInt32());
    }

    [Fact]
    public async Task End_at_once_what_somebody_lost_the_right_to_on_another()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (minji, jun, sora) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var his = await jun.At(cluster[1]).ConnectAsync();
        await using var hers = await sora.At(cluster[1]).ConnectAsync(); // she only looks in
        var (kicked, shutOut) = (await his.WatchAsync(room), await hers.WatchAsync(room));

        (await minji.KickAsync(room, jun)).EnsureSuccessStatusCode();
        Assert.NotNull(await kicked.EndAsync());
        (await minji.EditRoomAsync(room, new { joinRule = "password", password = "우리만 아는 말" })).EnsureSuccessStatusCode();
        Assert.NotNull(await shutOut.EndAsync());
        (await minji.PostAsync(room, "우리끼리")).EnsureSuccessStatusCode();

        Assert.Empty(kicked.Messages);
        Assert.Empty(shutOut.Messages);
    }

    [Fact]
    public async Task Close_the_connections_of_a_session_that_another_ended()
    {
        await using var cluster = await TestCluster.StartAsync();
        var minji = await cluster[0].SignUpAsync();
        var there = minji.At(cluster[1]);
        await using var live = await there.ConnectAsync();
        var events = await live.EventsAsync();

        (await minji.Http.DeleteAsync("/api/session")).EnsureSuccessStatusCode();

        Assert.NotNull(await events.EndAsync());
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await there.Http.GetAsync("/api/me")).StatusCode);
    }

    [Fact]
    public async Task Know_who_is_online_on_any_of_them()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (minji, jun) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        await minji.BefriendAsync(jun);
        await using var his = await jun.At(cluster[1]).ConnectAsync();
        var events = await his.EventsAsync();
        await KnowsAsync(cluster[0], jun);

        var hers = await minji.ConnectAsync();
        await events.SeesAsync(frame => IsAbout(frame, minji, isOnline: true));
        await KnowsAsync(cluster[1], minji);
        await hers.DisposeAsync();

        await events.SeesAsync(frame => IsAbout(frame, minji, isOnline: false));
    }

    [Fact]
    public async Task Show_a_new_nickname_on_what_is_still_in_the_memory_of_another()
    {
        await using var cluster = await TestCluster.StartAsync();
        var (minji, jun) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await using var his = await jun.At(cluster[1]).ConnectAsync();
        var inbox = await his.WatchAsync(room);
        (await minji.PostAsync(room, "하나")).EnsureSuccessStatusCode();
        await inbox.SeesAsync(1);

        var name = SignUps.RandomNickname();
        await minji.RenameAsync(name);
        (await minji.PostAsync(room, "둘")).EnsureSuccessStatusCode();
        await inbox.SeesAsync(2);

        await using var again = await jun.At(cluster[1]).ConnectAsync();
        var replayed = await again.WatchAsync(room, after: 0);
        await replayed.SeesAsync(2);
        Assert.All(replayed.Messages, message => Assert.Equal(name, message.GetProperty("sender").GetProperty("nickname").GetString()));
    }

    internal static Task KnowsAsync(TestServer node, TestUser user) => Waiting.UntilAsync(
        () => node.Services.GetRequiredService<WhoIsOnline>().IsOnline(user.Id), () => $"The node does not know that {user.Nickname} is online.");

    static bool IsAbout(JsonElement frame, TestUser user, bool isOnline) => frame.TypeName() == "presence"
        && frame.GetProperty("userId").GetGuid() == user.Id && frame.GetProperty("isOnline").GetBoolean() == isOnline;
}

/// <summary>One person's connections to several nodes.</summary>
sealed class People(IReadOnlyList<LiveUser> all) : IAsyncDisposable
{
    public IReadOnlyList<LiveUser> All => all;

    public static async Task<People> AtAsync(TestUser user, params TestServer[] nodes) =>
        new(await Task.WhenAll(nodes.Select(node => user.At(node).ConnectAsync())));

    public async Task<Inbox[]> WatchAsync(Guid room) => await Task.WhenAll(all.Select(live => live.WatchAsync(room)));

    public async ValueTask DisposeAsync()
    {
        foreach (var live in all)
            await live.DisposeAsync();
    }
}
