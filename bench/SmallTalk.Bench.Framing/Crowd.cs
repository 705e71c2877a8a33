using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SmallTalk.Bench.Framing;

/// <summary>A server process and those who listen to it: bare sockets that count the NULs that end STOMP frames.</summary>
sealed class Crowd : IAsyncDisposable
{
    readonly Process _server;
    readonly List<Socket> _sockets = [];
    long _frames;

    Crowd(Process server) => _server = server;

    public double KibibytesEach { get; private set; }

    public static async Task<Crowd> StartAsync(string way, int connections)
    {
        var crowd = new Crowd(Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["server", way]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!);
        var address = new Uri(await crowd.AnswerAsync());
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(address.Host, address.Port);
            crowd._sockets.Add(socket);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /ws HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
            var hello = new byte[1024];
            var length = 0;
            while (hello.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
                length += await socket.ReceiveAsync(hello.AsMemory(length));
            if (way == "own")
            {
                // One binary message, masked by zeros.
                var frames = "CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:room\ndestination:/topic/room\n\n\0"u8.ToArray();
                await socket.SendAsync((byte[])[0x82, (byte)(0x80 | frames.Length), 0, 0, 0, 0, .. frames]);
                while (hello.AsSpan(0, length).IndexOf((byte)0) < 0) // CONNECTED
                    length += await socket.ReceiveAsync(hello.AsMemory(length));
            }

            _ = crowd.CountAsync(socket); // ends with its socket
        }

        crowd.KibibytesEach = double.Parse(await crowd.AskAsync($"open {connections}"), CultureInfo.InvariantCulture);
        return crowd;
    }

    /// <summary>The server's CPU seconds for so many turns, until the last frame was read here.</summary>
    public async Task<double> DeliverAsync(int rounds, int burst)
    {
        var wanted = Volatile.Read(ref _frames) + ((long)rounds * burst * _sockets.Count);
        await AskAsync($"run {rounds} {burst}");
        while (Volatile.Read(ref _frames) < wanted)
            await Task.Delay(5);
        return double.Parse(await AskAsync("cpu"), CultureInfo.InvariantCulture);
    }

    async Task CountAsync(Socket socket)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and var read)
                Interlocked.Add(ref _frames, buffer.AsSpan(0, read).Count((byte)0));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }

    async Task<string> AskAsync(string line)
    {
        await _server.StandardInput.WriteLineAsync(line);
        return await AnswerAsync();
    }

    async Task<string> AnswerAsync() =>
        await _server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server has ended.");

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }
}
