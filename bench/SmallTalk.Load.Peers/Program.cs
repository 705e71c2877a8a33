using System.Globalization;
using System.Text.Json;
using SmallTalk.Load.Peers;

// The peers that the SDK alone can build: SignalR, and two servers that are nothing but a WebSocket, none of which stores anything; and a
// store without a server.
if (args is ["sqlite", var work, var rooms, var group, var textLength, var seconds])
{
    Console.WriteLine(JsonSerializer.Serialize(BareStore.Run(work, Number(rooms), Number(group), Number(textLength), Number(seconds))));
    return 0;
}

if (args is not [var kind and ("signalr" or "aspnet" or "sockets"), var port])
{
    Console.Error.WriteLine("usage: SmallTalk.Load.Peers signalr|aspnet|sockets PORT, or sqlite WORK ROOMS GROUP TEXT-LENGTH SECONDS");
    return 2;
}

if (kind == "sockets")
{
    await SocketServer.RunAsync(Number(port));
    return 0;
}

var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSignalR().AddMessagePackProtocol();
await using var app = builder.Build();
if (kind == "signalr")
{
    app.MapHub<ChatHub>("/hub");
}
else
{
    app.UseWebSockets();
    app.Map("/ws", WebSocketServer.ServeAsync);
}

await app.RunAsync();
return 0;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
