using System.Net.WebSockets;

namespace SmallTalk.Stomp;

/// <summary>How a <see cref="StompClient"/> connects.</summary>
public sealed class StompClientOptions
{
    /// <summary>Sent as <c>Authorization: Bearer …</c> in CONNECT.</summary>
    public string? BearerToken { get; set; }

    /// <summary>The header <c>login</c> of CONNECT.</summary>
    public string? Login { get; set; }

    /// <summary>The header <c>passcode</c> of CONNECT.</summary>
    public string? Passcode { get; set; }

    /// <summary>Further headers of CONNECT.</summary>
    public IDictionary<string, string> ConnectHeaders { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Headers of the WebSocket's handshake, for example a cookie or an origin.</summary>
    public IDictionary<string, string> HandshakeHeaders { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sends the handshake's request; HTTP/2 needs one. Null: the WebSocket does it itself.</summary>
    public HttpMessageInvoker? Invoker { get; set; }

    /// <summary>Anything else about the WebSocket: proxies, certificates.</summary>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; set; }

    /// <summary>The header <c>accept-version</c>.</summary>
    public string AcceptVersion { get; set; } = StompVersions.Supported;

    /// <summary>How often this client can send a heart-beat; zero: it can't. Default 20 s.</summary>
    public TimeSpan HeartBeatSend { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often it wants to hear from the server; zero: it doesn't. Default 20 s.</summary>
    public TimeSpan HeartBeatReceive { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long connecting, and closing, may take. Default 15 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest frame that is read. Default 16 MiB.</summary>
    public int MaxFrameBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>A destination of the server that tells what it refused (<see cref="StompOptions.RefusalDestination"/>). When set the client
    /// subscribes to it first, and a refusal becomes a <see cref="StompRefusedException"/> of the call it answers, instead of the end
    /// of the connection.</summary>
    public string? RefusalDestination { get; set; }

    /// <summary>Hears refusals that answer no waiting call: of a SEND without a receipt, for example.</summary>
    public Action<StompRefusedException>? OnRefusal { get; set; }

    /// <summary>The clock of heart-beats and time-outs.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}

/// <summary>What becomes of messages that nobody has read yet when a subscription's queue is full.</summary>
public enum StompOverflow
{
    /// <summary>The subscription ends: its reader gets what waits, then a <see cref="StompOverflowException"/>.</summary>
    End,

    /// <summary>The oldest waiting message is dropped and counted.</summary>
    DropOldest,
}

/// <summary>How a client subscribes.</summary>
public sealed class StompSubscribeOptions
{
    /// <summary>The header <c>id</c>; null lets the client choose.</summary>
    public string? Id { get; set; }

    /// <summary>Further headers of SUBSCRIBE.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How many messages may wait for the reader. Default 10,000.</summary>
    public int Capacity { get; set; } = 10_000;

    /// <summary>What happens when more come.</summary>
    public StompOverflow Overflow { get; set; }
}
