using SmallTalk.Load.Peers;

// The peers that the SDK alone can build: SignalR, and two servers that are nothing but a WebSocket. None of them stores anything.
if (args is not [var kind and ("signalr" or "aspnet" or "sockets"), var port])
{
    Console.Error.WriteLine("usage: SmallTalk.Load.Peers signalr|aspnet|sockets PORT");
    return 2;
}

if (kind == "sockets")
{
    await SocketServer.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
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
