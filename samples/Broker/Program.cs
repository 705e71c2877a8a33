using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SmallTalk.Stomp;

const string Help = """
    A STOMP broker in memory: /topic/… to all, /queue/… to one in turn, /temp-queue/… for answers.

      --ws-port 15674          WebSockets at /, /ws and /stomp
      --tcp-port 61613         plain TCP
      --address 127.0.0.1      where both listen; by default only this machine can connect
      --login, --passcode      what CONNECT must say; without them everyone may connect
      --max-frame-bytes 65536  the largest frame

    Any of them may be an environment variable instead (BROKER_PASSCODE), which other users of the machine can't see.
    """;
if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help);
    return 0;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Configuration.AddEnvironmentVariables("BROKER_").AddCommandLine(args);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
try
{
    var (login, passcode) = (builder.Configuration["login"], builder.Configuration["passcode"]);
    if (login is null != passcode is null)
        throw new InvalidOperationException("--login and --passcode belong together.");
    var (wsPort, tcpPort) = (Port("ws-port", 15674), Port("tcp-port", 61613));
    var maxFrameBytes = builder.Configuration.GetValue("max-frame-bytes", 64 * 1024);

    builder.Services.AddStomp(stomp =>
    {
        stomp.ServerName = "SmallTalk.Broker/0.1";
        stomp.MaxFrameBytes = maxFrameBytes;
        stomp.MaxFrameBytesBeforeConnected = Math.Min(stomp.MaxFrameBytesBeforeConnected, maxFrameBytes);
        stomp.OutboundQueueBytes = Math.Max(stomp.OutboundQueueBytes, 4 * maxFrameBytes); // several of the largest may wait
        stomp.MaxTransactionBytes = Math.Max(stomp.MaxTransactionBytes, 4 * maxFrameBytes);
        if (login is not null)
            stomp.Authenticate = (connect, _, _) => ValueTask.FromResult(
                Same(connect.Login, login) & Same(connect.Passcode, passcode!) ? StompAuthentication.Accept(new()) : StompAuthentication.Refuse());
    });
    builder.Services.Configure<StompBrokerOptions>(broker => broker.MaxQueueBytes = Math.Max(broker.MaxQueueBytes, 4L * maxFrameBytes));
    builder.WebHost.ConfigureKestrel(kestrel =>
    {
        Listen(kestrel, wsPort, listen => listen.Protocols = HttpProtocols.Http1);
        Listen(kestrel, tcpPort, listen => listen.UseStomp(Destinations));
    });

    await using var app = builder.Build();
    foreach (var path in new[] { "/", "/ws", "/stomp" })
        app.MapStomp(path, Destinations);
    await app.StartAsync();
    var ports = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port).ToList();
    Console.WriteLine($"WebSocket: ws://{Host()}:{(wsPort == 0 ? ports[0] : wsPort)}/ws");
    Console.WriteLine($"TCP: {Host()}:{(tcpPort == 0 ? ports[^1] : tcpPort)}");
    Console.WriteLine("The broker is ready. Ctrl+C ends it.");
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is InvalidOperationException or OptionsValidationException or FormatException or IOException)
{
    await Console.Error.WriteLineAsync($"The broker can't start: {e.Message}");
    return 1;
}

static void Destinations(StompRouteBuilder stomp) => stomp.MapBroker();

// Of equal time whatever is wrong, so that it can't be guessed piece by piece.
static bool Same(string? given, string expected) =>
    CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given ?? "")), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

int Port(string key, int otherwise) => builder.Configuration.GetValue(key, otherwise) is >= 0 and <= 65535 and var port
    ? port
    : throw new InvalidOperationException($"--{key} must be a number from 0 (any free port) to 65535.");

string Host() => builder.Configuration["address"] ?? "127.0.0.1";

void Listen(KestrelServerOptions kestrel, int port, Action<ListenOptions> configure)
{
    // Some clients take "localhost" for ::1, others for 127.0.0.1.
    if (builder.Configuration["address"] is null && port != 0)
        kestrel.ListenLocalhost(port, configure);
    else
        kestrel.Listen(IPAddress.Parse(Host()), port, configure);
}
