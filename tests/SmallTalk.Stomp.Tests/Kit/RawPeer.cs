using System.Net.Sockets;
using System.Text;

namespace SmallTalk.Stomp.Tests;

/// <summary>One of a crowd: a bare socket that keeps nothing, so that what a test measures is the server's. Over a WebSocket it opens one binary
/// message without an end, under a mask of zeros, so that octets can be sent as they are; what it is sent is only looked through for words.</summary>
sealed class RawPeer : IDisposable
{
    RawPeer(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    public static async Task<RawPeer> OpenAsync(StompHost host)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var peer = new RawPeer(socket);
        if (host.Transport == StompTransport.Tcp)
        {
            await socket.ConnectAsync(host.TcpEndPoint);
            return peer;
        }

        await socket.ConnectAsync(host.EndPoint);
        await peer.SendAsync(Encoding.ASCII.GetBytes($"GET /ws HTTP/1.1\r\nHost: {host.EndPoint}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        await peer.UntilAsync("\r\n\r\n");
        await peer.SendAsync((byte[])[0x82, 0xFF, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        return peer;
    }

    public static async Task<RawPeer> ConnectAsync(StompHost host)
    {
        var peer = await OpenAsync(host);
        await peer.SendAsync("CONNECT\naccept-version:1.2\n\n\0");
        await peer.UntilAsync("CONNECTED");
        return peer;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        while (!octets.IsEmpty)
            octets = octets[await Socket.SendAsync(octets)..];
    }

    /// <summary>Sends the same octets again and again until the server has cut the connection, or all were taken.</summary>
    /// <returns>How many were taken.</returns>
    public async Task<long> FloodAsync(ReadOnlyMemory<byte> octets, long times)
    {
        long taken = 0;
        try
        {
            for (; times > 0; times--)
            {
                await SendAsync(octets);
                taken += octets.Length;
            }
        }
        catch (SocketException)
        {
            // cut
        }

        return taken;
    }

    /// <summary>Reads until that word came.</summary>
    public async Task UntilAsync(string word)
    {
        var seen = new StringBuilder();
        Assert.True(await ReadAsync(seen, () => seen.ToString().Contains(word, StringComparison.Ordinal)), $"'{word}' was awaited; seen: {seen}");
    }

    /// <summary>Reads until an ERROR has come whole, and returns it.</summary>
    public async Task<string> ErrorAsync()
    {
        var seen = new StringBuilder();
        var error = -1;
        Assert.True(
            await ReadAsync(seen, () => (error = seen.ToString().IndexOf("ERROR\n", StringComparison.Ordinal)) >= 0 && seen.ToString().IndexOf('\0', error) > 0),
            $"an ERROR was awaited; seen: {seen}");
        return seen.ToString()[error..];
    }

    /// <summary>Waits for the next octet, or the end.</summary>
    public async Task NextAsync() => await ReadAsync(new StringBuilder(), () => true, atLeast: 1);

    async Task<bool> ReadAsync(StringBuilder seen, Func<bool> isEnough, int atLeast = 0)
    {
        using var patience = new CancellationTokenSource(WirePeer.Patience);
        var buffer = new byte[512];
        try
        {
            while (seen.Length < atLeast || !isEnough())
            {
                var read = await Socket.ReceiveAsync(buffer, patience.Token);
                if (read == 0)
                    return false;
                if (seen.Length > 20_000)
                    seen.Remove(0, 10_000);
                seen.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }

            return true;
        }
        catch (SocketException)
        {
            return false; // a reset is an end, too
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"nothing more came for {WirePeer.Patience}; seen: {seen}", e);
        }
    }

    public void Dispose() => Socket.Dispose();
}
