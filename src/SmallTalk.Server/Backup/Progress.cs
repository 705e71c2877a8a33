using System.Globalization;

namespace SmallTalk.Server.Backup;

/// <summary>Says once a second how far the work has come.</summary>
sealed class Progress(string what, TextWriter to, TimeProvider clock) : IContentSink
{
    const int Every = 1_000; // rows, between two looks at the clock

    long _told = clock.GetTimestamp();
    string _table = "";
    long _rows;
    long _row;

    public void BeginTable(Table table, long rows) => (_table, _rows, _row) = (table.Name, rows, 0);

    public void Row(object?[] row, ReadOnlySpan<byte> line)
    {
        if (++_row % Every != 0 || clock.GetElapsedTime(_told) < TimeSpan.FromSeconds(1))
            return;
        _told = clock.GetTimestamp();
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {_table}, {_row:N0} of {_rows:N0} ({100 * _row / Math.Max(_rows, 1)} %)"));
    }

    public void EndTable(string sum)
    {
    }
}
