using System.Data.Common;
using System.Globalization;

namespace SmallTalk.Server.Backup;

/// <summary>Everything that a store holds, read at one moment while others write on, and written into an empty one. What follows from the
/// rest (the search index) is left out: a node builds it when it starts. Synchronous, for it works alone in a command of its own.</summary>
abstract class StoreContent : IDisposable
{
    /// <summary>In the store's facts while it is being filled: a node refuses to start on it.</summary>
    public const string FillingFact = "filling";

    const string Facts = "store_facts";

    static readonly HashSet<string> Derived = new(StringComparer.Ordinal) { "room_grams", "room_texts", "__EFMigrationsHistory", "__EFMigrationsLock" };
    static readonly Dictionary<string, string> OrderOfBoth = new(StringComparer.Ordinal) { ["messages"] = "room_id, seq", ["rooms"] = "id" };

    /// <summary>Of this store alone, and not of the search index: facts of the moment.</summary>
    const string NotItsFacts = $"name NOT IN ('{FillingFact}', 'room-index')";

    protected abstract DbConnection Connection { get; }

    /// <summary>A row for each column: table, column, type, its place in the primary key (0: none), whether the table refers to others.</summary>
    protected abstract string CatalogueSql { get; }

    public abstract IReadOnlyList<string> FindDamage();

    /// <summary>One moment, whatever is committed meanwhile.</summary>
    protected abstract DbTransaction BeginSnapshot();

    protected abstract ColumnKind KindOf(string column, string type);

    /// <summary>What selects it as its <see cref="ColumnKind"/>.</summary>
    protected abstract string Select(string column, string type);

    protected abstract Guid ReadUuid(DbDataReader reader, int column);

    protected abstract void Insert(Table table, IReadOnlyList<object?[]> rows, DbTransaction transaction);

    /// <summary>Numbers that the store gives out go on behind those that were filled in.</summary>
    protected virtual void GoOnNumbering(DbTransaction transaction)
    {
    }

    public ContentHeader ReadHeader(DateTimeOffset now) => new(
        NameOf((string)Scalar("SELECT max(migration_id) FROM \"__EFMigrationsHistory\"", null)!), now, ReadFact("epoch") ?? "");

    public void Read(IContentSink sink)
    {
        using var snapshot = BeginSnapshot();
        using var lines = new RowLines();
        foreach (var (table, select, order) in ReadCatalogue(snapshot))
        {
            var where = table.Name == Facts ? $" WHERE {NotItsFacts}" : "";
            sink.BeginTable(table, Convert.ToInt64(Scalar($"SELECT count(*) FROM {table.Name}{where}", snapshot), CultureInfo.InvariantCulture));
            using var command = Command($"SELECT {select} FROM {table.Name}{where} ORDER BY {order}", snapshot);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                var row = ReadRow(reader, table);
                sink.Row(row, lines.Write(row));
            }
            sink.EndTable(lines.TakeSum());
        }
        sink.End();
    }

    public IReadOnlyList<Table> ReadTables()
    {
        using var snapshot = BeginSnapshot();
        return [.. ReadCatalogue(snapshot).Select(each => each.Table)];
    }

    public string? ReadFact(string name)
    {
        using var command = Command($"SELECT value FROM {Facts} WHERE name = @name", null);
        Add(command, "@name", name);
        return (string?)command.ExecuteScalar();
    }

    public bool HasPeople() => Scalar("SELECT 1 FROM users LIMIT 1", null) is not null || Scalar("SELECT 1 FROM rooms LIMIT 1", null) is not null;

    /// <summary>Whatever a first start put there goes.</summary>
    public void Clear(string filling)
    {
        using var transaction = Connection.BeginTransaction();
        foreach (var table in ReadCatalogue(transaction).Select(each => each.Table.Name).Reverse().Concat(["room_grams", "room_texts"]))
            Execute($"DELETE FROM {table}", transaction);
        SetFact(FillingFact, filling, transaction);
        transaction.Commit();
    }

    /// <summary>The rows and how far the filling has come, or neither.</summary>
    public void Fill(Table table, IReadOnlyList<object?[]> rows, string filling)
    {
        using var transaction = Connection.BeginTransaction();
        Insert(table, rows, transaction);
        SetFact(FillingFact, filling, transaction);
        transaction.Commit();
    }

    /// <param name="epoch">Null: what was filled in is all there was, so clients may go on with what they have.</param>
    public void EndFilling(string? epoch)
    {
        using var transaction = Connection.BeginTransaction();
        GoOnNumbering(transaction);
        if (epoch is not null)
            SetFact("epoch", epoch, transaction);
        Execute($"DELETE FROM {Facts} WHERE name = '{FillingFact}'", transaction);
        transaction.Commit();
    }

    /// <summary>Of a migration, without its date.</summary>
    public static string NameOf(string migration) => migration[(migration.IndexOf('_', StringComparison.Ordinal) + 1)..];

    public void Dispose() => Connection.Dispose();

    protected DbCommand Command(string sql, DbTransaction? transaction)
    {
        var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.CommandTimeout = 0; // as long as it takes
        return command;
    }

    protected object? Scalar(string sql, DbTransaction? transaction)
    {
        using var command = Command(sql, transaction);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    protected void Execute(string sql, DbTransaction? transaction)
    {
        using var command = Command(sql, transaction);
        command.ExecuteNonQuery();
    }

    protected static DbParameter Add(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
        return parameter;
    }

    void SetFact(string name, string value, DbTransaction transaction)
    {
        using var command = Command($"INSERT INTO {Facts} (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", transaction);
        Add(command, "@name", name);
        Add(command, "@value", value);
        command.ExecuteNonQuery();
    }

    /// <summary>Those that others refer to come first.</summary>
    List<(Table Table, string Select, string Order)> ReadCatalogue(DbTransaction transaction)
    {
        var columns = new List<(string Table, string Name, string Type, long Key, bool Refers)>();
        using (var command = Command(CatalogueSql, transaction))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var (table, name) = (reader.GetString(0), reader.GetString(1));
                if (!Derived.Contains(table) && (table, name) != ("messages", "id")) // its place in SQLite's file
                    columns.Add((table, name, reader.GetString(2), reader.GetInt64(3), reader.GetBoolean(4)));
            }
        }
        return [.. columns.GroupBy(column => (column.Refers, column.Table))
            .OrderBy(table => table.Key.Refers).ThenBy(table => table.Key.Table, StringComparer.Ordinal)
            .Select(table =>
            {
                var sorted = table.OrderBy(column => column.Name, StringComparer.Ordinal).ToList();
                var key = string.Join(", ", sorted.Where(column => column.Key > 0).OrderBy(column => column.Key).Select(column => column.Name));
                return (
                    new Table(table.Key.Table, [.. sorted.Select(column => new Column(column.Name, KindOf(column.Name, column.Type)))]),
                    string.Join(", ", sorted.Select(column => Select(column.Name, column.Type))),
                    OrderOfBoth.GetValueOrDefault(table.Key.Table, key));
            })];
    }

    object?[] ReadRow(DbDataReader reader, Table table)
    {
        var row = new object?[table.Columns.Count];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = reader.IsDBNull(i) ? null : table.Columns[i].Kind switch
            {
                ColumnKind.Integer => Convert.ToInt64(reader.GetValue(i), CultureInfo.InvariantCulture),
                ColumnKind.Text => reader.GetString(i),
                ColumnKind.Uuid => ReadUuid(reader, i),
                _ => (byte[])reader.GetValue(i),
            };
        }
        return row;
    }
}
