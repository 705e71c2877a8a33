namespace SmallTalk.Stomp;

/// <summary>The version that a connection speaks ("Protocol Negotiation").</summary>
public enum StompVersion
{
    /// <summary>Not negotiated yet: only CONNECT, STOMP, CONNECTED and ERROR may be on the wire.</summary>
    None = 0,

    /// <summary>STOMP 1.0: header values are literal, there are no heart-beats.</summary>
    V10 = 10,

    /// <summary>STOMP 1.1: escapes \n, \c and \\, lines end in LF only.</summary>
    V11 = 11,

    /// <summary>STOMP 1.2: escapes \r, \n, \c and \\, lines may end in CRLF.</summary>
    V12 = 12,
}

static class StompVersions
{
    public const string Supported = "1.0,1.1,1.2";

    public static ReadOnlySpan<byte> Utf8(StompVersion version) => version switch
    {
        StompVersion.V12 => "1.2"u8,
        StompVersion.V11 => "1.1"u8,
        _ => "1.0"u8,
    };

    /// <summary>The highest version that the list of <c>accept-version</c> and the cap of the subprotocol allow, whatever
    /// the list's order; blanks around its items don't count. None when there is no common one.</summary>
    public static StompVersion Negotiate(ReadOnlySpan<byte> acceptVersion, StompVersion cap)
    {
        var best = StompVersion.None;
        foreach (var range in acceptVersion.Split((byte)','))
        {
            var item = acceptVersion[range].Trim((byte)' ');
            var version = item.SequenceEqual("1.2"u8) ? StompVersion.V12
                : item.SequenceEqual("1.1"u8) ? StompVersion.V11
                : item.SequenceEqual("1.0"u8) ? StompVersion.V10
                : StompVersion.None;
            if (version > best && version <= cap)
                best = version;
        }

        return best;
    }
}
