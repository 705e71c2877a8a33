using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace SmallTalk.Stomp;

/// <summary>A message for any number of subscriptions ("MESSAGE"). It is immutable and safe to send from any thread.
/// <para>Only <c>subscription</c> differs between its receivers, and clients use few different subscription ids, so the finished
/// bytes, WebSocket header included, are made once for each pair of version and id and shared by all connections.</para></summary>
public sealed class StompMessage
{
    // Ids are the clients' to choose: beyond so many different ones a frame is made for its receiver and forgotten.
    const int MaxSharedFrames = 8;

    const int MaxScratchBytes = 16 * 1024;

    [ThreadStatic]
    static ArrayBufferWriter<byte>? _scratch;

    static readonly string Instance = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    static long _lastNumber;

    readonly KeyValuePair<string, string>[] _headers;
    readonly long _number;
    byte[]? _afterSubscription10;
    byte[]? _afterSubscription11;
    byte[]? _afterSubscription12;
    Shared[] _shared = [];

    sealed record Shared(StompVersion Version, byte[] SubscriptionLine, byte[] Frame);

    /// <summary>A message with a body of any bytes; they are not copied, so they must not change.</summary>
    /// <param name="destination">The header <c>destination</c>: what the receivers subscribed to.</param>
    /// <param name="body">The body.</param>
    /// <param name="contentType">Its MIME type; null says nothing, which is "a binary blob".</param>
    /// <param name="headers">Further headers. Those that the server itself writes in a MESSAGE are ignored.</param>
    public StompMessage(
        string destination, ReadOnlyMemory<byte> body, string? contentType = null, IEnumerable<KeyValuePair<string, string>>? headers = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        Destination = destination;
        Body = body;
        ContentType = contentType;
        _headers = headers is null ? [] : [.. headers];
        _number = Interlocked.Increment(ref _lastNumber);
    }

    StompMessage(StompMessage message, KeyValuePair<string, string> header)
    {
        (Destination, Body, ContentType, _number) = (message.Destination, message.Body, message.ContentType, message._number);
        _headers = [header, .. message._headers];
    }

    /// <summary>The same message, with its id, and one header more.</summary>
    internal StompMessage With(string header, string value) => new(this, new(header, value));

    /// <summary>A message whose body is <paramref name="value"/> as JSON.</summary>
    public static StompMessage Json<T>(
        string destination, T value, JsonTypeInfo<T> type, IEnumerable<KeyValuePair<string, string>>? headers = null) =>
        new(destination, JsonSerializer.SerializeToUtf8Bytes(value, type), "application/json", headers);

    /// <summary>The header <c>destination</c>.</summary>
    public string Destination { get; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The header <c>content-type</c>, or null.</summary>
    public string? ContentType { get; }

    internal IReadOnlyList<KeyValuePair<string, string>> Headers => _headers;

    /// <summary>The header <c>message-id</c>: no other message has it.</summary>
    public string MessageId => string.Create(CultureInfo.InvariantCulture, $"{Instance}-{_number}");

    /// <summary>The finished frame for one receiver.</summary>
    /// <param name="version">The receiver's version.</param>
    /// <param name="subscriptionLine">Its header <c>subscription</c> as it goes on the wire, LF included; empty without an id (1.0).</param>
    internal ReadOnlyMemory<byte> FrameFor(StompVersion version, byte[] subscriptionLine)
    {
        var shared = Volatile.Read(ref _shared);
        foreach (var candidate in shared)
        {
            if (candidate.Version == version && (ReferenceEquals(candidate.SubscriptionLine, subscriptionLine)
                || candidate.SubscriptionLine.AsSpan().SequenceEqual(subscriptionLine)))
                return candidate.Frame;
        }

        var frame = Encode(version, subscriptionLine);
        // Two threads may both get here; the loser's frame serves its receiver only.
        if (shared.Length < MaxSharedFrames)
            Interlocked.CompareExchange(ref _shared, [.. shared, new Shared(version, subscriptionLine, frame)], shared);
        return frame;
    }

    /// <summary>The finished frame of a delivery that will be acknowledged: it is its receiver's alone.</summary>
    internal ReadOnlyMemory<byte> TrackedFrameFor(StompVersion version, byte[] subscriptionLine, long delivery) =>
        Assemble(subscriptionLine, EncodeAfterSubscription(version, delivery));

    /// <summary>AMB-16: how many of its own headers a receiver of that version does not get.</summary>
    internal int CountHeadersLeftOut(StompVersion version) => _headers.Count(
        header => !HeaderEscaping.CanWrite(version, System.Text.Encoding.UTF8.GetBytes(header.Key), System.Text.Encoding.UTF8.GetBytes(header.Value)));

    byte[] Encode(StompVersion version, byte[] subscriptionLine)
    {
        ref var cached = ref _afterSubscription12;
        if (version == StompVersion.V11)
            cached = ref _afterSubscription11;
        else if (version == StompVersion.V10)
            cached = ref _afterSubscription10;
        return Assemble(subscriptionLine, cached ??= EncodeAfterSubscription(version));
    }

    byte[] Assemble(byte[] subscriptionLine, byte[] rest)
    {
        var command = "MESSAGE\n"u8;
        var payload = command.Length + subscriptionLine.Length + rest.Length;
        var header = WebSocketFrames.HeaderLength(payload);
        var frame = new byte[header + payload];
        // AMB-23: browsers drop a connection that sends other bytes as text. Headers always are UTF-8.
        WebSocketFrames.WriteHeader(frame, Utf8.IsValid(Body.Span) ? WebSocketOpcode.Text : WebSocketOpcode.Binary, payload);
        command.CopyTo(frame.AsSpan(header));
        subscriptionLine.CopyTo(frame.AsSpan(header + command.Length));
        rest.CopyTo(frame.AsSpan(header + command.Length + subscriptionLine.Length));
        return frame;
    }

    byte[] EncodeAfterSubscription(StompVersion version, long? delivery = null)
    {
        var output = _scratch ??= new ArrayBufferWriter<byte>(1024);
        output.ResetWrittenCount();
        var writer = new StompFrameWriter(output, version, StompCommand.Message);
        var commandLength = output.WrittenCount;
        writer.Header(HeaderNames.Destination, Destination);
        writer.Header(HeaderNames.MessageId, delivery is { } number && version < StompVersion.V12 ? Deliveries.IdBefore12(MessageId, number) : MessageId);
        if (delivery is { } ack && version >= StompVersion.V12)
            writer.Header(HeaderNames.Ack, ack);
        if (ContentType is not null)
            writer.Header(HeaderNames.ContentType, ContentType);
        foreach (var (name, value) in _headers)
        {
            var utf8 = System.Text.Encoding.UTF8.GetBytes(name);
            if (!HeaderNames.IsWrittenByServer(utf8))
                writer.Header(utf8, value);
        }

        writer.Body(Body.Span);
        var bytes = output.WrittenSpan[commandLength..].ToArray();
        if (output.Capacity > MaxScratchBytes)
            _scratch = null;
        return bytes;
    }
}
