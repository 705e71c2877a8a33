using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace SmallTalk.Load;

/// <summary>What a connection hears of its peer.</summary>
interface IListener
{
    void Welcome();

    /// <summary>What was asked for is done: subscribed, or the message of that name was taken.</summary>
    void Done(ReadOnlySpan<byte> name);

    void Delivered(ReadOnlySpan<byte> message);
}

/// <summary>One client at the lowest price, so that one core of generator can keep up with one core of server: a socket whose bytes
/// are cut into messages where they lie. With inline completions (see Program) all of them run on the one thread that polls; one that
/// measures while that thread is busy with a crowd has a thread of its own.</summary>
sealed class Connection : IDisposable
{
    const int Smallest = 4 * 1024;

    readonly Profile _profile;
    readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly SocketAsyncEventArgs _receive = new();
    readonly TaskCompletionSource _upgraded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    byte[] _buffer;
    int _filled;
    bool _isUpgraded;
    readonly bool _isOnItsOwn;
    bool _isEnding;

    public Connection(Profile profile, IListener listener, int bufferBytes, bool isOnItsOwn = false)
    {
        _profile = profile;
        _isOnItsOwn = isOnItsOwn;
        Listener = listener;
        _buffer = new byte[Math.Max(Smallest, bufferBytes)];
        _receive.Completed += (_, _) => ReceiveAll();
    }

    public IListener Listener { get; }

    /// <summary>Why it ended, when it wasn't us.</summary>
    public string? Ended { get; private set; }

    public long BytesReceived { get; private set; }

    public Action<Connection>? OnEnded { get; set; }

    /// <summary>How fast it reads when it has a thread of its own: null as fast as it can, 0 nothing at all.</summary>
    public int? BytesPerSecond { get; set; }

    /// <summary>As the kernel shall keep for it; null as it likes.</summary>
    public int? KernelBufferBytes { get; init; }

    public async Task ConnectAsync(CancellationToken ct)
    {
        if (KernelBufferBytes is { } bytes)
            _socket.ReceiveBufferSize = bytes;
        var address = _profile.NextAddress();
        if (_isOnItsOwn)
            _socket.Connect(address.Host, address.Port); // asynchronous once, a socket is polled for ever
        else
            await _socket.ConnectAsync(address.Host, address.Port, ct);
        _isUpgraded = !_profile.IsWebSocket;
        if (!_isUpgraded)
        {
            _socket.Send(Encoding.ASCII.GetBytes(
                $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + (_profile.Subprotocol is { } name ? $"Sec-WebSocket-Protocol: {name}\r\n\r\n" : "\r\n")));
        }

        _receive.SetBuffer(_buffer, 0, _buffer.Length);
        if (_isOnItsOwn)
            new Thread(ReceiveAlone, 256 * 1024) { IsBackground = true }.Start();
        else if (!_socket.ReceiveAsync(_receive))
            ReceiveAll();
        if (_profile.IsWebSocket)
            await _upgraded.Task.WaitAsync(TimeSpan.FromSeconds(30), ct);
    }

    /// <summary>Sends frames that the profile has finished.</summary>
    public void Send(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
            frames = frames[_socket.Send(frames)..];
    }

    /// <summary>Without a farewell: a reset.</summary>
    public void Cut()
    {
        _isEnding = true;
        _socket.Close(0);
    }

    public void Dispose()
    {
        Cut();
        _receive.Dispose();
    }

    void ReceiveAll()
    {
        try
        {
            do
            {
                if (_receive.SocketError != SocketError.Success || _receive.BytesTransferred == 0)
                {
                    End(_receive.SocketError == SocketError.Success ? "the peer closed" : _receive.SocketError.ToString());
                    return;
                }
                Take(_receive.BytesTransferred);
                _receive.SetBuffer(_buffer, _filled, _buffer.Length - _filled);
            }
            while (!_socket.ReceiveAsync(_receive));
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException or InvalidDataException)
        {
            End(e.Message);
        }
    }

    void ReceiveAlone()
    {
        const int StepsPerSecond = 10;
        try
        {
            while (true)
            {
                var most = _buffer.Length - _filled;
                if (BytesPerSecond is { } rate)
                {
                    Thread.Sleep(1_000 / StepsPerSecond);
                    if (rate == 0)
                        continue;
                    most = Math.Min(most, Math.Max(1, rate / StepsPerSecond));
                }
                var count = _socket.Receive(_buffer, _filled, most, SocketFlags.None);
                if (count == 0)
                {
                    End("the peer closed");
                    return;
                }
                Take(count);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException or InvalidDataException)
        {
            End(e.Message);
        }
    }

    void Take(int count)
    {
        BytesReceived += count;
        _filled += count;
        var used = _isUpgraded ? Cut(_buffer.AsSpan(0, _filled)) : Upgrade(_buffer.AsSpan(0, _filled));
        _buffer.AsSpan(used, _filled - used).CopyTo(_buffer);
        _filled -= used;
        if (_filled == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
    }

    void End(string why)
    {
        if (_isEnding)
            return;
        Ended = why;
        _upgraded.TrySetException(new InvalidDataException(why));
        OnEnded?.Invoke(this);
    }

    int Upgrade(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return 0;
        if (!bytes.StartsWith("HTTP/1.1 101"u8))
            throw new InvalidDataException("no upgrade: " + Encoding.UTF8.GetString(bytes[..Math.Min(end, 200)]));
        _isUpgraded = true;
        _upgraded.SetResult();
        return end + 4 + Cut(bytes[(end + 4)..]);
    }

    /// <returns>How many bytes were whole messages.</returns>
    int Cut(ReadOnlySpan<byte> bytes)
    {
        if (!_profile.IsWebSocket)
            return _profile.Read(bytes, Listener);
        var used = 0;
        while (true)
        {
            var rest = bytes[used..];
            if (rest.Length < 2)
                return used;
            var (header, length) = (rest[1] & 0x7f) switch
            {
                126 => rest.Length < 4 ? (4, int.MaxValue) : (4, BinaryPrimitives.ReadUInt16BigEndian(rest[2..])),
                127 => rest.Length < 10 ? (10, int.MaxValue) : (10, (int)BinaryPrimitives.ReadUInt64BigEndian(rest[2..])),
                var small => (2, small),
            };
            if (rest.Length - header < length)
                return used;
            var payload = rest.Slice(header, length);
            used += header + length;
            switch (rest[0] & 0x0f)
            {
                case 1 or 2:
                    _profile.Read(payload, Listener);
                    break;
                case 8:
                    End(payload.Length < 2 ? "closed" : $"closed: {BinaryPrimitives.ReadUInt16BigEndian(payload)} {Encoding.UTF8.GetString(payload[2..])}");
                    return used;
                case 9:
                    Send(WebSocketFrame.Of(0xA, payload));
                    break;
            }
        }
    }
}
