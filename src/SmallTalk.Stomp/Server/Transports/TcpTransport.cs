using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace SmallTalk.Stomp;

/// <summary>STOMP on a bare stream of Kestrel's.
/// <para>It reads Kestrel's pipe where it lies. It writes to the socket itself: no copy into a pipe, and only the socket can be closed
/// in one direction, so that ERROR and FIN arrive while the peer is still sending (K05); closing a pipe of Kestrel's closes both
/// directions, and what then still comes makes TCP throw away what the peer has not read. Where something stands between (TLS), the close
/// waits for the peer's, or for its silence.</para></summary>
sealed class TcpTransport : SessionTransport
{
    static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    readonly ConnectionContext _connection;
    readonly PipeReader _input;
    readonly Socket? _socket;
    ReadOnlySequence<byte> _payload;
    bool _isReading;
    long _receptions;

    public TcpTransport(ConnectionContext connection, StompOptions options)
        : this(connection, SocketBehind(connection), options)
    {
    }

    TcpTransport(ConnectionContext connection, Socket? socket, StompOptions options)
        : base(StompTransport.Tcp, socket is null ? connection.Transport.Output.AsStream(leaveOpen: true) : new NetworkStream(socket, ownsSocket: false))
    {
        _connection = connection;
        _socket = socket;
        _input = connection.Transport.Input;
        KeepAlive(connection, options);
    }

    public override IPAddress? RemoteAddress => (_connection.RemoteEndPoint as IPEndPoint)?.Address;

    public override ReadOnlySequence<byte> Payload => _payload;

    public override void Consumed(long bytes) => _payload = _payload.Slice(bytes);

    public override void DropPayload() => _payload = _payload.Slice(_payload.End);

    public override async ValueTask<Reception> ReceiveAsync()
    {
        var known = _payload.Length;
        if (_isReading)
            _input.AdvanceTo(_payload.Start, _payload.End);
        var result = await _input.ReadAsync();
        _isReading = true;
        _payload = result.Buffer;
        Volatile.Write(ref _receptions, _receptions + 1);
        return _payload.Length <= known && (result.IsCompleted || result.IsCanceled) ? Reception.EndOfData : Reception.Data;
    }

    public override ValueTask DiscardAsync() => default; // a bare stream can't be violated

    public override ReadOnlyMemory<byte> Carry(ReadOnlyMemory<byte> frame) =>
        WebSocketFrames.IsControl(frame.Span) ? default : WebSocketFrames.PayloadOf(frame);

    public override async ValueTask EndOutputAsync()
    {
        if (_socket is null)
        {
            await LingerAsync();
            return;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }
    }

    /// <summary>What can't be half closed is closed when the peer has done so or has been quiet for a while. (SslStream.ShutdownAsync would
    /// be the FIN of TLS, but beside a read that waits it now and then ends the read, and with it the connection.)</summary>
    async Task LingerAsync()
    {
        long before;
        do
        {
            before = Volatile.Read(ref _receptions);
            await Task.Delay(Quiet);
        }
        while (before != Volatile.Read(ref _receptions));
        _input.CancelPendingRead();
    }

    public override void Abort() => _connection.Abort();

    public override void Dispose() => Output.Dispose();

    /// <summary>The socket, when nothing (TLS, a logger) stands between it and the connection's pipes: those of a bare connection are
    /// pipes, everybody else's are adapters of streams.</summary>
    static Socket? SocketBehind(ConnectionContext connection) =>
        connection.Transport.Output.GetType().DeclaringType == typeof(Pipe)
            ? connection.Features.Get<IConnectionSocketFeature>()?.Socket
            : null;

    /// <summary>A bare stream has no pings; TCP's own notice a peer that is half open (K25).</summary>
    static void KeepAlive(ConnectionContext connection, StompOptions options)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket || options.PingInterval == TimeSpan.Zero)
            return;
        const int Probes = 4;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Seconds(options.PingInterval));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Seconds(options.PingTimeout / Probes));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        }
        catch (SocketException)
        {
            // Not a socket of TCP (a Unix domain socket): nothing can be half open there.
        }
        catch (ObjectDisposedException)
        {
            // Gone already; the first read says so.
        }

        static int Seconds(TimeSpan time) => Math.Max(1, (int)time.TotalSeconds);
    }
}
