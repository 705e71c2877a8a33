using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace SmallTalk.Stomp;

/// <summary>The frames that go to one connection only: CONNECTED, RECEIPT, ERROR, each as a finished WebSocket message.</summary>
static class ServerFrames
{
    public static ReadOnlyMemory<byte> Connected(StompVersion version, string session, string server, int sendMs, int receiveMs)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var writer = new StompFrameWriter(output, version, StompCommand.Connected);
        writer.Header(HeaderNames.Version, StompVersions.Utf8(version));
        writer.Header(HeaderNames.Session, session);
        writer.Header(HeaderNames.Server, server);
        if (version > StompVersion.V10)
            writer.Header(HeaderNames.HeartBeat, FormattableString.Invariant($"{sendMs},{receiveMs}"));
        writer.End();
        return AsMessage(output.WrittenSpan);
    }

    public static ReadOnlyMemory<byte> Receipt(
        StompVersion version, ReadOnlySpan<byte> receiptId, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var output = new ArrayBufferWriter<byte>(32 + receiptId.Length + (32 * headers.Count));
        var writer = new StompFrameWriter(output, version, StompCommand.Receipt);
        writer.Header(HeaderNames.ReceiptId, receiptId);
        for (var i = 0; i < headers.Count; i++)
            writer.Header(headers[i].Key, headers[i].Value);
        writer.End();
        return AsMessage(output.WrittenSpan);
    }

    public static ReadOnlyMemory<byte> Error(
        StompVersion version, string message, ReadOnlySpan<byte> receiptId, IReadOnlyList<KeyValuePair<string, string>>? headers = null,
        ReadOnlySpan<byte> body = default, string? contentType = null)
    {
        var output = new ArrayBufferWriter<byte>(256);
        // Before a version is agreed nobody knows which escapes the peer reads, so the ERROR goes without any.
        var writer = new StompFrameWriter(output, version, StompCommand.Error);
        writer.Header(HeaderNames.Message, message);
        if (!receiptId.IsEmpty)
            writer.Header(HeaderNames.ReceiptId, receiptId);
        if (contentType is not null)
            writer.Header(HeaderNames.ContentType, contentType);
        foreach (var (name, value) in headers ?? [])
            writer.Header(name, value);
        writer.Body(body);
        return AsMessage(output.WrittenSpan);
    }

    /// <summary>The header <c>subscription</c> of a MESSAGE, escaped for its version, LF included.</summary>
    public static byte[] SubscriptionLine(StompVersion version, string id)
    {
        var output = new ArrayBufferWriter<byte>(16 + id.Length);
        output.Write(HeaderNames.Subscription);
        output.Write(":"u8);
        HeaderEscaping.Write(output, version, Encoding.UTF8.GetBytes(id));
        output.Write("\n"u8);
        return output.WrittenSpan.ToArray();
    }

    static byte[] AsMessage(ReadOnlySpan<byte> frame) =>
        WebSocketFrames.Encode(Utf8.IsValid(frame) ? WebSocketOpcode.Text : WebSocketOpcode.Binary, frame);
}
