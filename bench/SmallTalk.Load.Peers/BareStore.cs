using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace SmallTalk.Load.Peers;

/// <summary>Nothing but SQLite: commits the same rows in the same indexes, as durably and as many at a time as the server does under the
/// same work. What it commits a second is what storing costs, and all that a server adds to it is its own.</summary>
static class BareStore
{
    const string Schema = """
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = -32768;
        CREATE TABLE messages (id INTEGER PRIMARY KEY, room_id BLOB NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL, sender_id BLOB NOT NULL,
            client_id TEXT NOT NULL, text TEXT NOT NULL, reply_to INTEGER, created_at INTEGER NOT NULL, edited_at INTEGER, deleted_at INTEGER,
            is_hidden INTEGER NOT NULL);
        CREATE UNIQUE INDEX by_seq ON messages (room_id, seq);
        CREATE UNIQUE INDEX by_client_id ON messages (client_id, sender_id, room_id);
        CREATE UNIQUE INDEX changed ON messages (room_id, version) WHERE edited_at IS NOT NULL OR deleted_at IS NOT NULL;
        """;

    const string Insert = """
        INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, reply_to, created_at, is_hidden) VALUES (?1, ?2, ?2, ?3, ?4, ?5, NULL, ?6, FALSE)
        """;

    /// <summary>What <c>SmallTalk.Load run</c> prints, as far as a program without readers has it.</summary>
    sealed record Result(string Profile, string Work, double Seconds, double CpuSeconds, double AcknowledgedPerSecond);

    /// <param name="work">Its name.</param>
    /// <param name="rooms">Among which the messages are spread.</param>
    /// <param name="group">Messages a commit.</param>
    /// <param name="textLength">Of each message.</param>
    /// <param name="seconds">Counted, after as many again.</param>
    public static object Run(string work, int rooms, int group, int textLength, double seconds)
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-bench-");
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder.FullName, "bare.db")};Pooling=False");
        connection.Open();
        Execute(connection, Schema);
        var random = new Random(1);
        var ids = Enumerable.Range(0, rooms).Select(_ => Guid.CreateVersion7().ToByteArray(bigEndian: true)).ToArray();
        var senders = Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7().ToByteArray(bigEndian: true)).ToArray();
        var seqs = new long[rooms];
        var text = new string('x', textLength);
        raw.sqlite3_prepare_v2(connection.Handle, Insert, out var insert);
        long stored = 0, before = 0;
        var (begun, cpu) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        for (var warming = true; warming || Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds;)
        {
            Execute(connection, "BEGIN IMMEDIATE");
            for (var i = 0; i < group; i++, stored++)
            {
                var room = random.Next(rooms);
                raw.sqlite3_bind_blob(insert, 1, ids[room]);
                raw.sqlite3_bind_int64(insert, 2, ++seqs[room]);
                raw.sqlite3_bind_blob(insert, 3, senders[room % senders.Length]);
                raw.sqlite3_bind_text(insert, 4, Guid.CreateVersion7().ToString());
                raw.sqlite3_bind_text(insert, 5, text);
                raw.sqlite3_bind_int64(insert, 6, stored);
                if (raw.sqlite3_step(insert) != raw.SQLITE_DONE)
                    throw new InvalidOperationException(raw.sqlite3_errmsg(connection.Handle).utf8_to_string());
                raw.sqlite3_reset(insert);
            }
            Execute(connection, "COMMIT");
            if (!warming || Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds)
                continue;
            (warming, before, begun, cpu) = (false, stored, Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        }
        var elapsed = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        insert.Dispose();
        connection.Dispose();
        folder.Delete(recursive: true);
        return new Result("sqlite", work, elapsed, cpu.TotalSeconds, (stored - before) / elapsed);
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
