using System.Net.Security;
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

    /// <summary>Credentials fetched anew for each try, the first one too; they go before the ones above. Null ends the client: there are
    /// none any more. An exception is a failed try.</summary>
    public Func<CancellationToken, ValueTask<StompCredentials?>>? FreshCredentials { get; set; }

    /// <summary>How the client comes back when the connection is lost; null: it doesn't, and <see cref="StompClient.Closed"/> completes.</summary>
    public StompReconnectOptions? Reconnect { get; set; }

    /// <summary>Hears each step of the client's life. It is called by the client's own loop and must not wait.</summary>
    public Action<StompStateChange>? OnStateChanged { get; set; }

    /// <summary>The header <c>host</c> of CONNECT; null: the address's.</summary>
    public string? VirtualHost { get; set; }

    /// <summary>Further headers of CONNECT.</summary>
    public IDictionary<string, string> ConnectHeaders { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Headers of the WebSocket's handshake, for example a cookie or an origin.</summary>
    public IDictionary<string, string> HandshakeHeaders { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sends the handshake's request; HTTP/2 needs one. Null: the WebSocket does it itself.</summary>
    public HttpMessageInvoker? Invoker { get; set; }

    /// <summary>Anything else about the WebSocket: proxies, certificates.</summary>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; set; }

    /// <summary>Certificates and the like of <c>stomp+ssl</c>.</summary>
    public Action<SslClientAuthenticationOptions>? ConfigureTls { get; set; }

    /// <summary>The header <c>accept-version</c>.</summary>
    public string AcceptVersion { get; set; } = StompVersions.Supported;

    /// <summary>How often this client can send a heart-beat; zero: it can't. Default 20 s.</summary>
    public TimeSpan HeartBeatSend { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often it wants to hear from the server; zero: it doesn't. Default 20 s.</summary>
    public TimeSpan HeartBeatReceive { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long each try to connect, and closing, may take. Default 15 s.</summary>
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

/// <summary>Who connects.</summary>
public sealed record StompCredentials
{
    /// <summary>Sent as <c>Authorization: Bearer …</c> in CONNECT.</summary>
    public string? BearerToken { get; init; }

    /// <summary>The header <c>login</c> of CONNECT.</summary>
    public string? Login { get; init; }

    /// <summary>The header <c>passcode</c> of CONNECT.</summary>
    public string? Passcode { get; init; }

    /// <summary>Headers of the WebSocket's handshake, for example a cookie.</summary>
    public IReadOnlyDictionary<string, string>? HandshakeHeaders { get; init; }
}

/// <summary>What becomes of a SEND whose connection is lost before its RECEIPT has come.</summary>
public enum StompWhenLost
{
    /// <summary>It fails with <see cref="StompConnectionLostException"/>: the server may have processed it or not.</summary>
    Fail,

    /// <summary>It is sent again, in its order, when the client is back. For what may arrive twice, for example because it names
    /// itself and the server knows it again.</summary>
    SendAgain,
}
