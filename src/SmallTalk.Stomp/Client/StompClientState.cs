namespace SmallTalk.Stomp;

/// <summary>What a <see cref="StompClient"/> is doing.</summary>
public enum StompClientState
{
    /// <summary>It connects for the first time.</summary>
    Connecting,

    /// <summary>CONNECTED has come and every subscription is there.</summary>
    Connected,

    /// <summary>The connection was lost; it comes back by itself.</summary>
    Reconnecting,

    /// <summary>It is over for good.</summary>
    Closed,
}

/// <summary>A step of a client's life.</summary>
/// <param name="State">The state that begins.</param>
/// <param name="Reason">How the connection before it ended, or why the last try failed.</param>
/// <param name="RetryIn">When the next try comes, where one does.</param>
public sealed record StompStateChange(StompClientState State, StompClosure? Reason = null, TimeSpan? RetryIn = null);
