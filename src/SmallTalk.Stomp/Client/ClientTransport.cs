using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Unicode;

namespace SmallTalk.Stomp;

/// <summary>The octets of a client's connection: a WebSocket (<c>ws</c>, <c>wss</c>) or plain TCP (<c>stomp</c>, <c>stomp+ssl</c>, the
/// schemes that other clients use). One reads, one writes; neither waits for the other.</summary>
abstract class ClientTransport : IDisposable
{
    public const int TcpPort = 61613;
    public const int TlsPort = 61614;

    /// <summary>Why the peer closed; TCP has no word for it.</summary>
    public virtual WebSocketCloseStatus? CloseCode => null;

    /// <summary>What came with the code.</summary>
    public virtual string? CloseReason => null;

    public static bool Knows(Uri address) => address.IsAbsoluteUri && address.Scheme is "ws" or "wss" or "stomp" or "stomp+ssl";

    public static Task<ClientTransport> ConnectAsync(Uri address, StompClientOptions options, StompCredentials? credentials, CancellationToken ct) =>
        address.Scheme switch
        {
            "ws" or "wss" => WebSocketClientTransport.ConnectAsync(address, options, credentials, ct),
            "stomp" => TcpClientTransport.ConnectAsync(address, options, isEncrypted: false, ct),
            _ => TcpClientTransport.ConnectAsync(address, options, isEncrypted: true, ct),
        };

    /// <returns>How many came; 0 at the end.</returns>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct);

    /// <summary>Writes a frame or a heart-beat; it may wait for <see cref="FlushAsync"/>.</summary>
    public abstract ValueTask WriteAsync(byte[] frame, CancellationToken ct);

    public abstract ValueTask FlushAsync(CancellationToken ct);

    /// <summary>Says that nothing more comes from here; what the peer still sends can be read.</summary>
    public abstract ValueTask FinishAsync(CancellationToken ct);

    public abstract void Abort();

    public abstract void Dispose();
}

/// <summary>One WebSocket message a frame, text where the bytes allow it (AMB-23); what comes may be split anyhow (K12).</summary>
sealed class WebSocketClientTransport(ClientWebSocket socket) : ClientTransport
{
    public override WebSocketCloseStatus? CloseCode => socket.CloseStatus;

    public override string? CloseReason => socket.CloseStatusDescription;

    public static new async Task<ClientTransport> ConnectAsync(
        Uri address, StompClientOptions options, StompCredentials? credentials, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        try
        {
            foreach (var protocol in (ReadOnlySpan<string>)["v12.stomp", "v11.stomp", "v10.stomp"])
                socket.Options.AddSubProtocol(protocol);
            foreach (var (name, value) in options.HandshakeHeaders)
                socket.Options.SetRequestHeader(name, value);
            foreach (var (name, value) in credentials?.HandshakeHeaders ?? new Dictionary<string, string>())
                socket.Options.SetRequestHeader(name, value);
            // A half-open peer is noticed even where no heart-beats were agreed on (K25).
            socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(30);
            socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(20);
            socket.Options.CollectHttpResponseDetails = true;
            options.ConfigureWebSocket?.Invoke(socket.Options);
            await socket.ConnectAsync(address, options.Invoker, ct);
            return new WebSocketClientTransport(socket);
        }
        catch (WebSocketException e) when (socket.HttpStatusCode != default && socket.HttpStatusCode != HttpStatusCode.SwitchingProtocols)
        {
            var (status, after) = (socket.HttpStatusCode, RetryAfter(socket, options.Clock));
            socket.Dispose();
            throw new StompHandshakeException(status, after, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, ct);
            if (received.MessageType == WebSocketMessageType.Close)
                return 0;
            if (received.Count > 0) // an empty message is no end
                return received.Count;
        }
    }

    public override ValueTask WriteAsync(byte[] frame, CancellationToken ct) =>
        socket.SendAsync(frame.AsMemory(), Utf8.IsValid(frame) ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, ct);

    public override ValueTask FlushAsync(CancellationToken ct) => ValueTask.CompletedTask;

    public override async ValueTask FinishAsync(CancellationToken ct)
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ct);
    }

    public override void Abort() => socket.Abort();

    public override void Dispose() => socket.Dispose();

    static TimeSpan? RetryAfter(ClientWebSocket socket, TimeProvider clock)
    {
        if (socket.HttpResponseHeaders?.TryGetValue("Retry-After", out var values) != true
            || !System.Net.Http.Headers.RetryConditionHeaderValue.TryParse(values!.FirstOrDefault(), out var value))
        {
            return null;
        }

        return value.Delta ?? (value.Date - clock.GetUtcNow());
    }
}

/// <summary>Frames behind each other on TCP, those that wait together in one write.</summary>
sealed class TcpClientTransport(Socket socket, BufferedStream stream) : ClientTransport
{
    public static async Task<ClientTransport> ConnectAsync(Uri address, StompClientOptions options, bool isEncrypted, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            var port = address.Port > 0 ? address.Port : isEncrypted ? TlsPort : TcpPort;
            await socket.ConnectAsync(address.IdnHost.Trim('[', ']'), port, ct);
            Stream stream = new NetworkStream(socket);
            if (isEncrypted)
            {
                stream = tls = new SslStream(stream);
                var authentication = new SslClientAuthenticationOptions { TargetHost = address.IdnHost };
                options.ConfigureTls?.Invoke(authentication);
                await tls.AuthenticateAsClientAsync(authentication, ct);
            }

            return new TcpClientTransport(socket, new BufferedStream(stream, 16 * 1024));
        }
        catch
        {
            if (tls is not null)
                await tls.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    // Reading passes the buffer of what is written by.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct) => Unbuffered.ReadAsync(buffer, ct);

    public override ValueTask WriteAsync(byte[] frame, CancellationToken ct) => stream.WriteAsync(frame, ct);

    public override ValueTask FlushAsync(CancellationToken ct) => new(stream.FlushAsync(ct));

    public override async ValueTask FinishAsync(CancellationToken ct)
    {
        await stream.FlushAsync(ct);
        if (Unbuffered is SslStream tls)
            await tls.ShutdownAsync().WaitAsync(ct);
        socket.Shutdown(SocketShutdown.Send);
    }

    public override void Abort()
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Its end came first.
        }

        socket.Dispose();
    }

    public override void Dispose()
    {
        socket.Dispose();
        Unbuffered.Dispose();
    }

    Stream Unbuffered => stream.UnderlyingStream;
}
