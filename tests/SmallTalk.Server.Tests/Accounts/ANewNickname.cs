using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class ANewNickname
{
    [Fact]
    public async Task Stands_everywhere_where_the_old_one_stood()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await minji.BefriendAsync(jun);
        var direct = await minji.DirectRoomAsync(jun);
        await using var hers = await minji.ConnectAsync();
        await using var his = await jun.ConnectAsync();
        var (sees, events) = (await his.WatchAsync(room, after: 0), await his.EventsAsync());
        await his.SayAsync(room, "제가 먼저");
        await hers.SayAsync(room, "옛 이름으로"); // the tail, the news and the log know her now
        await hers.SayAsync(direct, "옛 이름으로");
        Assert.Equal(minji.Nickname, SenderOf(await sees.SeesAsync(seq: 2)));
        await events.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("roomId").GetGuid() == room && f.GetProperty("lastSeq").GetInt64() == 2);
        var now = SignUps.RandomNickname();

        await minji.RenameAsync(now);

        await jun.DeleteMessageAsync(room, 1); // moves the room, and her message is still its last
        var moved = await events.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("roomId").GetGuid() == room && NewsOf(f) == now);
        Assert.Equal(2, moved.GetProperty("lastSeq").GetInt64());
        await using var again = await jun.ConnectAsync();
        var replayed = await again.WatchAsync(room, after: 0);
        Assert.Equal(now, SenderOf(await replayed.SeesAsync(seq: 2)));
        Assert.Equal(now, SenderOf((await jun.HistoryAsync(room)).GetProperty("items")[0]));
        Assert.Equal(now, NewsOf(await jun.GetRoomAsync(room)));
        Assert.Equal(now, (await jun.GetRoomAsync(room)).GetProperty("owner").GetProperty("nickname").GetString());
        Assert.Equal(now, (await jun.GetRoomAsync(direct)).GetProperty("with").GetProperty("nickname").GetString());
        Assert.Equal([now], await jun.FriendsAsync());
        var members = await jun.Http.GetAsync($"/api/rooms/{room}/members").JsonAsync();
        Assert.Contains(members.GetProperty("items").EnumerateArray(), m => m.GetProperty("user").GetProperty("nickname").GetString() == now);
        await hers.SayAsync(room, "새 이름으로");
        Assert.Equal(now, SenderOf(await sees.SeesAsync(seq: 3)));
        await minji.EditAsync(room, 2, "고친 말");
        var edited = await sees.SeesAsync(f => f.TypeName() == "message" && f.Seq() == 2 && f.TryGetProperty("editedAt", out _));
        Assert.Equal(now, SenderOf(edited));
        await hers.TypeAsync(room);
        Assert.Equal(now, (await sees.SeesAsync("typing")).GetProperty("user").GetProperty("nickname").GetString());
    }

    [Fact]
    public async Task Is_the_last_one_however_it_falls_between_messages()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var hers = await minji.ConnectAsync();
        await using var his = await jun.ConnectAsync();
        await his.WatchAsync(room);
        var last = "";

        var saying = Task.WhenAll(Enumerable.Range(0, 300).Select(i => hers.SayAsync(room, $"{i}")));
        for (var i = 0; i < 5; i++)
            await minji.RenameAsync(last = SignUps.RandomNickname());
        await saying;

        var inbox = await his.SubscribeAsync(LiveUser.RoomOf(room), new Dictionary<string, string> { ["after"] = "0", ["id"] = "again" });
        await inbox.UntilAsync(came => came.Count(f => f.TypeName() == "message") == 300);
        Assert.Equal([last], inbox.Messages.Select(SenderOf).Distinct());
    }

    static string? SenderOf(JsonElement message) => message.GetProperty("sender").GetProperty("nickname").GetString();

    static string? NewsOf(JsonElement room) => SenderOf(room.GetProperty("lastMessage"));
}
