using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Events;

public sealed class TheLobby
{
    [Fact]
    public async Task Moves_with_the_listed_rooms_and_never_names_another()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var listed = await minji.CreateRoomAsync();
        var (hidden, direct) = (await minji.CreateRoomAsync(listed: false), await minji.DirectRoomAsync(jun));
        await using var live = await jun.ConnectAsync();
        var lobby = await live.SubscribeAsync("/topic/lobby");

        await minji.PostAsync(hidden, "숨은 글");
        await minji.PostAsync(direct, "둘만의 글");
        await minji.PostAsync(listed, "모두의 글");
        await live.WatchAsync(listed);

        await lobby.SeesAsync(f => f.GetProperty("rooms").EnumerateArray().Any(
            room => room.GetProperty("roomId").GetGuid() == listed && room.GetProperty("here").GetInt32() == 1));
        var rooms = lobby.Came.SelectMany(f => f.GetProperty("rooms").EnumerateArray()).ToList();
        Assert.All(rooms, room => Assert.Equal(listed, room.GetProperty("roomId").GetGuid()));
        Assert.Equal(1, rooms[^1].GetProperty("memberCount").GetInt32());
        Assert.NotNull(rooms[^1].GetProperty("lastMessageAt").GetString());
    }
}
