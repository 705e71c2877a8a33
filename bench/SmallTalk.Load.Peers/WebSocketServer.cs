using System.Net.WebSockets;

namespace SmallTalk.Load.Peers;

/// <summary>ASP.NET Core's WebSocket at its best: the frames that wait for a connection are gathered before the flush, by a stream
/// between the WebSocket and the transport that holds the flush back.</summary>
static class WebSocketServer
{
    public static async Task ServeAsync(HttpContext http)
    {
        var upgrade = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpUpgradeFeature>()!;
        http.Response.Headers.Upgrade = "websocket";
        http.Response.Headers.Connection = "Upgrade";
        http.Response.Headers.SecWebSocketAccept = Handshake.Accept(http.Request.Headers.SecWebSocketKey.ToString());
        await using var held = new HeldStream(await upgrade.UpgradeAsync());
        using var socket = WebSocket.CreateFromStream(held, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        var outlet = new Outlet(socket, held);
        var buffer = new byte[4096];
        var touched = new HashSet<IOutlet>();
        try
        {
            while (true)
            {
                var receiving = socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (!receiving.IsCompleted)
                    EndTurn(touched);
                var received = await receiving;
                if (received.MessageType == WebSocketMessageType.Close)
                    return;
                BareRooms.All.Handle(outlet, buffer.AsSpan(0, received.Count), touched); // none is longer than the buffer
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
        {
            // the peer has gone
        }
        finally
        {
            BareRooms.All.Leave(outlet);
        }
    }

    static void EndTurn(HashSet<IOutlet> touched)
    {
        foreach (var outlet in touched)
            outlet.Flush();
        touched.Clear();
    }

    sealed class Outlet(WebSocket socket, HeldStream held) : IOutlet
    {
        readonly Lock _gate = new();
        List<Message> _waiting = [];
        List<Message> _writing = [];
        bool _isWriting;

        public void Enqueue(Message message)
        {
            lock (_gate)
                _waiting.Add(message);
        }

        public void Flush()
        {
            lock (_gate)
            {
                if (_isWriting || _waiting.Count == 0)
                    return;
                _isWriting = true;
            }
            _ = WriteAllAsync();
        }

        async Task WriteAllAsync()
        {
            try
            {
                while (true)
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
                    foreach (var message in _writing)
                        await socket.SendAsync(message.Payload.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                    await held.ReleaseAsync();
                }
            }
            catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // the peer has gone; the reader sees it too
            }
        }
    }
}
