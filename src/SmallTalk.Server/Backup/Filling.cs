using System.Globalization;

namespace SmallTalk.Server.Backup;

/// <summary>Fills a store a batch at a time. One that was interrupted goes on where it was, with the same source; with any
/// other it begins anew.</summary>
sealed class Filling : IContentSink
{
    const int BatchRows = 5_000;

    readonly StoreContent _store;
    readonly string _source;
    readonly Dictionary<string, Table> _tables;
    readonly List<object?[]> _batch = [];
    Table _table = new("", []);
    readonly long _resumeAfter;
    string? _resumeAt;
    long _rows;

    /// <param name="source">Its name, without line breaks.</param>
    public Filling(StoreContent store, string source)
    {
        (_store, _source) = (store, source);
        _tables = store.ReadTables().ToDictionary(table => table.Name, StringComparer.Ordinal);
        if (store.ReadFact(StoreContent.FillingFact)?.Split('\n') is [var same, var table, var rows] && same == source)
            (_resumeAt, _resumeAfter) = (table, long.Parse(rows, CultureInfo.InvariantCulture));
        else
            store.Clear(source);
    }

    public void BeginTable(Table table, long rows)
    {
        if (!_tables.TryGetValue(table.Name, out var own) || !own.IsSameAs(table))
            throw new ContentFault($"this program's {table.Name} has other columns");
        (_table, _rows) = (table, 0);
    }

    public void Row(object?[] row, ReadOnlySpan<byte> line)
    {
        _rows++;
        if (_resumeAt is not null && (_table.Name != _resumeAt || _rows <= _resumeAfter))
            return;
        _batch.Add(row);
        if (_batch.Count == BatchRows)
            Flush();
    }

    public void EndTable(string sum)
    {
        if (_table.Name == _resumeAt)
            _resumeAt = null;
        if (_batch.Count > 0)
            Flush();
    }

    void Flush()
    {
        _store.Fill(_table, _batch, string.Create(CultureInfo.InvariantCulture, $"{_source}\n{_table.Name}\n{_rows}"));
        _batch.Clear();
    }
}

/// <summary>The rows and the sum of each table, to compare.</summary>
sealed class Sums : IContentSink
{
    readonly SortedDictionary<string, (long Rows, string Sum)> _tables = new(StringComparer.Ordinal);
    string _table = "";
    long _rows;

    public long Rows => _tables.Values.Sum(table => table.Rows);

    public long RowsOf(string table) => _tables.GetValueOrDefault(table).Rows;

    public void BeginTable(Table table, long rows) => (_table, _rows) = (table.Name, 0);

    public void Row(object?[] row, ReadOnlySpan<byte> line) => _rows++;

    public void EndTable(string sum) => _tables[_table] = (_rows, sum);

    public IEnumerable<string> DifferencesTo(Sums other) => _tables.Keys.Union(other._tables.Keys, StringComparer.Ordinal)
        .Where(table => _tables.GetValueOrDefault(table) != other._tables.GetValueOrDefault(table))
        .Select(table => $"{table}: {_tables.GetValueOrDefault(table)} and {other._tables.GetValueOrDefault(table)}");
}
