using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SmallTalk.Stomp;

namespace SmallTalk.Bench.Framing;

/// <summary>The measured process. It obeys lines: "open n" answers when so many have connected, with the heap that each takes; "run rounds
/// burst" sends; "cpu" tells the CPU time since then.
/// <para>ASP.NET Core's ways are at their best here: who broadcasts writes to each socket itself, one after the other, with no queue and no lock,
/// which a server with heart-beats and receipts could not.</para></summary>
static class Server
{
    public static readonly string[] Ways = ["each", "gathered", "joined", "own"];

    public static string Describe(string way) => way switch
    {
        "each" => "ASP.NET Core WebSocket, one SendAsync a frame",
        "gathered" => "WebSocket.CreateFromStream, a turn's frames in one write",
        "joined" => "ASP.NET Core WebSocket, a turn's frames in one message",
        _ => "this library: shared bytes, a turn's frames in one write",
    };

    static readonly ConcurrentBag<(WebSocket Socket, GatheringStream? Stream)> Sockets = [];
    static readonly ConcurrentBag<StompSubscription> Subscriptions = [];
    static (WebSocket Socket, GatheringStream? Stream)[] _sockets = [];
    static StompSubscription[] _subscriptions = [];

    public static async Task RunAsync(string way)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        builder.Services.AddStomp();
        await using var app = builder.Build();
        app.UseWebSockets();
        if (way == "own")
            app.MapStomp("/ws", stomp => stomp.MapSubscribe("/topic/room", (StompSubscription subscription) => Subscriptions.Add(subscription)));
        else
            app.Map("/ws", http => HoldAsync(http, way));
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());

        var empty = GC.GetTotalMemory(forceFullCollection: true);
        var used = TimeSpan.Zero;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["open", var count]:
                    var wanted = int.Parse(count, CultureInfo.InvariantCulture);
                    while (Sockets.Count + Subscriptions.Count < wanted)
                        await Task.Delay(10);
                    (_sockets, _subscriptions) = ([.. Sockets], [.. Subscriptions]);
                    var each = (GC.GetTotalMemory(forceFullCollection: true) - empty) / 1024.0 / wanted;
                    Console.WriteLine(each.ToString(CultureInfo.InvariantCulture));
                    break;
                case ["run", var rounds, var burst]:
                    used = Environment.CpuUsage.TotalTime;
                    for (var i = 0; i < int.Parse(rounds, CultureInfo.InvariantCulture); i++)
                        await SendAsync(way, int.Parse(burst, CultureInfo.InvariantCulture));
                    Console.WriteLine("sent");
                    break;
                case ["cpu"]:
                    Console.WriteLine((Environment.CpuUsage.TotalTime - used).TotalSeconds.ToString(CultureInfo.InvariantCulture));
                    break;
            }
        }
    }

    static async Task HoldAsync(HttpContext http, string way)
    {
        GatheringStream? stream = null;
        WebSocket socket;
        if (way == "gathered")
        {
            http.Response.Headers.SecWebSocketAccept = Accept(http.Request.Headers.SecWebSocketKey.ToString());
            http.Response.Headers.Upgrade = "websocket";
            http.Response.Headers.Connection = "Upgrade";
            stream = new GatheringStream(await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync());
            socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        }
        else
        {
            socket = await http.WebSockets.AcceptWebSocketAsync();
        }

        using (socket)
        {
            Sockets.Add((socket, stream));
            try
            {
                while ((await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None)).MessageType != WebSocketMessageType.Close)
                {
                }
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
            {
                // The run is over.
            }
        }
    }

    static string Accept(string key)
    {
#pragma warning disable CA5350 // RFC 6455 asks for it
        return Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }

    /// <summary>One turn: so many frames for everybody, and the wait until all are handed to the transport.</summary>
    static async Task SendAsync(string way, int burst)
    {
        const string Text = """{"type":"message","roomId":"0199","seq":1041,"version":1077,"sender":"민지","text":"내일 저녁 일곱 시에 봐요!"}""";
        if (way == "own")
        {
            using (StompTurn.Begin())
            {
                for (var i = 0; i < burst; i++)
                {
                    var message = new StompMessage("/topic/room", Encoding.UTF8.GetBytes(Text), "application/json");
                    foreach (var subscription in _subscriptions)
                        subscription.Send(message);
                }
            }

            foreach (var subscription in _subscriptions)
                await subscription.Connection.WaitForRoomAsync(0);
            return;
        }

        var frames = new byte[burst][];
        for (var i = 0; i < burst; i++)
            frames[i] = Encoding.UTF8.GetBytes($"MESSAGE\nsubscription:room\ndestination:/topic/room\nmessage-id:{Guid.NewGuid():n}-{i}\ncontent-type:application/json\ncontent-length:{Encoding.UTF8.GetByteCount(Text)}\n\n{Text}\0");
        var joined = way == "joined" ? frames.SelectMany(frame => frame).ToArray() : [];
        foreach (var (socket, stream) in _sockets)
        {
            if (way == "joined")
            {
                await socket.SendAsync(joined.AsMemory(), WebSocketMessageType.Text, true, CancellationToken.None);
                continue;
            }

            foreach (var frame in frames)
                await socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Text, true, CancellationToken.None);
            if (stream is not null)
                await stream.WriteGatheredAsync();
        }
    }
}
