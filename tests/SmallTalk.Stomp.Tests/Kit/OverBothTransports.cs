using Microsoft.AspNetCore.Builder;

namespace SmallTalk.Stomp.Tests;

/// <summary>A class of tests that hold whatever carries the bytes: two sealed classes of one line each run them over WebSocket and TCP.</summary>
public abstract class OverBothTransports(StompTransport transport)
{
    private protected StompTransport Transport => transport;

    private protected Task<StompHost> StartAsync(
        Action<StompOptions>? configure = null, Action<StompRouteBuilder>? map = null, Action<WebApplicationBuilder>? build = null) =>
        StompHost.StartAsync(configure, map, build, transport: transport);
}
