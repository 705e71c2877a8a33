using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SmallTalk.Load.Peers;

/// <summary>The least that a server can do and still speak WebSocket: the bound that everything else is measured against.</summary>
static class SocketServer
{
    public static async Task RunAsync(int port)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback.MapToIPv6(), port));
        listener.Listen(10_000);
        while (true)
            new Peer(await listener.AcceptAsync()).Start();
    }

    sealed class Peer : IOutlet, IDisposable
    {
        readonly Socket _socket;
        readonly SocketAsyncEventArgs _receive = new();
        readonly SocketAsyncEventArgs _send = new();
        readonly Lock _gate = new();
        readonly HashSet<IOutlet> _touched = [];
        readonly byte[] _buffer = new byte[4096];
        List<ArraySegment<byte>> _waiting = [];
        List<ArraySegment<byte>> _writing = [];
        int _filled;
        bool _isWriting;
        bool _isUpgraded;

        public Peer(Socket socket)
        {
            _socket = socket;
            _socket.NoDelay = true;
            _receive.Completed += (_, _) => ReceiveAll();
            _send.Completed += (_, _) => Continue();
        }

        public void Start()
        {
            _receive.SetBuffer(_buffer, 0, _buffer.Length);
            if (!_socket.ReceiveAsync(_receive))
                ReceiveAll();
        }

        public void Dispose()
        {
            _socket.Dispose();
            _receive.Dispose();
            _send.Dispose();
        }

        public void Enqueue(Message message)
        {
            lock (_gate)
                _waiting.Add(message.Frame);
        }

        public void Flush()
        {
            lock (_gate)
            {
                if (_isWriting || _waiting.Count == 0)
                    return;
                _isWriting = true;
            }
            Continue();
        }

        void Continue()
        {
            try
            {
                do
                {
                    lock (_gate)
                    {
                        (_waiting, _writing) = (_writing, _waiting);
                        _waiting.Clear();
                        if (_writing.Count == 0)
                        {
                            _isWriting = false;
                            return;
                        }
                    }
                    _send.BufferList = _writing;
                }
                while (!_socket.SendAsync(_send));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // the peer has gone; the reader sees it too
            }
        }

        void ReceiveAll()
        {
            try
            {
                do
                {
                    if (_receive.SocketError != SocketError.Success || _receive.BytesTransferred == 0)
                    {
                        End();
                        return;
                    }
                    _filled += _receive.BytesTransferred;
                    var used = _isUpgraded ? Handle(_buffer.AsSpan(0, _filled)) : Upgrade(_buffer.AsSpan(0, _filled));
                    _buffer.AsSpan(used, _filled - used).CopyTo(_buffer);
                    _filled -= used;
                    _receive.SetBuffer(_filled, _buffer.Length - _filled);
                    foreach (var outlet in _touched)
                        outlet.Flush();
                    _touched.Clear();
                }
                while (!_socket.ReceiveAsync(_receive));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                End();
            }
        }

        void End()
        {
            BareRooms.All.Leave(this);
            Dispose();
        }

        int Upgrade(ReadOnlySpan<byte> bytes)
        {
            var end = bytes.IndexOf("\r\n\r\n"u8);
            if (end < 0)
                return 0;
            var request = Encoding.ASCII.GetString(bytes[..end]);
            var key = request.Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
            _socket.Send(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Handshake.Accept(key)}\r\n\r\n"));
            _isUpgraded = true;
            return end + 4;
        }

        int Handle(Span<byte> bytes)
        {
            var used = 0;
            while (true)
            {
                var rest = bytes[used..];
                if (rest.Length < 2)
                    return used;
                var (header, length) = (rest[1] & 0x7f) == 126
                    ? (8, rest.Length < 4 ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(rest[2..]))
                    : (6, rest[1] & 0x7f);
                if (rest.Length - header < length)
                    return used;
                var payload = rest.Slice(header, length);
                var mask = rest.Slice(header - 4, 4);
                for (var i = 0; i < payload.Length; i++)
                    payload[i] ^= mask[i & 3];
                used += header + length;
                if ((rest[0] & 0x0f) == 1)
                    BareRooms.All.Handle(this, payload, _touched);
            }
        }
    }
}
