using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Backup;

/// <summary>A line of a backup that is not a row.</summary>
/// <param name="Format">Of the first line: 1.</param>
/// <param name="Table">A table begins, with so many rows of these columns.</param>
/// <param name="Sum">A table ends; SHA-256 of its lines.</param>
/// <param name="IsEnd">Nothing is missing.</param>
sealed record BackupMark(
    int? Format = null, string? Schema = null, DateTimeOffset? TakenAt = null, string? Epoch = null,
    string? Table = null, long? Rows = null, Dictionary<string, ColumnKind>? Columns = null,
    string? Sum = null, bool? IsEnd = null)
{
    public const int CurrentFormat = 1;

    public static readonly JsonSerializerOptions Json = new(WireJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}

/// <summary>Writes a backup: gzip over lines of JSON (docs/adr/0009). Until it is whole it lies beside its place with <c>.part</c>
/// behind its name, readable by its owner alone.</summary>
sealed class BackupFile : IContentSink, IDisposable
{
    readonly string _path;
    readonly FileStream _file;
    readonly GZipStream _gzip;
    bool _isWhole;

    public BackupFile(string path, ContentHeader header)
    {
        if (File.Exists(path))
            throw new ContentFault($"{path} is there already");
        _path = path;
        File.Delete(path + ".part"); // of a backup that was broken off, or of somebody who would like to read this one
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 1 << 17 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(path + ".part", options);
        _gzip = new GZipStream(_file, CompressionLevel.Fastest);
        Write(new BackupMark(BackupMark.CurrentFormat, header.Schema, header.TakenAt, header.Epoch));
    }

    public void BeginTable(Table table, long rows) =>
        Write(new BackupMark { Table = table.Name, Rows = rows, Columns = table.Columns.ToDictionary(column => column.Name, column => column.Kind, StringComparer.Ordinal) });

    public void Row(object?[] row, ReadOnlySpan<byte> line)
    {
        _gzip.Write(line);
        _gzip.Write("\n"u8);
    }

    public void EndTable(string sum) => Write(new BackupMark { Sum = sum });

    public void End()
    {
        Write(new BackupMark { IsEnd = true });
        _gzip.Dispose();
        using (var written = new FileStream(_path + ".part", FileMode.Open, FileAccess.ReadWrite))
            written.Flush(flushToDisk: true);
        File.Move(_path + ".part", _path);
        _isWhole = true;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_isWhole)
            File.Delete(_path + ".part");
    }

    void Write(BackupMark mark)
    {
        _gzip.Write(JsonSerializer.SerializeToUtf8Bytes(mark, BackupMark.Json));
        _gzip.Write("\n"u8);
    }
}

/// <summary>Reads a backup and finds every way in which it is not what was written.</summary>
static class BackupReader
{
    public static ContentSource Open(string path)
    {
        ContentHeader? header = null;
        WithLines(path, lines => header = ReadHeader(lines));
        return new ContentSource(path, header!, sink => WithLines(path, lines => Read(lines, sink)));
    }

    static void WithLines(string path, Action<StreamReader> read)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17);
            using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress), new UTF8Encoding(false, throwOnInvalidBytes: true), false, 1 << 16);
            read(text);
        }
        catch (Exception e) when (e is InvalidDataException or DecoderFallbackException or JsonException)
        {
            throw new ContentFault($"{path} is damaged or no backup ({e.Message})");
        }
    }

    static ContentHeader ReadHeader(StreamReader text)
    {
        if (Mark(text.ReadLine()) is not { Format: { } format, Schema: { } schema, TakenAt: { } takenAt, Epoch: { } epoch })
            throw new ContentFault("this is no backup of SmallTalk");
        return format == BackupMark.CurrentFormat
            ? new ContentHeader(schema, takenAt, epoch)
            : throw new ContentFault($"the backup is of a newer SmallTalk (format {format}; this program reads {BackupMark.CurrentFormat})");
    }

    static void Read(StreamReader text, IContentSink sink)
    {
        ReadHeader(text);
        using var lines = new RowLines();
        while (Mark(text.ReadLine()) is { IsEnd: not true } mark)
            ReadTable(text, sink, lines, mark);
        sink.End();
    }

    static void ReadTable(StreamReader text, IContentSink sink, RowLines lines, BackupMark begin)
    {
        if (begin is not { Table: { } name, Rows: { } rows, Columns: { } columns })
            throw new ContentFault("a table is damaged");
        var table = new Table(name, [.. columns.OrderBy(column => column.Key, StringComparer.Ordinal).Select(column => new Column(column.Key, column.Value))]);
        sink.BeginTable(table, rows);
        for (long read = 0; ; read++)
        {
            var line = text.ReadLine();
            if (line is ['[', ..])
            {
                var bytes = Encoding.UTF8.GetBytes(line);
                lines.Add(bytes);
                sink.Row(RowLines.Read(bytes, table), bytes);
                continue;
            }
            var end = Mark(line);
            var sum = lines.TakeSum();
            if (read != rows || end.Sum != sum)
                throw new ContentFault($"{name} is damaged: {read} rows of {rows}, sum {sum} instead of {end.Sum}");
            sink.EndTable(sum);
            return;
        }
    }

    static BackupMark Mark(string? line) => line is null
        ? throw new ContentFault("the backup's end is missing")
        : JsonSerializer.Deserialize<BackupMark>(line, BackupMark.Json)!;
}
