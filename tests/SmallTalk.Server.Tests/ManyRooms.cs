using SmallTalk.Testing;

namespace SmallTalk.Server.Tests;

/// <summary>PostgreSQL plans by what it has seen: enough rooms that the order of an index is worth something to it.</summary>
static class ManyRooms
{
    public static async Task FillAsync(TestServer server)
    {
        if (!TestStore.IsPostgres)
            return; // SQLite plans alike for one room and a million
        await using var store = await TestStore.OpenAsync(server.Folder);
        await store.ExecuteAsync("""
            INSERT INTO rooms (id, kind, name, description, category_slug, join_rule, is_listed, member_limit, member_count, last_seq, version, created_at, active_at)
            SELECT gen_random_uuid(), 'group', '구', '', (ARRAY (SELECT slug FROM categories))[1 + i % 18], 'open', TRUE, 1500, i % 97, 0, 0, i, i * 7919 % 20000
            FROM generate_series(1, 20000) AS i;
            INSERT INTO room_grams (gram, place, number) SELECT '구', number % 5, number FROM rooms;
            INSERT INTO room_grams (gram, place, number) SELECT md5(number::text), 0, number FROM rooms;
            ANALYZE rooms, room_grams
            """);
    }
}
