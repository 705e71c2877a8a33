using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SmallTalk.Stomp;

/// <summary>What is told about a refused frame or an ended subscription.</summary>
public sealed class StompRefusalNotice
{
    /// <summary>The <see cref="Type"/> of a refused SEND or SUBSCRIBE.</summary>
    public const string Refused = "refusal";

    /// <summary>The <see cref="Type"/> of a subscription that the server ended.</summary>
    public const string SubscriptionEnded = "subscriptionEnded";

    internal StompRefusalNotice(string type, IStompRefusal refusal, StompConnection connection)
    {
        Type = type;
        Refusal = refusal;
        Connection = connection;
    }

    /// <summary><see cref="Refused"/> or <see cref="SubscriptionEnded"/>.</summary>
    public string Type { get; }

    /// <summary>The reason.</summary>
    public IStompRefusal Refusal { get; }

    /// <summary>Whom it is told to.</summary>
    public StompConnection Connection { get; }

    /// <summary>The destination of the frame or of the subscription.</summary>
    public string Destination { get; internal init; } = "";

    /// <summary>The frame's <c>receipt</c>.</summary>
    public string? Receipt { get; internal init; }

    /// <summary>The subscription's id.</summary>
    public string? Subscription { get; internal init; }

    /// <summary>Members of the refused body that <see cref="StompOptions.EchoedMembers"/> names, as raw JSON.</summary>
    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Echoed { get; internal init; } = [];
}

/// <summary>The JSON of refusals.</summary>
static class RefusalBody
{
    // An echo is for telling which message was refused; a whole text is none.
    const int MaxEchoBytes = 200;

    // No HTML is near: people's languages stay readable and short.
    static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static StompMessage AsMessage(string destination, StompRefusalNotice notice) =>
        new(destination, Write(notice), "application/json");

    public static byte[] Write(StompRefusalNotice notice)
    {
        var output = new ArrayBufferWriter<byte>(256);
        if (notice.Connection.Options.WriteRefusal is { } write)
        {
            write(notice, output);
            return output.WrittenSpan.ToArray();
        }

        using (var json = new Utf8JsonWriter(output, Plain))
        {
            json.WriteStartObject();
            json.WriteString("type", notice.Type);
            json.WriteString("code", notice.Refusal.Code);
            json.WriteString("title", TitleOf(notice));
            json.WriteString("destination", notice.Destination);
            if (notice.Receipt is not null)
                json.WriteString("receipt", notice.Receipt);
            if (notice.Subscription is not null)
                json.WriteString("subscription", notice.Subscription);
            foreach (var (name, value) in notice.Echoed)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value.Span);
            }

            notice.Refusal.WriteMembers(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Picks the named members of a JSON object that are short strings or numbers; nothing when it is no such object.</summary>
    public static IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Echo(ReadOnlySpan<byte> body, IList<string> names)
    {
        if (names.Count == 0 || body.IsEmpty)
            return [];
        List<KeyValuePair<string, ReadOnlyMemory<byte>>>? echoed = null;
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return [];
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = NameAt(ref reader, names);
                reader.Read();
                if (name is not null && reader.TokenType is JsonTokenType.String or JsonTokenType.Number && name is not null)
                {
                    var end = (int)reader.BytesConsumed;
                    if (end - reader.TokenStartIndex <= MaxEchoBytes)
                        (echoed ??= []).Add(new(name, body[(int)reader.TokenStartIndex..end].ToArray()));
                    if (echoed?.Count == names.Count)
                        break;
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // What was read before the fault still tells which message it was.
        }

        return echoed ?? [];
    }

    static string TitleOf(StompRefusalNotice notice)
    {
        var language = notice.Connection.Language;
        return notice.Connection.Options.TranslateTitle?.Invoke(notice.Refusal, language) ?? notice.Refusal.TitleIn(language);
    }

    static string? NameAt(ref Utf8JsonReader reader, IList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (reader.ValueTextEquals(names[i]))
                return names[i];
        }

        return null;
    }
}
