namespace SmallTalk.Server.Backup;

enum ColumnKind
{
    /// <summary>Also times (milliseconds since 1970) and truth (0, 1).</summary>
    Integer,
    Text,
    Uuid,
    Bytes,
}

sealed record Column(string Name, ColumnKind Kind);

/// <summary>A table as every store has it: the same columns in alphabetical order, the same rows in the order of its key.</summary>
sealed record Table(string Name, IReadOnlyList<Column> Columns)
{
    public int IndexOf(string column)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Name == column)
                return i;
        }
        throw new ContentFault($"{Name} has no {column}");
    }

    public bool IsSameAs(Table other) => Name == other.Name && Columns.SequenceEqual(other.Columns);
}

/// <param name="Schema">The newest migration of the store, without its date: both stores name them alike.</param>
/// <param name="Epoch">Of the store: see <see cref="Messages.Log.StoreEpoch"/>.</param>
sealed record ContentHeader(string Schema, DateTimeOffset TakenAt, string Epoch);

/// <summary>A store or a backup, to be read from the beginning.</summary>
/// <param name="Name">As the operator knows it.</param>
sealed record ContentSource(string Name, ContentHeader Header, Action<IContentSink> Read);

/// <summary>Takes what a store or a backup holds, in the order in which it is read.</summary>
interface IContentSink
{
    void BeginTable(Table table, long rows);

    /// <param name="row">For each column a <see cref="long"/>, string, <see cref="Guid"/>, byte array or null.</param>
    /// <param name="line">The same as <see cref="RowLines"/> writes it.</param>
    void Row(object?[] row, ReadOnlySpan<byte> line);

    /// <param name="sum">SHA-256 of the table's lines, as hexadecimal.</param>
    void EndTable(string sum);

    void End()
    {
    }
}

/// <summary>Several that take the same.</summary>
sealed class Tee(params IContentSink[] sinks) : IContentSink
{
    public void BeginTable(Table table, long rows)
    {
        foreach (var sink in sinks)
            sink.BeginTable(table, rows);
    }

    public void Row(object?[] row, ReadOnlySpan<byte> line)
    {
        foreach (var sink in sinks)
            sink.Row(row, line);
    }

    public void EndTable(string sum)
    {
        foreach (var sink in sinks)
            sink.EndTable(sum);
    }

    public void End()
    {
        foreach (var sink in sinks)
            sink.End();
    }
}

/// <summary>What the operator must know in one line: a backup that is damaged, a store that is not there or not empty.</summary>
sealed class ContentFault(string message) : Exception(message);
