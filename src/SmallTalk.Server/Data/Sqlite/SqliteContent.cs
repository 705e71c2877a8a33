using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Data.Sqlite;

sealed class SqliteContent : StoreContent
{
    readonly SqliteConnection _connection;

    public SqliteContent(SmallTalkOptions options)
    {
        if (!File.Exists(Path.Combine(options.Data, "smalltalk.db")))
            throw new ContentFault($"there is no store in {Path.GetFullPath(options.Data)}");
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder(SqliteStore.ConnectionString(options)) { Pooling = false, Mode = SqliteOpenMode.ReadWrite }.ToString());
        _connection.Open();
        Execute(SqliteStore.DurableConnections.Pragmas, null);
    }

    protected override DbConnection Connection => _connection;

    protected override string CatalogueSql => """
        SELECT t.name, c.name, c.type, c.pk, EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name))
        FROM sqlite_schema t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
        """;

    public override IReadOnlyList<string> FindDamage()
    {
        var found = new List<string>();
        foreach (var check in (string[])["integrity_check", "foreign_key_check"])
        {
            using var command = Command($"PRAGMA {check}", null);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var line = string.Join(" ", Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue));
                if (line != "ok")
                    found.Add($"{check}: {line}");
            }
        }
        return found;
    }

    protected override DbTransaction BeginSnapshot() => _connection.BeginTransaction(deferred: true);

    /// <summary>SQLite has one word for ids and other bytes, so the name decides.</summary>
    protected override ColumnKind KindOf(string column, string type) => type switch
    {
        "INTEGER" => ColumnKind.Integer,
        "TEXT" => ColumnKind.Text,
        "BLOB" => column == "id" || column.EndsWith("_id", StringComparison.Ordinal) ? ColumnKind.Uuid : ColumnKind.Bytes,
        _ => throw new NotSupportedException($"{column} is {type}"),
    };

    protected override string Select(string column, string type) => column;

    protected override Guid ReadUuid(DbDataReader reader, int column) => new((byte[])reader.GetValue(column), bigEndian: true);

    protected override void Insert(Table table, IReadOnlyList<object?[]> rows, DbTransaction transaction)
    {
        var names = Enumerable.Range(0, table.Columns.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"@p{i}")).ToList();
        using var command = Command(
            $"INSERT INTO {table.Name} ({string.Join(", ", table.Columns.Select(column => column.Name))}) VALUES ({string.Join(", ", names)})", transaction);
        var parameters = names.ConvertAll(name => Add(command, name, DBNull.Value));
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
                parameters[i].Value = row[i] is Guid id ? UuidToBytes.Of(id) : row[i] ?? DBNull.Value;
            command.ExecuteNonQuery();
        }
    }
}
