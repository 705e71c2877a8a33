using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Bench.Growth;

/// <summary>Writes one room full of messages and many others, past the log and without waiting for the disk.</summary>
static class Filling
{
    public static Guid Fill(string file, Guid me, long messages, int rooms)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        Run("PRAGMA journal_mode = OFF");
        Run("PRAGMA synchronous = OFF");
        Run("PRAGMA cache_size = -500000");
        Run("BEGIN");
        using var room = new Statement(connection.Handle!, """
            INSERT INTO rooms (id, kind, name, description, category_slug, join_rule, is_listed, member_limit, member_count, last_seq, version,
                created_at, active_at, last_message_at) VALUES (?1, 'group', '방', '', 'sports', 'open', TRUE, 1500, 2, ?2, ?2, ?3, ?3, ?3)
            """);
        using var member = new Statement(connection.Handle!, """
            INSERT INTO memberships (room_id, user_id, role, joined_at, last_visited_at, read_seq, has_written, is_banned)
            VALUES (?1, ?2, 'member', ?3, ?3, ?4, FALSE, FALSE)
            """);
        using var message = new Statement(connection.Handle!, """
            INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, created_at, is_hidden)
            VALUES (?1, ?2, ?2, ?3, ?4, '오늘도 만나서 반가웠어요, 다음에 또 봐요. 그때까지 다들 건강하시고요!', ?5, FALSE)
            """);
        var start = DateTimeOffset.UtcNow.AddDays(-150);
        var people = Enumerable.Range(0, 200).Select(_ => Guid.CreateVersion7(start)).ToArray();
        var clock = Stopwatch.StartNew();
        var full = Add(messages);
        for (var i = 0; i < rooms; i++)
            Add(1);
        Run("COMMIT");
        Run("PRAGMA journal_mode = WAL");
        Console.Error.WriteLine();
        return full;

        Guid Add(long count)
        {
            var id = Guid.CreateVersion7(start);
            room.With(1, id).With(2, count).With(3, start.ToUnixTimeMilliseconds()).Run();
            member.With(1, id).With(2, me).With(3, start.ToUnixTimeMilliseconds()).With(4, count).Run();
            for (var seq = 1L; seq <= count; seq++)
            {
                var at = start.AddSeconds(seq);
                message.With(1, id).With(2, seq).With(3, people[seq % people.Length]).With(4, Guid.CreateVersion7(at).ToString()).With(5, at.ToUnixTimeMilliseconds()).Run();
                if (seq % 100_000 == 0)
                    Console.Error.Write($"\r{seq:N0} of {count:N0} messages, {clock.Elapsed.TotalSeconds:F0} s   ");
            }
            return id;
        }

        void Run(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
