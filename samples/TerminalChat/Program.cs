using SmallTalk.TerminalChat;

if (!Arguments.TryParse(args, out var arguments))
{
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // leave in order: the server hears DISCONNECT
    stop.Cancel();
};
await using var screen = Screen.Open();
try
{
    using var api = new ChatApi(arguments.Server);
    await new Chat(screen, api, arguments).RunAsync(stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}
catch (Exception e) when (e is HttpRequestException or SmallTalk.Stomp.StompClientException or System.Net.WebSockets.WebSocketException or TimeoutException)
{
    screen.Complain($"{arguments.Server} can't be reached: {e.Message}");
    return 1;
}
