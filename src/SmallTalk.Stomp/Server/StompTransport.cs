namespace SmallTalk.Stomp;

/// <summary>What carries a connection's bytes.</summary>
public enum StompTransport
{
    /// <summary>WebSocket messages (RFC 6455, RFC 8441): <see cref="StompExtensions.MapStomp"/>.</summary>
    WebSocket,

    /// <summary>A bare stream, by itself or inside TLS: <see cref="StompExtensions.UseStomp"/>.</summary>
    Tcp,
}
