namespace SmallTalk.Testing;

/// <summary>A room with a past that nobody has the time to write.</summary>
public static class LongRooms
{
    /// <summary>Continues a room's log by copies of its first two messages (two people's, so that there are groups), of all heights: a
    /// word, lines, a paragraph, a link, an emoji. Each text ends in its seq. The owner has read all of it.</summary>
    public static async Task FillAsync(this TestServer server, Guid roomId, int lastSeq)
    {
        var lineBreak = TestStore.IsPostgres ? "chr(10)" : "char(10)";
        await using var store = await TestStore.OpenAsync(server.Folder);
        await store.ExecuteAsync($$"""
            {{(TestStore.IsPostgres ? "BEGIN" : "BEGIN IMMEDIATE")}};
            WITH RECURSIVE n(seq) AS (SELECT 3 UNION ALL SELECT seq + 1 FROM n WHERE seq < {{lastSeq}})
            INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, reply_to, created_at, is_hidden)
            SELECT m.room_id, n.seq, n.seq, m.sender_id, 'filled-' || n.seq,
                CASE
                    WHEN n.seq % 7 = 0 THEN substr({{Times("긴 이야기를 합니다. ", "n.seq % 97 + 30")}}, 1, 900)
                    WHEN n.seq % 11 = 0 THEN '첫 줄' || {{lineBreak}} || '둘째 줄' || {{lineBreak}} || '셋째 줄'
                    WHEN n.seq % 13 = 0 THEN 'https://example.org/' || n.seq || '/' || {{Times("00", "40")}}
                    WHEN n.seq % 17 = 0 THEN '🎉'
                    ELSE '말' END || ' ' || n.seq,
                CASE WHEN n.seq % 19 = 0 THEN n.seq - 2 END, m.created_at, FALSE
            FROM n JOIN messages m ON m.room_id = @id AND m.seq = 1 + (n.seq / 3) % 2;
            UPDATE rooms SET last_seq = {{lastSeq}}, version = {{lastSeq}} WHERE id = @id;
            UPDATE memberships SET read_seq = {{lastSeq}} WHERE room_id = @id AND role = 'owner';
            COMMIT;
            """, roomId);

        static string Times(string text, string count) =>
            TestStore.IsPostgres ? $"repeat('{text}', CAST({count} AS integer))" : $"replace(hex(zeroblob({count})), '00', '{text}')";
    }
}
