using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;
using Npgsql;
using SmallTalk.Server.Backup;

namespace SmallTalk.Server.Data.Postgres;

sealed class PostgresContent(NpgsqlConnection connection) : StoreContent
{
    protected override DbConnection Connection => connection;

    protected override string CatalogueSql => """
        SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL),
            COALESCE((SELECT array_position(i.indkey::int[], a.attnum::int) + 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary), 0)::bigint,
            EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f')
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        """;

    public override IReadOnlyList<string> FindDamage() => []; // PostgreSQL's own checksums tell it as it reads

    protected override DbTransaction BeginSnapshot() => connection.BeginTransaction(IsolationLevel.RepeatableRead);

    protected override ColumnKind KindOf(string column, string type) => type switch
    {
        "bigint" or "integer" or "boolean" => ColumnKind.Integer,
        "text" or "character varying" => ColumnKind.Text,
        "uuid" => ColumnKind.Uuid,
        "bytea" => ColumnKind.Bytes,
        _ => throw new NotSupportedException($"{column} is {type}"),
    };

    protected override string Select(string column, string type) => type == "boolean" ? $"{column}::integer" : column;

    protected override Guid ReadUuid(DbDataReader reader, int column) => reader.GetGuid(column);

    protected override void Insert(Table table, IReadOnlyList<object?[]> rows, DbTransaction transaction)
    {
        var text = new StringBuilder();
        using var copy = connection.BeginTextImport($"COPY {table.Name} ({string.Join(", ", table.Columns.Select(column => column.Name))}) FROM STDIN");
        foreach (var row in rows)
        {
            text.Clear();
            foreach (var value in row)
                Append(text.Length == 0 ? text : text.Append('\t'), value);
            copy.Write(text.Append('\n'));
        }
    }

    protected override void GoOnNumbering(DbTransaction transaction)
    {
        var numbered = new List<(string Table, string Column)>();
        using (var command = Command($"SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'", transaction))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
                numbered.Add((reader.GetString(0), reader.GetString(1)));
        }
        foreach (var (table, column) in numbered)
            Execute($"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), COALESCE(max({column}), 0) + 1, false) FROM {table}", transaction);
    }

    /// <summary>PostgreSQL's documentation, COPY, "Text Format".</summary>
    static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("\\N");
                break;
            case byte[] bytes:
                text.Append("\\\\x").Append(Convert.ToHexStringLower(bytes));
                break;
            case string words:
                foreach (var letter in words)
                {
                    _ = letter switch
                    {
                        '\\' => text.Append("\\\\"),
                        '\t' => text.Append("\\t"),
                        '\n' => text.Append("\\n"),
                        '\r' => text.Append("\\r"),
                        _ => text.Append(letter),
                    };
                }
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }
    }
}
