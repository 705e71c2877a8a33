using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmallTalk.Stomp.Tests;

/// <summary>A STOMP server on TCP that says exactly what its test tells it to, right or wrong, and reads frames without the library's
/// codec.</summary>
sealed class ScriptedServer : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly X509Certificate2? _certificate;
    readonly List<Peer> _peers = [];

    public ScriptedServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
    }

    public Uri Address => new($"{(_certificate is null ? "stomp" : "stomp+ssl")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The next client, its CONNECT unread.</summary>
    public async Task<Peer> AcceptAsync()
    {
        using var patience = new CancellationTokenSource(WirePeer.Patience);
        var socket = await _listener.AcceptSocketAsync(patience.Token);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (_certificate is not null)
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(_certificate);
            stream = tls;
        }

        var peer = new Peer(socket, stream);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>The next client, let in.</summary>
    public async Task<Peer> WelcomeAsync(string headers = "version:1.2\n")
    {
        var peer = await AcceptAsync();
        await peer.ReadAsync("CONNECT");
        await peer.SendAsync($"CONNECTED\n{headers}\n\0");
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var peer in _peers)
            await peer.DisposeAsync();
    }

    public sealed class Peer(Socket socket, Stream stream) : IAsyncDisposable
    {
        readonly byte[] _one = new byte[1];

        public WireFrame? Connect { get; private set; }

        public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

        public async Task SendAsync(byte[] bytes)
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }

        /// <summary>A RECEIPT for that frame.</summary>
        public Task ReceiptAsync(WireFrame frame) => SendAsync($"RECEIPT\nreceipt-id:{frame["receipt"]}\n\n\0");

        public Task MessageAsync(string id, string body, string subscription = "s", string more = "") =>
            SendAsync($"MESSAGE\nsubscription:{subscription}\nmessage-id:{id}\ndestination:/d\n{more}\n{body}\0");

        /// <summary>The next frame, heart-beats before it skipped.</summary>
        public async Task<WireFrame> ReadAsync(string command)
        {
            using var patience = new CancellationTokenSource(WirePeer.Patience);
            var bytes = new List<byte>();
            var left = -1;
            while (true)
            {
                Assert.True(await stream.ReadAsync(_one, patience.Token) == 1, $"The client ended instead of sending {command}.");
                if (bytes.Count == 0 && _one[0] == '\n')
                    continue;
                bytes.Add(_one[0]);
                if (left > 0)
                {
                    left--;
                    continue;
                }

                if (left < 0 && bytes is [.., (byte)'\n', (byte)'\n'])
                {
                    var length = Encoding.UTF8.GetString([.. bytes]).Split('\n').FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.Ordinal));
                    left = length is null ? 0 : int.Parse(length["content-length:".Length..], System.Globalization.CultureInfo.InvariantCulture);
                }
                else if (_one[0] == 0)
                {
                    var frame = WireFrame.Parse([.. bytes], isText: true);
                    Assert.True(frame.Command == command, $"{command} was expected, {frame} came.");
                    if (command == "CONNECT")
                        Connect = frame;
                    return frame;
                }
            }
        }

        /// <summary>Reads until the client has nothing more to say.</summary>
        public async Task<byte[]> ReadToEndAsync()
        {
            using var patience = new CancellationTokenSource(WirePeer.Patience);
            using var rest = new MemoryStream();
            await stream.CopyToAsync(rest, patience.Token);
            return rest.ToArray();
        }

        /// <summary>Nothing more comes from here; what the client sends can still be read.</summary>
        public void Finish() => socket.Shutdown(SocketShutdown.Send);

        public void Reset()
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}
