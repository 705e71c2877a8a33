using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class WatchingARoom
{
    [Fact]
    public async Task Begins_where_the_receipt_says()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        await live.SayAsync(room, "전에");

        var sees = await live.WatchAsync(room);
        await live.SayAsync(room, "후에");

        await sees.SeesAsync(seq: 2);
        Assert.Equal(1, sees.Version);
        Assert.Equal((await minji.HistoryAsync(room)).GetProperty("epoch").GetString(), sees.Epoch);
        Assert.Equal(["후에"], sees.Messages.Select(m => m.Words()));
    }

    [Fact]
    public async Task Replays_every_change_since_in_its_present_state_and_in_order()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        for (var i = 1; i <= 5; i++)
            await live.SayAsync(room, $"{i}번"); // versions 1 to 5
        await minji.EditAsync(room, 2, "고친 2번"); // 6
        await minji.DeleteMessageAsync(room, 4); // 7
        await minji.EditAsync(room, 2, "또 고친 2번"); // 8

        var all = await live.WatchAsync(room, after: 0);
        var some = await live.WatchAsync(room, after: 4);
        var none = await live.WatchAsync(room, after: 8);
        await live.SayAsync(room, "새 글"); // 9

        foreach (var (sees, expected) in new[]
            { (all, new[] { "1번", "3번", "5번", "", "또 고친 2번", "새 글" }), (some, ["5번", "", "또 고친 2번", "새 글"]), (none, ["새 글"]) })
        {
            await sees.SeesAsync(seq: 6);
            Assert.Equal(expected, sees.Messages.Select(m => m.Words()));
            Assert.Equal(8, sees.Version);
        }
    }

    [Fact]
    public async Task Replays_from_the_store_what_memory_does_not_have()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using (var live = await minji.ConnectAsync())
            await Task.WhenAll(Enumerable.Range(0, 1_900).Select(i => live.SayAsync(room, $"{i}")));
        await minji.EditAsync(room, 10, "고침");
        await using var back = await minji.ConnectAsync();

        var inboxes = await Task.WhenAll(new long[] { 0, 3, 900, 1_300, 1_850, 1_900 }.Select(async after => (after, Sees: await back.WatchAsync(room, after))));

        foreach (var (after, sees) in inboxes)
        {
            await sees.SeesAsync(seq: 10);
            var versions = sees.Messages.Select(m => m.GetProperty("version").GetInt64()).ToList();
            Assert.Equal([.. Enumerable.Range((int)after + 1, 1_901 - (int)after).Where(v => v != 10).Select(v => (long)v)], versions);
        }
    }

    [Theory]
    [InlineData(99, null)]
    [InlineData(-1, null)]
    [InlineData(1, "another life")]
    public async Task Tells_who_knows_another_past_to_forget_it(long after, string? epoch)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        await live.SayAsync(room, "1번");
        await live.SayAsync(room, "2번");

        var sees = await live.WatchAsync(room, after, epoch);
        await live.SayAsync(room, "3번");

        await sees.SeesAsync(seq: 3);
        Assert.Equal(["reset", "message"], sees.Came.Where(f => f.TypeName() is "reset" or "message").Select(f => f.TypeName()));
        var reset = sees.Came.First(f => f.TypeName() == "reset");
        Assert.Equal((2, sees.Epoch, room), (reset.GetProperty("version").GetInt64(), reset.GetProperty("epoch").GetString(), reset.GetProperty("roomId").GetGuid()));
    }

    [Fact]
    public async Task Tells_who_missed_more_than_2000_changes_to_load_the_newest_page()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        await Task.WhenAll(Enumerable.Range(0, 2_010).Select(i => live.SayAsync(room, $"{i}")));

        var far = await live.WatchAsync(room, after: 9);
        var near = await live.WatchAsync(room, after: 10);

        Assert.Equal("reset", (await far.SeesAsync(f => f.TypeName() != "here")).TypeName());
        await near.SeesAsync(seq: 2_010);
        Assert.Equal(2_000, near.Messages.Count);
    }

    [Fact]
    public async Task Replays_far_more_than_a_connection_may_have_waiting()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var rooms = new List<Guid>();
        await using var author = await minji.ConnectAsync();
        for (var r = 0; r < 3; r++)
        {
            rooms.Add(await minji.CreateRoomAsync($"{r}번 방"));
            await Task.WhenAll(Enumerable.Range(0, 700).Select(i => author.SayAsync(rooms[r], new string('가', i % 2 == 0 ? 3_900 : 9))));
        }

        await using var live = await minji.ConnectAsync(); // 8 MB in each room
        var inboxes = await Task.WhenAll(rooms.Select(room => live.WatchAsync(room, after: 0)));

        foreach (var sees in inboxes)
        {
            await sees.SeesAsync(seq: 700);
            Assert.Equal(Enumerable.Range(1, 700).Select(i => (long)i), sees.Messages.Select(m => m.Seq()));
        }
    }

    [Fact] // K19
    public async Task Takes_the_room_in_one_spelling_only()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        string[] spellings =
        [
            $"/topic/rooms/{room.ToString().ToUpperInvariant()}", $"/topic/rooms/{room:N}", $"/topic/rooms/{{{room}}}", $"/topic/rooms/{room}/", $"/topic//rooms/{room}",
            $"/topic/rooms/../rooms/{room}", $"/Topic/rooms/{room}", "/topic/rooms/*", "/topic/rooms/**", "/topic/**", "/topic/rooms/", "/topic/rooms", "topic/rooms/" + room,
            $"/topic/rooms/{room}%20", $"/topic/rooms/ {room}", $"/topic/rooms/{room}\n", "/user/queue/events/", $"/user/{minji.Id}/queue/events", "/queue/events", "",
        ];

        foreach (var spelling in spellings.SkipLast(1))
            Assert.Equal("no-such-destination", (await Assert.ThrowsAsync<StompRefusedException>(() => live.SubscribeAsync(spelling))).Code);
    }

    [Fact] // K20
    public async Task Misses_nothing_between_its_receipt_and_the_first_live_message()
    {
        // 200 subscriptions of one connection: a reader that is busy for a moment is not a slow one here.
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:OutboundQueueBytes", "100000000"));
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await using var author = await owner.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var posted = 0L;
        var posting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                posted = (await author.SayAsync(room, "글")).Seq();
        });

        await using var live = await minji.ConnectAsync();
        var inboxes = new List<(long After, Inbox Sees)>();
        for (var round = 0; round < 100; round++)
        {
            var known = (await minji.HistoryAsync(room, "limit=1")).GetProperty("version").GetInt64();
            inboxes.Add((known, await live.WatchAsync(room, known)));
            inboxes.Add((inboxes[^1].Sees.Version, await live.WatchAsync(room)));
            inboxes[^1] = (inboxes[^1].Sees.Version, inboxes[^1].Sees);
        }
        await stop.CancelAsync();
        await posting;

        foreach (var (after, sees) in inboxes)
        {
            await sees.UntilAsync(came => came.Any(f => f.TypeName() == "message" && f.Seq() == posted) || after >= posted);
            var seqs = sees.Messages.Select(m => m.Seq()).ToList();
            Assert.Equal([.. Enumerable.Range(1, (int)posted).Select(i => (long)i).Where(seq => seq > after)], seqs.Where(seq => seq > after));
            Assert.Equal(seqs.Distinct(), seqs);
        }
    }

    [Fact] // K01
    public async Task Shows_a_thousand_watchers_one_order()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();
        var senders = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.SignUpAsync()));
        foreach (var sender in senders)
            await sender.JoinAsync(room);
        var watchers = new List<LiveUser>();
        for (var i = 0; i < 25; i++)
            watchers.Add(await senders[i % 8].ConnectAsync());
        var inboxes = new List<Inbox>();
        foreach (var watcher in watchers) // 25 connections with 40 subscriptions each
        {
            for (var i = 0; i < 40; i++)
                inboxes.Add(await watcher.WatchAsync(room));
        }

        await Task.WhenAll(watchers.Take(8).Select(async (sender, n) =>
        {
            for (var i = 0; i < 25; i++)
                await sender.SayAsync(room, $"{n}의 {i}번");
        }));

        foreach (var sees in inboxes)
        {
            await sees.SeesAsync(seq: 200);
            Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), sees.Messages.Select(m => m.Seq()));
        }
        foreach (var watcher in watchers)
            await watcher.DisposeAsync();
    }

    [Fact]
    public async Task Tells_how_many_are_here_and_who_types()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await using var live = await owner.ConnectAsync();
        var sees = await live.WatchAsync(room);
        var streams = server.Services.GetRequiredService<RoomStreams>();
        await using (var mine = await minji.ConnectAsync())
        await using (var second = await minji.ConnectAsync())
        await using (var look = await jun.ConnectAsync())
        {
            await mine.WatchAsync(room);
            await second.WatchAsync(room);
            await look.WatchAsync(room); // a look before joining counts as here

            await sees.SeesAsync(f => f.TypeName() == "here" && f.GetProperty("here").GetInt32() == 3);
            await mine.TypeAsync(room);
            var typing = await sees.SeesAsync("typing");
            Assert.Equal(minji.Nickname, typing.GetProperty("user").GetProperty("nickname").GetString());
            Assert.Equal(3, streams.Here(room));
        }
        await sees.UntilAsync(came => came.Last(f => f.TypeName() == "here").GetProperty("here").GetInt32() == 1);
    }

    [Fact]
    public async Task Passes_typing_on_at_a_bearable_pace()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await using var live = await owner.ConnectAsync();
        var sees = await live.WatchAsync(room);
        await using var typist = await minji.ConnectAsync();

        for (var i = 0; i < 100; i++)
            await typist.TypeAsync(room);
        await typist.SayAsync(room, "다 썼다");

        await sees.SeesAsync(seq: 1);
        Assert.InRange(sees.Came.Count(f => f.TypeName() == "typing"), 1, 40);
    }

    [Fact] // S12-38 and DESIGN's deviation
    public async Task Refused_closes_only_who_does_not_listen_to_refusals()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await using var deaf = await minji.ConnectAsync(hearsRefusals: false);

        var error = await Assert.ThrowsAsync<StompErrorException>(() => deaf.WatchAsync(Guid.NewGuid()));

        Assert.NotNull(error.Error["receipt-id"]);
        var body = JsonSerializer.Deserialize<JsonElement>(error.Error.Body.Span);
        Assert.Equal("no-such-room", body.GetProperty("code").GetString());
        Assert.Equal(1008, (int?)(await deaf.Client.Closed).CloseCode);
    }

    [Fact]
    public async Task Costs_a_hostile_body_a_refusal_and_nothing_more()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        (string Body, string Code)[] bodies =
        [
            ("", "bad-body"), ("nonsense", "bad-body"), ("[]", "bad-body"), ("null", "bad-body"), ("{\"text\":5}", "bad-body"), ("{\"text\":\"a\"}", "not-a-client-id"),
            ("{\"clientId\":\"a\"}", "empty-text"), ("{\"clientId\":\"a\",\"text\":\"\\ud800\"}", "bad-body"), ("{\"clientId\":\"a\",\"text\":\"x\",\"replyTo\":\"y\"}", "bad-body"),
            ("{\"clientId\":\"a\",\"text\":\"x\",\"replyTo\":99999999999999999999}", "bad-body"), ("{\"clientId\":\"a\",\"text\":\"x\",\"replyTo\":-1}", "no-such-reply"),
            (new string('[', 10_000), "bad-body"), ("{\"clientId\":\"a\",\"text\":\"" + new string('a', 60_000) + "\"}", "text-too-long"),
        ];

        foreach (var (body, code) in bodies)
        {
            var refused = await Assert.ThrowsAsync<StompRefusedException>(
                () => live.Client.SendAsync($"/app/rooms/{room}/messages", Encoding.UTF8.GetBytes(body), "application/json"));
            Assert.Equal(code, refused.Code);
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await minji.Http.PostAsync($"/api/rooms/{room}/messages", content);
            Assert.Equal(400, (int)answer.StatusCode);
        }
        Assert.Equal("1", (await live.SayAsync(room, "아직 살아 있어요"))["seq"]);
        using var huge = new StringContent("{\"clientId\":\"a\",\"text\":\"" + new string('a', 5_000_000) + "\"}", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/rooms/{room}/messages") { Content = huge };
        request.Headers.ExpectContinue = true;
        Assert.Equal("413 too-large", await minji.Http.SendAsync(request).RefusalAsync());
    }
}
