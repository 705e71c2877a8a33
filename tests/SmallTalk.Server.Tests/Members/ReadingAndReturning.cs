using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Members;

public sealed class ReadingAndReturning
{
    [Fact]
    public async Task Counts_nothing_of_the_past_for_who_joins_or_comes_back()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await owner.PostAsync(room, "1");
        await owner.PostAsync(room, "2");

        var joined = (await minji.JoinAsync(room).JsonAsync()).GetProperty("me");
        Assert.Equal((2, 0), (joined.GetProperty("readSeq").GetInt64(), joined.GetProperty("unread").GetInt32()));

        await owner.PostAsync(room, "3");
        await minji.PostAsync(room, "4");
        Assert.Equal(1, (await minji.GetRoomAsync(room)).GetProperty("me").GetProperty("unread").GetInt32());

        await minji.LeaveAsync(room);
        await owner.PostAsync(room, "5");
        var left = (await minji.GetRoomAsync(room)).GetProperty("me");
        Assert.Equal(0, left.GetProperty("unread").GetInt32());
        var back = (await minji.JoinAsync(room).JsonAsync()).GetProperty("me");
        Assert.Equal((5, 0), (back.GetProperty("readSeq").GetInt64(), back.GetProperty("unread").GetInt32()));
        Assert.False(back.TryGetProperty("leftAt", out _));
        Assert.True(back.GetProperty("joinedAt").GetDateTimeOffset() >= joined.GetProperty("joinedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Shows_a_deleted_last_message_without_its_text()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await minji.PostAsync(room, "지울 말");
        await minji.DeleteMessageAsync(room, 1);

        var last = (await minji.GetRoomAsync(room)).GetProperty("lastMessage");

        Assert.Equal("", last.GetProperty("text").GetString());
        Assert.NotEqual(default, last.GetProperty("deletedAt").GetDateTimeOffset());
    }
}
