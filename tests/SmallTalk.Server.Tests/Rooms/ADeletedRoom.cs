using System.Data.Common;
using System.Net;
using System.Net.Http.Json;
using SmallTalk.Server.Rooms;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Rooms;

public sealed class ADeletedRoom
{
    [Fact]
    public async Task Leaves_nothing_behind_not_even_when_the_node_stopped_in_the_middle()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        try
        {
            Guid room;
            Guid kept;
            await using (var server = await TestServer.StartOnAsync(folder))
            {
                var minji = await server.SignUpAsync();
                (room, kept) = (await minji.CreateRoomAsync(tags: ["축구"]), await minji.CreateRoomAsync(tags: ["축구"]));
                foreach (var each in new[] { room, kept })
                    Assert.Equal(HttpStatusCode.Created, await minji.Http.PostAsJsonAsync($"/api/rooms/{each}/messages", new { clientId = "1", text = "안녕" }).StatusAsync());
            }
            await using (var store = await TestStore.OpenAsync(folder)) // as if the node had died right after the commit of a large room's deletion
            {
                for (var seq = 2; seq <= RoomPurge.ChunkRows * 2 + 10; seq++)
                {
                    await store.ExecuteAsync($"""
                        INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, created_at, is_hidden)
                        SELECT room_id, {seq}, {seq}, sender_id, '{seq}', text, created_at, FALSE
                        FROM messages WHERE room_id = @id AND seq = 1
                        """, room);
                }
                await store.ExecuteAsync("UPDATE rooms SET deleted_at = 1 WHERE id = @id", room);
            }

            await using (await TestServer.StartOnAsync(folder))
            {
                await using var store = await TestStore.OpenAsync(folder);
                var left = await LeftAsync(store, room);
                for (var patience = DateTime.UtcNow.AddSeconds(30); left.Any(n => n > 0) && DateTime.UtcNow < patience; left = await LeftAsync(store, room))
                    await Task.Yield();
                Assert.Equal([0, 0, 0, 0], left);
                Assert.Equal([1, 1, 1, 1], await LeftAsync(store, kept));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Rows of messages, memberships, tags, rooms.</summary>
    static async Task<List<long>> LeftAsync(DbConnection store, Guid room)
    {
        var counts = new List<long>();
        foreach (var from in new[] { "messages WHERE room_id", "memberships WHERE room_id", "room_tags WHERE room_id", "rooms WHERE id" })
            counts.Add((long)(await store.ExecuteAsync($"SELECT COUNT(*) FROM {from} = @id", room))!);
        return counts;
    }
}
