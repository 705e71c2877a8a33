namespace SmallTalk.Stomp;

/// <summary>The headers that the specifications name.</summary>
static class HeaderNames
{
    public static ReadOnlySpan<byte> AcceptVersion => "accept-version"u8;
    public static ReadOnlySpan<byte> Ack => "ack"u8;
    public static ReadOnlySpan<byte> ContentLength => "content-length"u8;
    public static ReadOnlySpan<byte> ContentType => "content-type"u8;
    public static ReadOnlySpan<byte> Destination => "destination"u8;
    public static ReadOnlySpan<byte> HeartBeat => "heart-beat"u8;
    public static ReadOnlySpan<byte> Id => "id"u8;
    public static ReadOnlySpan<byte> Message => "message"u8;
    public static ReadOnlySpan<byte> MessageId => "message-id"u8;
    public static ReadOnlySpan<byte> Receipt => "receipt"u8;
    public static ReadOnlySpan<byte> ReceiptId => "receipt-id"u8;
    public static ReadOnlySpan<byte> Redelivered => "redelivered"u8;
    public static ReadOnlySpan<byte> ReplyTo => "reply-to"u8;
    public static ReadOnlySpan<byte> Server => "server"u8;
    public static ReadOnlySpan<byte> Session => "session"u8;
    public static ReadOnlySpan<byte> Subscription => "subscription"u8;
    public static ReadOnlySpan<byte> Transaction => "transaction"u8;
    public static ReadOnlySpan<byte> Version => "version"u8;

    /// <summary>In a MESSAGE these are the server's to say; an application header of the same name would contradict it.</summary>
    public static bool IsWrittenByServer(ReadOnlySpan<byte> name) =>
        name.SequenceEqual(Destination) || name.SequenceEqual(MessageId) || name.SequenceEqual(Subscription)
        || name.SequenceEqual(ContentLength) || name.SequenceEqual(ContentType) || name.SequenceEqual(Ack)
        || name.SequenceEqual(ReceiptId);
}
