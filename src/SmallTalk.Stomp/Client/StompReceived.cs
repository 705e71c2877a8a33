using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SmallTalk.Stomp;

/// <summary>A frame that a client received, with a copy of everything in it.</summary>
public sealed class StompReceived
{
    readonly KeyValuePair<string, string>[] _headers;

    internal StompReceived(StompFrame frame, ClientConnection? connection)
    {
        Connection = connection;
        Command = frame.Command;
        Body = frame.Body.ToArray();
        _headers = new KeyValuePair<string, string>[frame.HeaderCount];
        for (var i = 0; i < _headers.Length; i++)
            _headers[i] = new(Encoding.UTF8.GetString(frame.HeaderName(i)), Encoding.UTF8.GetString(frame.HeaderValue(i)));
    }

    /// <summary>Where it came; an acknowledgement is good there only.</summary>
    internal ClientConnection? Connection { get; }

    /// <summary>MESSAGE, RECEIPT, CONNECTED or ERROR.</summary>
    public StompCommand Command { get; }

    /// <summary>All header lines, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => _headers;

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The body as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The first header of that name, or null ("Repeated Header Entries").</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in _headers)
            {
                if (key == name)
                    return value;
            }

            return null;
        }
    }

    /// <summary>The body read as JSON.</summary>
    public T? Json<T>(JsonTypeInfo<T> type) => JsonSerializer.Deserialize(Body.Span, type);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Command} {string.Join(' ', _headers.Select(header => $"{header.Key}:{header.Value}"))} | {Text}";
}
