namespace SmallTalk.Stomp;

/// <summary>The first line of a frame ("Client Frames", "Server Frames").</summary>
public enum StompCommand
{
    /// <summary>No command that any version knows.</summary>
    None,

    /// <summary>Opens a session.</summary>
    Connect,

    /// <summary>Opens a session like CONNECT; tells STOMP from HTTP on a shared port (1.1 and later).</summary>
    Stomp,

    /// <summary>Sends a message to a destination.</summary>
    Send,

    /// <summary>Begins to listen to a destination.</summary>
    Subscribe,

    /// <summary>Ends a subscription.</summary>
    Unsubscribe,

    /// <summary>Confirms that a message was consumed.</summary>
    Ack,

    /// <summary>Says that a message was not consumed (1.1 and later).</summary>
    Nack,

    /// <summary>Opens a transaction.</summary>
    Begin,

    /// <summary>Makes a transaction happen.</summary>
    Commit,

    /// <summary>Rolls a transaction back.</summary>
    Abort,

    /// <summary>Ends the session.</summary>
    Disconnect,

    /// <summary>Server: the session is open.</summary>
    Connected,

    /// <summary>Server: a message of a subscription.</summary>
    Message,

    /// <summary>Server: a frame that asked for it was processed.</summary>
    Receipt,

    /// <summary>Server: a frame was refused; the connection ends.</summary>
    Error,
}

static class StompCommands
{
    /// <summary>UNSUBSCRIBE: a first line that grows beyond it can't become a command any more.</summary>
    public const int LongestBytes = 11;

    /// <summary>Commands are case sensitive ("Value Encoding").</summary>
    public static StompCommand Parse(ReadOnlySpan<byte> line)
    {
        // The three that nearly all frames have stand first; the rest is decided by length, then by one comparison.
        if (line.SequenceEqual("SEND"u8))
            return StompCommand.Send;
        if (line.SequenceEqual("MESSAGE"u8))
            return StompCommand.Message;
        if (line.SequenceEqual("RECEIPT"u8))
            return StompCommand.Receipt;
        for (var command = StompCommand.Connect; command <= StompCommand.Error; command++)
        {
            if (line.SequenceEqual(Utf8(command)))
                return command;
        }

        return StompCommand.None;
    }

    public static ReadOnlySpan<byte> Utf8(StompCommand command) => command switch
    {
        StompCommand.Connect => "CONNECT"u8,
        StompCommand.Stomp => "STOMP"u8,
        StompCommand.Send => "SEND"u8,
        StompCommand.Subscribe => "SUBSCRIBE"u8,
        StompCommand.Unsubscribe => "UNSUBSCRIBE"u8,
        StompCommand.Ack => "ACK"u8,
        StompCommand.Nack => "NACK"u8,
        StompCommand.Begin => "BEGIN"u8,
        StompCommand.Commit => "COMMIT"u8,
        StompCommand.Abort => "ABORT"u8,
        StompCommand.Disconnect => "DISCONNECT"u8,
        StompCommand.Connected => "CONNECTED"u8,
        StompCommand.Message => "MESSAGE"u8,
        StompCommand.Receipt => "RECEIPT"u8,
        StompCommand.Error => "ERROR"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "Not a command that can be written."),
    };

    /// <summary>Only these may have a body ("Body"); in the others content-length is ignored.</summary>
    public static bool MayHaveBody(StompCommand command) =>
        command is StompCommand.Send or StompCommand.Message or StompCommand.Error;

    /// <summary>CONNECT and CONNECTED keep to 1.0's literal headers ("Value Encoding").</summary>
    public static bool IsNeverEscaped(StompCommand command) =>
        command is StompCommand.Connect or StompCommand.Stomp or StompCommand.Connected;
}
