using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SmallTalk.Server.Backup;

/// <summary>A row as a line of JSON, the same bytes whichever store it comes from, and the sum of a table's lines.</summary>
sealed class RowLines : IDisposable
{
    static readonly JsonWriterOptions AsItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly ArrayBufferWriter<byte> _line = new();
    readonly Utf8JsonWriter _json;
    readonly IncrementalHash _sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public RowLines() => _json = new Utf8JsonWriter(_line, AsItIs);

    /// <summary>Counts in the sum. Valid until the next one.</summary>
    public ReadOnlySpan<byte> Write(object?[] row)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartArray();
        foreach (var value in row)
            Write(value);
        _json.WriteEndArray();
        _json.Flush();
        Add(_line.WrittenSpan);
        return _line.WrittenSpan;
    }

    public void Add(ReadOnlySpan<byte> line)
    {
        _sum.AppendData(line);
        _sum.AppendData("\n"u8);
    }

    /// <summary>The sum of the lines since the last call.</summary>
    public string TakeSum() => Convert.ToHexStringLower(_sum.GetHashAndReset());

    /// <exception cref="ContentFault">The line is not one of this table.</exception>
    public static object?[] Read(ReadOnlySpan<byte> line, Table table)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            json.Read();
            var row = new object?[table.Columns.Count];
            for (var i = 0; i < row.Length; i++)
            {
                json.Read();
                row[i] = json.TokenType == JsonTokenType.Null ? null : table.Columns[i].Kind switch
                {
                    ColumnKind.Integer => json.GetInt64(),
                    ColumnKind.Text => json.GetString(),
                    ColumnKind.Uuid => json.GetGuid(),
                    _ => json.GetBytesFromBase64(),
                };
            }
            return json.Read() && json.TokenType == JsonTokenType.EndArray ? row : throw new ContentFault($"a row of {table.Name} has too many columns");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ContentFault($"a row of {table.Name} is damaged ({e.Message})");
        }
    }

    public void Dispose()
    {
        _json.Dispose();
        _sum.Dispose();
    }

    void Write(object? value)
    {
        switch (value)
        {
            case null:
                _json.WriteNullValue();
                break;
            case long number:
                _json.WriteNumberValue(number);
                break;
            case string text:
                _json.WriteStringValue(text);
                break;
            case Guid id:
                _json.WriteStringValue(id);
                break;
            case byte[] bytes:
                _json.WriteBase64StringValue(bytes);
                break;
            default:
                throw new NotSupportedException($"{value.GetType()} has no line");
        }
    }
}
