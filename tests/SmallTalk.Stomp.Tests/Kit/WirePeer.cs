using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SmallTalk.Stomp.Tests;

/// <summary>One frame as a plain reader sees it: header values as they stand on the wire, escapes and all.</summary>
sealed record WireFrame(string Command, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body, bool IsText)
{
    public string? this[string name] => Headers.Where(h => h.Key == name).Select(h => h.Value).FirstOrDefault();

    public string Text => Encoding.UTF8.GetString(Body);

    public static WireFrame Parse(byte[] bytes, bool isText)
    {
        var blank = bytes.AsSpan().IndexOf("\n\n"u8);
        Assert.True(blank > 0, $"not a frame: {Encoding.UTF8.GetString(bytes)}");
        Assert.Equal(0, bytes[^1]);
        var lines = Encoding.UTF8.GetString(bytes.AsSpan(0, blank)).Split('\n');
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1])).ToList();
        return new WireFrame(lines[0], headers, bytes[(blank + 2)..^1], isText);
    }

    public override string ToString() => $"{Command} {string.Join(' ', Headers.Select(h => $"{h.Key}:{h.Value}"))} | {Text}";
}

/// <summary>A client that speaks WebSocket octets over TCP, or bare TCP, and does only what it is told: no pongs, no answers to a close, no STOMP.
/// Every wait has a time-out that prints what came.</summary>
sealed class WirePeer : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    readonly TcpClient _tcp;
    readonly NetworkStream _stream;
    readonly List<string> _seen = [];
    byte[] _buffer = new byte[64 * 1024];
    bool _hasError;
    bool _isReset;
    int _start;
    int _end;

    WirePeer(TcpClient tcp, StompTransport transport)
    {
        _tcp = tcp;
        Transport = transport;
        _stream = tcp.GetStream();
    }

    public StompTransport Transport { get; }

    public string ResponseHead { get; private set; } = "";

    public int Status { get; private set; }

    public (int Code, string Reason)? Close { get; private set; }

    public Socket Socket => _tcp.Client;

    public static async Task<WirePeer> OpenAsync(IPEndPoint endPoint, string? subprotocols, string extraHeaders, string path = "/ws")
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(endPoint);
        var peer = new WirePeer(tcp, StompTransport.WebSocket);
        var protocol = subprotocols is null ? "" : $"Sec-WebSocket-Protocol: {subprotocols}\r\n";
        await peer._stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{endPoint.Port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{protocol}{extraHeaders}\r\n"));
        int end;
        while ((end = peer.Unread.IndexOf("\r\n\r\n"u8)) < 0)
            Assert.True(await peer.FillAsync(), "the handshake was not answered");
        peer.ResponseHead = Encoding.ASCII.GetString(peer.Unread[..(end + 2)]);
        peer._start += end + 4;
        peer.Status = int.Parse(peer.ResponseHead.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        return peer;
    }

    public static async Task<WirePeer> OpenTcpAsync(IPEndPoint endPoint)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(endPoint);
        return new WirePeer(tcp, StompTransport.Tcp);
    }

    /// <summary>One text message.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>One message; over TCP just its octets.</summary>
    public Task SendAsync(byte[] payload, bool isText = true) =>
        SendRawAsync(Transport == StompTransport.Tcp ? payload : Encode(isText ? 1 : 2, payload, isFinal: true));

    public async Task SendRawAsync(byte[] octets) => await _stream.WriteAsync(octets);

    /// <summary>A close frame; over TCP a FIN, which leaves the other direction open.</summary>
    public Task SendCloseAsync(int code = 1000)
    {
        if (Transport != StompTransport.Tcp)
            return SendRawAsync(Encode(8, [(byte)(code >> 8), (byte)code], isFinal: true));
        Socket.Shutdown(SocketShutdown.Send);
        return Task.CompletedTask;
    }

    public static byte[] Encode(int opcode, ReadOnlySpan<byte> payload, bool isFinal)
    {
        var lengthBytes = payload.Length < 126 ? 0 : payload.Length <= 65535 ? 2 : 8;
        var frame = new byte[2 + lengthBytes + 4 + payload.Length];
        frame[0] = (byte)((isFinal ? 0x80 : 0) | opcode);
        frame[1] = (byte)(0x80 | (lengthBytes switch { 0 => payload.Length, 2 => 126, _ => 127 }));
        if (lengthBytes == 2)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        else if (lengthBytes == 8)
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
        byte[] mask = [0x37, 0xfa, 0x21, 0x3d];
        mask.CopyTo(frame, 2 + lengthBytes);
        for (var i = 0; i < payload.Length; i++)
            frame[6 + lengthBytes + i] = (byte)(payload[i] ^ mask[i & 3]);
        return frame;
    }

    /// <summary>The next STOMP frame; heart-beats and pings are skipped.</summary>
    public async Task<WireFrame> ReadAsync()
    {
        var message = await ReadMessageAsync(skipHeartBeats: true);
        Assert.True(message is not null, $"closed ({Close}) where a frame was awaited; seen: {Seen}");
        var frame = WireFrame.Parse(message.Value.Payload, message.Value.IsText);
        _hasError |= frame.Command == "ERROR";
        return frame;
    }

    /// <summary>The next frame, which must be this.</summary>
    public async Task<WireFrame> ReadAsync(string command)
    {
        var frame = await ReadAsync();
        Assert.True(frame.Command == command, $"{command} was awaited; seen: {Seen}");
        return frame;
    }

    /// <summary>The receipts that a frame asked for.</summary>
    public async Task<WireFrame> ReceiptAsync(string id)
    {
        var frame = await ReadAsync("RECEIPT");
        Assert.Equal(id, frame["receipt-id"]);
        return frame;
    }

    /// <summary>An ERROR, then the close with this code and nothing between or behind.</summary>
    public async Task<WireFrame> RefusedAsync(int code)
    {
        var error = await ReadAsync("ERROR");
        await ClosedAsync(code);
        return error;
    }

    /// <summary>The close frame, and nothing more before it. Over TCP the FIN; the reason then stands in an ERROR before it, unless the
    /// close is a normal one.</summary>
    public async Task<string> ClosedAsync(int code)
    {
        if (Transport == StompTransport.Tcp)
            return await TcpClosedAsync(code);
        var message = await ReadMessageAsync(skipHeartBeats: true);
        Assert.True(message is null, $"a close was awaited; seen: {Seen}");
        Assert.True(Close?.Code == code, $"close code {code} was awaited, {Close} came; seen: {Seen}");
        return Close!.Value.Reason;
    }

    async Task<string> TcpClosedAsync(int code)
    {
        var reason = "";
        var message = await ReadMessageAsync(skipHeartBeats: true);
        if (message is { Payload: var payload } && code != 1000 && !_hasError)
        {
            var error = WireFrame.Parse(payload, isText: true);
            Assert.True(error.Command == "ERROR", $"an ERROR or the end was awaited; seen: {Seen}");
            reason = error["message"]!;
            message = await ReadMessageAsync(skipHeartBeats: true);
        }

        Assert.True(message is null && Close?.Code != 1006, $"a FIN was awaited; seen: {Seen}");
        return reason;
    }

    /// <summary>The end of the TCP stream.</summary>
    public async Task EndOfStreamAsync()
    {
        try
        {
            while (await FillAsync())
                _start = _end;
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }
    }

    /// <returns>Null when the peer closed.</returns>
    public async Task<(byte[] Payload, bool IsText)?> ReadMessageAsync(bool skipHeartBeats)
    {
        while (true)
        {
            var (opcode, payload) = await ReadWebSocketFrameAsync();
            if (opcode == 8)
            {
                Close = payload.Length < 2 ? (1005, "") : (BinaryPrimitives.ReadUInt16BigEndian(payload), Encoding.UTF8.GetString(payload.AsSpan(2)));
                return null;
            }

            if (opcode < 0)
            {
                if (Transport == StompTransport.WebSocket || _isReset)
                    Close = (1006, "no close frame");
                return null;
            }

            if (opcode >= 8 || (skipHeartBeats && payload is [(byte)'\n']))
                continue;
            return (payload, opcode == 1);
        }
    }

    /// <summary>Opcode −1: the stream ended. Over TCP each frame or heart-beat comes as a message would.</summary>
    public async Task<(int Opcode, byte[] Payload)> ReadWebSocketFrameAsync()
    {
        while (true)
        {
            if (TryTakeFrame(out var frame))
            {
                _seen.Add($"[{frame.Opcode}] {Encoding.UTF8.GetString(frame.Payload.AsSpan(0, Math.Min(300, frame.Payload.Length)))}");
                return frame;
            }

            try
            {
                if (!await FillAsync())
                    return (-1, []);
            }
            catch (IOException e)
            {
                _isReset = true;
                _seen.Add(e.Message);
                return (-1, []);
            }
        }
    }

    public string Seen => string.Join(" ⏎ ", _seen.TakeLast(12)).Replace('\n', '⏐').Replace('\0', '∅');

    public async ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        await _stream.DisposeAsync();
    }

    ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    bool TryTakeFrame(out (int Opcode, byte[] Payload) frame)
    {
        frame = default;
        var unread = Unread;
        if (Transport == StompTransport.Tcp)
        {
            if (StompLength(unread) is not (> 0 and var octets))
                return false;
            frame = (1, unread[..octets].ToArray());
            _start += octets;
            return true;
        }

        if (unread.Length < 2)
            return false;
        Assert.Equal(0x80, unread[0] & 0xF0); // final, nothing reserved
        Assert.Equal(0, unread[1] & 0x80);    // a server never masks
        var (header, length) = (2, (long)unread[1]);
        if (length == 126 && unread.Length >= 4)
            (header, length) = (4, BinaryPrimitives.ReadUInt16BigEndian(unread[2..]));
        else if (length == 127 && unread.Length >= 10)
            (header, length) = (10, BinaryPrimitives.ReadInt64BigEndian(unread[2..]));
        else if (length > 125)
            return false;
        if (unread.Length < header + length)
            return false;
        frame = (unread[0] & 0x0F, unread.Slice(header, (int)length).ToArray());
        _start += header + (int)length;
        return true;
    }

    /// <returns>0: it is not all there yet.</returns>
    static int StompLength(ReadOnlySpan<byte> unread)
    {
        if (unread is [(byte)'\n', ..])
            return 1;
        var body = unread.IndexOf("\n\n"u8) + 2;
        if (body < 2)
            return 0;
        var length = unread[body..].IndexOf((byte)0);
        var header = unread[..body].IndexOf("\ncontent-length:"u8);
        if (header >= 0)
        {
            var digits = unread[(header + "\ncontent-length:".Length)..body];
            length = int.Parse(digits[..digits.IndexOf((byte)'\n')], System.Globalization.CultureInfo.InvariantCulture);
        }

        return length < 0 || unread.Length < body + length + 1 ? 0 : body + length + 1;
    }

    async Task<bool> FillAsync()
    {
        if (_start == _end)
            _start = _end = 0;
        if (_end == _buffer.Length)
        {
            var larger = new byte[Math.Max(_buffer.Length, 2 * (_end - _start))];
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            (_buffer, _end, _start) = (larger, _end - _start, 0);
        }

        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), patience.Token);
            _end += read;
            return read > 0;
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"nothing came for {Patience}; seen: {Seen}", e);
        }
    }
}
