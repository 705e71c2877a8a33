namespace SmallTalk.Stomp;

/// <summary>The WebSocket close codes that a STOMP server uses, and what they tell a client.</summary>
public static class StompCloseCode
{
    /// <summary>The client asked for it.</summary>
    public const int Normal = 1000;

    /// <summary>The server goes away: come back, another node may answer.</summary>
    public const int GoingAway = 1001;

    /// <summary>The client broke the protocol.</summary>
    public const int ProtocolError = 1002;

    /// <summary>A text message was not UTF-8.</summary>
    public const int InvalidText = 1007;

    /// <summary>Who connects is not known, or may not do it.</summary>
    public const int NotAllowed = 1008;

    /// <summary>A frame passed the size limits.</summary>
    public const int TooLarge = 1009;

    /// <summary>The server failed.</summary>
    public const int ServerFault = 1011;

    /// <summary>The server restarts: come back.</summary>
    public const int Restart = 1012;

    /// <summary>The client reads too slowly, or there is too much to do: come back later.</summary>
    public const int TryAgainLater = 1013;
}
