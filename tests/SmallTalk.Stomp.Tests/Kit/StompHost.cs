using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SmallTalk.Stomp.Tests;

/// <summary>A real Kestrel with an endpoint <c>/ws</c> on one port and bare TCP on another; its peers take the transport that the test is
/// about. What a test maps it maps itself; a plain echo room is there:
/// a SEND to <c>/app/echo</c> goes with its body, content-type and own headers to all subscribers of <c>/topic/echo</c>.</summary>
sealed class StompHost : IAsyncDisposable
{
    static readonly HashSet<string> NotPassedOn = ["destination", "receipt", "transaction", "content-length", "content-type"];

    readonly WebApplication _app;

    StompHost(WebApplication app) => _app = app;

    public EchoRoom Echo => _app.Services.GetRequiredService<EchoRoom>();

    public Uri Address { get; private init; } = null!;

    public IPEndPoint EndPoint => new(IPAddress.Loopback, Address.Port);

    public IPEndPoint TcpEndPoint { get; private init; } = null!;

    public StompTransport Transport { get; private init; }

    public IServiceProvider Services => _app.Services;

    public StompServer Server => _app.Services.GetRequiredService<StompServer>();

    public LogLines Log => _app.Services.GetRequiredService<LogLines>();

    public Uri WebSocketAddress => new($"ws://127.0.0.1:{Address.Port}/ws");

    /// <summary>Where a client comes by the host's transport.</summary>
    public Uri ClientAddress => Transport == StompTransport.WebSocket ? WebSocketAddress : new($"stomp://{TcpEndPoint}");

    public static async Task<StompHost> StartAsync(
        Action<StompOptions>? configure = null, Action<StompRouteBuilder>? map = null, Action<WebApplicationBuilder>? build = null,
        HttpProtocols protocols = HttpProtocols.Http1, StompTransport transport = StompTransport.WebSocket)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseStomp(Destinations));
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<LogLines>();
        builder.Services.AddSingleton<ILoggerProvider>(services => services.GetRequiredService<LogLines>());
        builder.Services.AddSingleton<EchoRoom>();
        builder.Services.AddStomp(configure);
        build?.Invoke(builder);
        var app = builder.Build();
        app.MapStomp("/ws", Destinations);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToList();
        return new StompHost(app)
        {
            Transport = transport,
            Address = addresses[0],
            TcpEndPoint = new IPEndPoint(IPAddress.Loopback, addresses[1].Port),
        };

        void Destinations(StompRouteBuilder stomp)
        {
            stomp.MapSend("/app/echo", (StompFrame frame, EchoRoom room) => room.Post(frame));
            stomp.MapSubscribe("/topic/echo", (StompSubscription subscription, EchoRoom room) => room.Add(subscription));
            map?.Invoke(stomp);
        }
    }

    /// <summary>As a signal does it: the application is told to stop, its web server still runs.</summary>
    public void BeginStopping() => _app.Lifetime.StopApplication();

    public Task StopAsync() => _app.StopAsync();

    /// <summary>A connection, nothing sent yet. Subprotocols and headers are a WebSocket's.</summary>
    public Task<WirePeer> OpenAsync(string? subprotocols = "v12.stomp", string extraHeaders = "") => Transport == StompTransport.Tcp
        ? WirePeer.OpenTcpAsync(TcpEndPoint)
        : WirePeer.OpenAsync(EndPoint, subprotocols, extraHeaders);

    /// <summary>A session of that version, CONNECTED read.</summary>
    public async Task<WirePeer> ConnectAsync(string version = "1.2", string headers = "")
    {
        var peer = await OpenAsync(subprotocols: null);
        await peer.SendAsync($"CONNECT\naccept-version:{version}\nhost:test\n{headers}\n\0");
        Assert.Equal("CONNECTED", (await peer.ReadAsync()).Command);
        return peer;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public sealed class EchoRoom
    {
        readonly Lock _gate = new();
        readonly List<StompSubscription> _subscriptions = [];

        public int Count
        {
            get
            {
                lock (_gate)
                    return _subscriptions.Count;
            }
        }

        public ConcurrentQueue<string> Bodies { get; } = [];

        public void Add(StompSubscription subscription)
        {
            lock (_gate)
                _subscriptions.Add(subscription);
            subscription.OnEnded(ended =>
            {
                lock (_gate)
                    _subscriptions.Remove(ended);
            });
        }

        public void Post(StompFrame frame)
        {
            Bodies.Enqueue(System.Text.Encoding.UTF8.GetString(frame.Body.Span));
            var headers = new List<KeyValuePair<string, string>>();
            for (var i = 0; i < frame.HeaderCount; i++)
            {
                var name = System.Text.Encoding.UTF8.GetString(frame.HeaderName(i));
                if (!NotPassedOn.Contains(name))
                    headers.Add(new(name, System.Text.Encoding.UTF8.GetString(frame.HeaderValue(i))));
            }

            Post(new StompMessage("/topic/echo", frame.Body.ToArray(), frame.GetHeader("content-type"), headers));
        }

        public void Post(StompMessage message)
        {
            List<StompSubscription> to;
            lock (_gate)
                to = [.. _subscriptions];
            foreach (var subscription in to)
                subscription.Send(message);
        }
    }

    public sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public IEnumerable<string> Errors => Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal));

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
