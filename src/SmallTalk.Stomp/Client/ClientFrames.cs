using System.Buffers;

namespace SmallTalk.Stomp;

/// <summary>The client's frames as their version spells them ("Client Frames").</summary>
static class ClientFrames
{
    public static byte[] Send(
        StompVersion version, string destination, ReadOnlyMemory<byte> body, string? contentType, IEnumerable<KeyValuePair<string, string>>? headers,
        string? receipt, string? transaction = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        var output = new ArrayBufferWriter<byte>(256 + body.Length);
        var writer = new StompFrameWriter(output, version, StompCommand.Send);
        Demand(writer, "destination", destination);
        if (receipt is not null)
            Demand(writer, "receipt", receipt);
        if (transaction is not null)
            Demand(writer, "transaction", transaction);
        if (contentType is not null)
            Demand(writer, "content-type", contentType);
        foreach (var (name, value) in headers ?? [])
            Demand(writer, name, value);
        writer.Body(body.Span);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>ACK or NACK as the version spells it (K24): 1.2 names the MESSAGE's <c>ack</c> as <c>id</c>, 1.1 the message and its
    /// subscription, 1.0 the message.</summary>
    public static byte[] Answer(StompVersion version, StompCommand command, StompReceived message, string? receipt, string? transaction)
    {
        if (command == StompCommand.Nack && version == StompVersion.V10)
            throw new NotSupportedException("STOMP 1.0 has no NACK.");
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new StompFrameWriter(output, version, command);
        if (version == StompVersion.V12)
        {
            Demand(writer, "id", message["ack"] ?? throw new ArgumentException("The message asks for no acknowledgement: it has no header 'ack'.", nameof(message)));
        }
        else
        {
            Demand(writer, "message-id", message["message-id"] ?? "");
            if (message["subscription"] is { } subscription)
                Demand(writer, "subscription", subscription);
        }

        if (transaction is not null)
            Demand(writer, "transaction", transaction);
        if (receipt is not null)
            Demand(writer, "receipt", receipt);
        writer.End();
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Of(
        StompVersion version, StompCommand command, IEnumerable<KeyValuePair<string, string>>? more, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new StompFrameWriter(output, version, command);
        foreach (var (name, value) in headers)
            Demand(writer, name, value);
        foreach (var (name, value) in more ?? [])
            Demand(writer, name, value);
        writer.End();
        return output.WrittenSpan.ToArray();
    }

    static void Demand(StompFrameWriter writer, string name, string value)
    {
        if (!writer.Header(name, value))
            throw new ArgumentException($"The header '{name}' can't be said in this version of STOMP: it has a line end or a NUL.", nameof(value));
    }
}
