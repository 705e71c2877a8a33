using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class PostingAMessage
{
    [Fact]
    public async Task Reaches_everyone_who_watches_with_the_receipts_seq_and_version()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await using var live = await minji.ConnectAsync();
        await using var other = await owner.ConnectAsync();
        var (mine, others) = (await live.WatchAsync(room), await other.WatchAsync(room));

        var receipt = await live.SayAsync(room, "안녕하세요 👋🏽", "first");

        var message = await others.SeesAsync(seq: 1);
        Assert.Equal(("1", "1"), (receipt["seq"], receipt["version"]));
        Assert.Equal(message.ToString(), (await mine.SeesAsync(seq: 1)).ToString());
        Assert.Equal("안녕하세요 👋🏽", message.Words());
        Assert.Equal("first", message.GetProperty("clientId").GetString());
        Assert.Equal(minji.Nickname, message.GetProperty("sender").GetProperty("nickname").GetString());
        Assert.Equal(room, message.GetProperty("roomId").GetGuid());
        foreach (var absent in new[] { "replyTo", "editedAt", "deletedAt", "hidden" })
            Assert.False(message.TryGetProperty(absent, out _));
        var stored = (await owner.HistoryAsync(room)).GetProperty("items")[0];
        Assert.True(JsonElement.DeepEquals(stored, message), $"{stored}\n{message}");
    }

    [Fact]
    public async Task Twice_by_STOMP_and_HTTP_and_after_a_restart_stores_it_once()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        string nickname, first;
        Guid room;
        JsonElement again;
        await using (var server = await TestServer.StartOnAsync(folder))
        {
            var minji = await server.SignUpAsync();
            nickname = minji.Nickname;
            room = await minji.CreateRoomAsync();
            await using var live = await minji.ConnectAsync();
            first = (await live.SayAsync(room, "한 번만", "one"))["seq"]!;
            await live.SayAsync(room, "다른 글", "two");

            var receipts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => live.SayAsync(room, "한 번만", "one")));
            var answer = await minji.PostAsync(room, "한 번만", "one");

            Assert.All(receipts, receipt => Assert.Equal((first, "1"), (receipt["seq"], receipt["version"])));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            again = await answer.JsonAsync();
        }
        await using (var server = await TestServer.StartOnAsync(folder))
        {
            using var http = server.CreateHttpClient();
            var tokens = await (await http.PostAsJsonAsync("/api/session", new { nickname, password = TestUser.Password })).JsonAsync();
            http.DefaultRequestHeaders.Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString());
            var answer = await http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = "one", text = "한 번만" });

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.True(JsonElement.DeepEquals(again, await answer.JsonAsync()));
            var past = await (await http.GetAsync($"/api/rooms/{room}/messages")).JsonAsync();
            Assert.Equal([2, 1], past.GetProperty("items").EnumerateArray().Select(m => m.Seq()));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Over_HTTP_answers_201_with_the_message_and_answers_another()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();

        var first = await minji.PostAsync(room, "점심 뭐 먹지?");
        var second = await minji.PostAsync(room, "김밥", replyTo: 1);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(1, (await second.JsonAsync()).GetProperty("replyTo").GetInt64());
        Assert.Equal("400 no-such-reply", await minji.PostAsync(room, "?", replyTo: 9).RefusalAsync());
    }

    [Theory]
    [InlineData("", "empty-text")]
    [InlineData(" \n\t\u200b\u2060\u3164\u2800", "empty-text")]
    [InlineData("\u0301\u0301", "empty-text")]
    [InlineData("with \0 in it", "malformed-text")]
    public async Task Needs_something_to_see(string text, string code)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();

        Assert.Equal($"400 {code}", await minji.PostAsync(room, text).RefusalAsync());
        Assert.Equal(code, (await Assert.ThrowsAsync<StompRefusedException>(() => live.SayAsync(room, text))).Code);
    }

    [Fact]
    public async Task May_have_4000_code_points_of_any_kind_and_keeps_each()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        string[] longest = [new('가', 4_000), string.Concat(Enumerable.Repeat("🥰", 4_000)), "  각\u1100\u1161\u11a8 e\u0301 \u202e! \n\n끝 "];

        foreach (var text in longest)
            await live.SayAsync(room, text);

        Assert.Equal(longest, (await minji.HistoryAsync(room, "after=0")).GetProperty("items").EnumerateArray().Select(m => m.Words()));
        Assert.Equal("400 text-too-long", await minji.PostAsync(room, new string('가', 4_001)).RefusalAsync());
        Assert.Equal("400 text-too-long", await minji.PostAsync(room, string.Concat(Enumerable.Repeat("🥰", 4_001))).RefusalAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("한글")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task Needs_a_clientId(string clientId)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();

        Assert.Equal("400 not-a-client-id", await minji.PostAsync(room, "안녕", clientId).RefusalAsync());
    }

    [Fact]
    public async Task Is_for_members_alone()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, stranger) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (open, closed) = (await owner.CreateRoomAsync(), await owner.CreateRoomAsync(password: "열려라 참깨"));
        await owner.PostAsync(closed, "비밀");
        using var nobody = server.CreateHttpClient();
        await using var live = await stranger.ConnectAsync();

        Assert.Equal("403 not-a-member", await stranger.PostAsync(open, "나도").RefusalAsync());
        Assert.Equal("403 not-a-member", await stranger.PostAsync(closed, "나도").RefusalAsync());
        Assert.Equal("404 no-such-room", await stranger.PostAsync(Guid.NewGuid(), "나도").RefusalAsync());
        Assert.Equal("403 not-a-member", await stranger.EditAsync(closed, 1, "나도").RefusalAsync());
        Assert.Equal("403 not-a-member", await stranger.DeleteMessageAsync(closed, 1).RefusalAsync());
        Assert.Equal("403 not-a-member", await stranger.Http.GetAsync($"/api/rooms/{closed}/messages").RefusalAsync());
        Assert.Equal("401 not-signed-in", await nobody.GetAsync($"/api/rooms/{open}/messages").RefusalAsync());
        Assert.Equal("not-a-member", (await Assert.ThrowsAsync<StompRefusedException>(() => live.SayAsync(open, "나도"))).Code);
        Assert.Equal("not-a-member", (await Assert.ThrowsAsync<StompRefusedException>(() => live.WatchAsync(closed))).Code);
        Assert.Equal("not-a-member", (await Assert.ThrowsAsync<StompRefusedException>(() => live.TypeAsync(open))).Code);
        Assert.Equal("not-a-member", (await Assert.ThrowsAsync<StompRefusedException>(() => live.ReadAsync(open, 1))).Code);
    }

    [Fact]
    public async Task Too_fast_is_refused_with_the_time_to_wait_and_passes_then()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:MessagesPerSecond", "2"), ("SmallTalk:Limits:MessageBurst", "5"));
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync(language: "ko");

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Record.ExceptionAsync(() => live.SayAsync(room, "빨리", $"c{i}")).AsTask()));

        Assert.InRange(answers.Count(answer => answer is null), 5, 8);
        var refused = Assert.IsType<StompRefusedException>(answers.Last(answer => answer is not null));
        Assert.Equal(("too-fast", "너무 빨리 보내고 있어요. 잠시만 기다려 주세요."), (refused.Code, refused.Title));
        var notice = JsonSerializer.Deserialize<JsonElement>(refused.Notice.Body.Span);
        Assert.InRange(notice.GetProperty("retryAfter").GetInt32(), 1, 3);
        Assert.StartsWith("c", notice.GetProperty("clientId").GetString(), StringComparison.Ordinal);
        using var overHttp = await minji.PostAsync(room, "빨리");
        Assert.Equal(HttpStatusCode.TooManyRequests, overHttp.StatusCode);
        Assert.NotNull(overHttp.Headers.RetryAfter);
        while (await Record.ExceptionAsync(() => live.SayAsync(room, "천천히", "later")) is { } tooFast)
            Assert.Equal("too-fast", Assert.IsType<StompRefusedException>(tooFast).Code);
        Assert.Contains((await minji.WholePastAsync(room)), m => m.Words() == "천천히");
    }

    [Fact]
    public async Task Editing_and_deleting_change_it_for_everyone()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await jun.JoinAsync(room);
        await using var live = await jun.ConnectAsync();
        var sees = await live.WatchAsync(room);
        foreach (var text in new[] { "오타", "지울 글", "숨길 글" })
            await minji.PostAsync(room, text);

        var edited = await (await minji.EditAsync(room, 1, "바른 글")).JsonAsync();
        var deleted = await (await minji.DeleteMessageAsync(room, 2)).JsonAsync();
        var hidden = await (await owner.DeleteMessageAsync(room, 3)).JsonAsync();

        await sees.UntilAsync(came => came.Count(f => f.TypeName() == "message") == 6);
        Assert.Equal(["바른 글", "", ""], sees.Held.Select(m => m.Words()));
        Assert.Equal([4, 5, 6], new[] { edited, deleted, hidden }.Select(m => m.GetProperty("version").GetInt64()));
        Assert.True(sees.Held.Zip(new[] { edited, deleted, hidden }).All(pair => JsonElement.DeepEquals(pair.First, pair.Second)));
        Assert.False(deleted.TryGetProperty("hidden", out _));
        Assert.True(hidden.GetProperty("hidden").GetBoolean());
        Assert.Equal("403 not-your-message", await jun.EditAsync(room, 1, "남의 글").RefusalAsync());
        Assert.Equal("403 not-your-message", await owner.EditAsync(room, 1, "남의 글").RefusalAsync());
        Assert.Equal("403 not-your-message", await jun.DeleteMessageAsync(room, 1).RefusalAsync());
        Assert.Equal("409 already-deleted", await minji.EditAsync(room, 2, "되살리기").RefusalAsync());
        Assert.Equal("404 no-such-message", await minji.EditAsync(room, 9, "없는 글").RefusalAsync());
        Assert.Equal("400 empty-text", await minji.EditAsync(room, 1, " ").RefusalAsync());
        Assert.True(JsonElement.DeepEquals(deleted, await (await minji.DeleteMessageAsync(room, 2)).JsonAsync()));
    }

    [Fact]
    public async Task In_a_direct_room_ends_with_a_block()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);
        await using var live = await jun.ConnectAsync();
        await live.SayAsync(room, "안녕");

        await minji.BlockAsync(jun);

        Assert.Equal("blocked", (await Assert.ThrowsAsync<StompRefusedException>(() => live.SayAsync(room, "왜?"))).Code);
        Assert.Equal("403 blocked", await minji.PostAsync(room, "안 돼").RefusalAsync());
        Assert.Equal("안녕", (await minji.HistoryAsync(room)).GetProperty("items")[0].Words());
    }
}
