using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SmallTalk.Stomp;

/// <summary>Puts STOMP into an ASP.NET Core application.</summary>
public static class StompExtensions
{
    /// <summary>Adds what <see cref="MapStomp"/> needs.</summary>
    public static IServiceCollection AddStomp(this IServiceCollection services, Action<StompOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<StompOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StompOptions>, StompOptionsCheck>());
        services.AddOptions<StompBrokerOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StompBrokerOptions>, StompBrokerOptionsCheck>());
        services.TryAddSingleton(provider => new StompBroker(provider.GetRequiredService<IOptions<StompBrokerOptions>>()));
        services.TryAddSingleton(new ServiceCatalog(services));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new StompServer(
            provider,
            provider.GetRequiredService<IOptions<StompOptions>>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StompServer>>()));
        return services;
    }

    /// <summary>Maps a WebSocket endpoint (subprotocols <c>v12.stomp</c>, <c>v11.stomp</c>, <c>v10.stomp</c>) and its destinations.</summary>
    public static IEndpointConventionBuilder MapStomp(this IEndpointRouteBuilder app, string pattern, Action<StompRouteBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(configure);
        var (server, routes) = Routes(app.ServiceProvider, configure);
        return app.Map(pattern, (RequestDelegate)new StompEndpoint(server, routes).HandleAsync).WithDisplayName($"STOMP {pattern}");
    }

    /// <summary>Speaks STOMP on a port of its own, without HTTP. TLS is Kestrel's, before it:
    /// <code>kestrel.ListenAnyIP(61613, listen => listen.UseStomp(Destinations));
    /// kestrel.ListenAnyIP(61614, listen => listen.UseHttps().UseStomp(Destinations));</code>
    /// It ends the connection's pipeline. There is no request here: <see cref="StompOptions.Authenticate"/> gets none, and
    /// <see cref="StompOptions.AllowOrigin"/> is not asked.</summary>
    public static void UseStomp(this IConnectionBuilder listen, Action<StompRouteBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(configure);
        var (server, routes) = Routes(listen.ApplicationServices, configure);
        listen.Run(new StompTcpEndpoint(server, routes).HandleAsync);
    }

    static (StompServer Server, StompRouteBuilder Routes) Routes(IServiceProvider services, Action<StompRouteBuilder> configure)
    {
        var server = services.GetService<StompServer>()
            ?? throw new InvalidOperationException("Call services.AddStomp() first.");
        var routes = new StompRouteBuilder(services, services.GetRequiredService<IOptions<StompOptions>>().Value);
        configure(routes);
        routes.Seal();
        return (server, routes);
    }
}
