using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class ReadingThePast
{
    [Theory]
    [InlineData("", new long[] { 30, 29, 28, 27, 26 })]
    [InlineData("before=30", new long[] { 29, 28, 27, 26, 25 })]
    [InlineData("before=3", new long[] { 2, 1 })]
    [InlineData("before=1", new long[0])]
    [InlineData("before=-7", new long[0])]
    [InlineData("before=9223372036854775807", new long[] { 30, 29, 28, 27, 26 })]
    [InlineData("after=0", new long[] { 1, 2, 3, 4, 5 })]
    [InlineData("after=28", new long[] { 29, 30 })]
    [InlineData("after=30", new long[0])]
    [InlineData("after=-9223372036854775808", new long[] { 1, 2, 3, 4, 5 })]
    [InlineData("around=15", new long[] { 13, 14, 15, 16, 17 })]
    [InlineData("around=1", new long[] { 1, 2, 3, 4, 5 })]
    [InlineData("around=30", new long[] { 26, 27, 28, 29, 30 })]
    [InlineData("around=9223372036854775807", new long[] { 26, 27, 28, 29, 30 })]
    [InlineData("around=-5", new long[] { 1, 2, 3, 4, 5 })]
    public async Task Pages_it_both_ways_and_around_a_message(string place, long[] seqs)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        for (var i = 1; i <= 30; i++)
            await live.SayAsync(room, $"{i}번");

        var page = await minji.HistoryAsync(room, $"{place}&limit=5");

        Assert.Equal(seqs, page.GetProperty("items").EnumerateArray().Select(m => m.Seq()));
        Assert.Equal((30, 30), (page.GetProperty("lastSeq").GetInt64(), page.GetProperty("version").GetInt64()));
        Assert.NotEmpty(page.GetProperty("epoch").GetString()!);
    }

    [Theory]
    [InlineData("limit=0", "400 not-a-limit")]
    [InlineData("limit=201", "400 not-a-limit")]
    [InlineData("limit=many", "400 malformed-request")]
    [InlineData("before=x", "400 malformed-request")]
    [InlineData("before=5&after=3", "400 one-place")]
    public async Task Refuses_what_is_no_place(string place, string refusal)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();

        Assert.Equal(refusal, await minji.Http.GetAsync($"/api/rooms/{room}/messages?{place}").RefusalAsync());
    }

    [Fact]
    public async Task Shows_a_late_joiner_all_of_it_and_whoever_looks_before_joining()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, late) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await using var live = await owner.ConnectAsync();
        for (var i = 1; i <= 450; i++)
            await live.SayAsync(room, $"{i}번");

        var before = await late.WholePastAsync(room);
        await late.JoinAsync(room);
        var after = await late.WholePastAsync(room);

        Assert.Equal(Enumerable.Range(1, 450).Select(i => $"{i}번"), after.Select(m => m.Words()));
        Assert.Equal(before.Select(m => m.ToString()), after.Select(m => m.ToString()));
    }

    [Fact]
    public async Task Names_nobody_who_deleted_their_account()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, gone) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await gone.JoinAsync(room);
        await gone.PostAsync(room, "곧 떠나요");
        await gone.DeleteAccountAsync();
        await using var live = await owner.ConnectAsync();

        var stored = (await owner.HistoryAsync(room)).GetProperty("items")[0];
        var replayed = await (await live.WatchAsync(room, after: 0)).SeesAsync(seq: 1);

        foreach (var message in new[] { stored, replayed })
        {
            Assert.Equal("곧 떠나요", message.Words());
            Assert.Equal(System.Text.Json.JsonValueKind.Null, message.GetProperty("sender").GetProperty("nickname").ValueKind);
        }
    }
}
