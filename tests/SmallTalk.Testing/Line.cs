using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SmallTalk.Testing;

/// <summary>A line between clients and the server that can be cut, as a tunnel or a lift does it: without a word.</summary>
public sealed class Line : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Uri _server;
    readonly Lock _gate = new();
    readonly List<Socket> _sockets = [];
    readonly Task _accepting;
    TaskCompletionSource? _dead;

    public Line(Uri server)
    {
        _server = server;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>It has a proxy in it that knows plain requests only.</summary>
    public bool RefusesWebSockets { get; set; }

    /// <summary>When it refused one; timestamps of the system's clock.</summary>
    public ConcurrentQueue<long> Refusals { get; } = new();

    /// <summary>From here on it swallows what is said on either side, farewells too: a phone whose battery fell out. Until it is cut.</summary>
    public void GoDead() => _dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All connections through it are gone; new ones may come.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var socket in _sockets)
            {
                try
                {
                    socket.LingerState = new LingerOption(enable: true, seconds: 0); // a reset, not a farewell
                    socket.Close();
                }
                catch (ObjectDisposedException)
                {
                    // its end came first
                }
            }
            _sockets.Clear();
        }
        _dead?.TrySetResult();
        _dead = null;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    async Task AcceptAsync()
    {
        while (true)
        {
            Socket near;
            try
            {
                near = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
            near.NoDelay = far.NoDelay = true;
            lock (_gate)
                _sockets.AddRange([near, far]);
            _ = CarryAsync(near, far);
        }
    }

    async Task CarryAsync(Socket near, Socket far)
    {
        try
        {
            await far.ConnectAsync(_server.Host, _server.Port);
            await Task.WhenAny(PassAsync(near, far, isRequest: true), PassAsync(far, near));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // cut
        }
        near.Dispose();
        far.Dispose();
    }

    async Task PassAsync(Socket from, Socket to, bool isRequest = false)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer);
                if (_dead is { } dead)
                    await dead.Task;
                if (count == 0)
                    return;
                if (isRequest && RefusesWebSockets && buffer.AsSpan(0, count).StartsWith("GET /ws "u8))
                {
                    Refusals.Enqueue(TimeProvider.System.GetTimestamp());
                    await from.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                    return;
                }
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // cut
        }
    }
}
