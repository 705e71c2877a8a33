using System.Net;
using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
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
            await using (var store = Open(folder)) // as if the node had died right after the commit of a large room's deletion
            {
                for (var seq = 2; seq <= RoomPurge.ChunkRows * 2 + 10; seq++)
                {
                    await ExecuteAsync(store, $"""
                        INSERT INTO messages (id, room_id, seq, version, sender_id, client_id, text, created_at, is_hidden)
                        SELECT (SELECT MAX(id) + 1 FROM messages), room_id, {seq}, {seq}, sender_id, '{seq}', text, created_at, 0
                        FROM messages WHERE room_id = $room AND seq = 1
                        """, room);
                }
                await ExecuteAsync(store, "UPDATE rooms SET deleted_at = 1 WHERE id = $room", room);
            }

            await using (await TestServer.StartOnAsync(folder))
            {
                await using var store = Open(folder);
                var left = await LeftAsync(store, room);
                for (var patience = DateTime.UtcNow.AddSeconds(30); left.Any(n => n > 0) && DateTime.UtcNow < patience; left = await LeftAsync(store, room))
                    await Task.Yield();
                Assert.Equal([0, 0, 0, 0], left);
                Assert.Equal([1, 1, 1, 1], await LeftAsync(store, kept));
            }
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    static SqliteConnection Open(string folder)
    {
        var store = new SqliteConnection($"Data Source={Path.Combine(folder, "smalltalk.db")};Pooling=False");
        store.Open();
        return store;
    }

    /// <summary>Rows of messages, memberships, tags, rooms.</summary>
    static async Task<List<long>> LeftAsync(SqliteConnection store, Guid room)
    {
        var counts = new List<long>();
        foreach (var from in new[] { "messages WHERE room_id", "memberships WHERE room_id", "room_tags WHERE room_id", "rooms WHERE id" })
            counts.Add((long)(await ExecuteAsync(store, $"SELECT COUNT(*) FROM {from} = $room", room))!);
        return counts;
    }

    static async Task<object?> ExecuteAsync(SqliteConnection store, string sql, Guid room)
    {
        await using var command = store.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$room", room.ToByteArray(bigEndian: true));
        return await command.ExecuteScalarAsync();
    }
}
