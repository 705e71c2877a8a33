using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using SQLitePCL;

// What one stored message costs in three shapes of the table, and through ADO.NET parameters: docs/adr/0003.
//   dotnet run -c Release --project bench/SmallTalk.Bench.MessageTable [rows]
// Durable as the server's own (WAL, synchronous=FULL), 500 rooms, groups of 1,000 rows a commit.
const int Rooms = 500;
const int Group = 1_000;
var rows = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;

const string Columns = "room_id BLOB NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL, sender_id BLOB NOT NULL, "
    + "client_id TEXT NOT NULL, text TEXT NOT NULL, created_at INTEGER NOT NULL, edited_at INTEGER";
const string Insert = "INSERT INTO m (room_id, seq, version, sender_id, client_id, text, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const string Appended = $"CREATE TABLE m (id INTEGER PRIMARY KEY, {Columns}); CREATE UNIQUE INDEX a ON m (room_id, seq); "
    + "CREATE UNIQUE INDEX b ON m (client_id, sender_id, room_id); CREATE UNIQUE INDEX c ON m (room_id, version)";
const string OfChanged = Appended + " WHERE edited_at IS NOT NULL;";
(string Name, string Schema, bool ThroughAdoNet)[] shapes =
[
    ("appended, versions of the changed", OfChanged, false),
    ("appended, every version in an index", Appended, false),
    ("clustered by (room, seq)", $"CREATE TABLE m ({Columns}, PRIMARY KEY (room_id, seq)) WITHOUT ROWID; "
        + "CREATE UNIQUE INDEX b ON m (sender_id, client_id, room_id); CREATE UNIQUE INDEX c ON m (room_id, version);", false),
    ("the first, by ADO.NET parameters", OfChanged, true),
];

Console.WriteLine($"{rows:N0} rows, {Rooms} rooms, {Group:N0} rows a commit");
double first = 0;
foreach (var (name, schema, throughAdoNet) in shapes)
{
    var times = new List<double>();
    for (var round = 0; round < 3; round++)
    {
        times.Add(Measure(schema, throughAdoNet));
        Console.Error.Write('.');
    }
    var median = times.Order().ElementAt(1) / rows * 1e6;
    first = first is 0 ? median : first;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-35} {median,6:F1} µs of CPU a row   {median / first,5:F2} ×"));
}

double Measure(string schema, bool throughAdoNet)
{
    var folder = Directory.CreateTempSubdirectory("smalltalk-bench-");
    using var connection = new SqliteConnection($"Data Source={Path.Combine(folder.FullName, "m.db")};Pooling=False");
    connection.Open();
    Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = -16384;" + schema);
    var random = new Random(1);
    var rooms = Enumerable.Range(0, Rooms).Select(_ => Guid.CreateVersion7().ToByteArray(bigEndian: true)).ToArray();
    var senders = Enumerable.Range(0, 1_000).Select(_ => Guid.CreateVersion7().ToByteArray(bigEndian: true)).ToArray();
    var seqs = new long[Rooms];
    var text = Convert.ToHexString(RandomNumberGenerator.GetBytes(50));
    var cpu = Process.GetCurrentProcess().TotalProcessorTime; // not the wall clock: the disk and the neighbours are noise here
    using var command = connection.CreateCommand();
    command.CommandText = Insert;
    for (var i = 1; i <= 7; i++)
        command.Parameters.Add(new SqliteParameter($"?{i}", null));
    raw.sqlite3_prepare_v2(connection.Handle, Insert, out var statement);
    for (var done = 0; done < rows; done += Group)
    {
        using var transaction = connection.BeginTransaction();
        command.Transaction = transaction;
        for (var i = 0; i < Group; i++)
        {
            var room = random.Next(Rooms);
            var seq = ++seqs[room];
            var clientId = Guid.CreateVersion7().ToString();
            if (throughAdoNet)
            {
                object[] values = [rooms[room], seq, seq, senders[random.Next(senders.Length)], clientId, text, (long)done];
                for (var p = 0; p < values.Length; p++)
                    command.Parameters[p].Value = values[p];
                command.ExecuteNonQuery();
                continue;
            }
            raw.sqlite3_bind_blob(statement, 1, rooms[room]);
            raw.sqlite3_bind_int64(statement, 2, seq);
            raw.sqlite3_bind_int64(statement, 3, seq);
            raw.sqlite3_bind_blob(statement, 4, senders[random.Next(senders.Length)]);
            raw.sqlite3_bind_text(statement, 5, clientId);
            raw.sqlite3_bind_text(statement, 6, text);
            raw.sqlite3_bind_int64(statement, 7, done);
            if (raw.sqlite3_step(statement) != raw.SQLITE_DONE)
                throw new InvalidOperationException(raw.sqlite3_errmsg(connection.Handle).utf8_to_string());
            raw.sqlite3_reset(statement);
        }
        transaction.Commit();
    }
    var elapsed = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
    statement.Dispose();
    connection.Dispose();
    folder.Delete(recursive: true);
    return elapsed;
}

static void Execute(SqliteConnection connection, string sql)
{
    using var command = connection.CreateCommand();
    command.CommandText = sql;
    command.ExecuteNonQuery();
}
