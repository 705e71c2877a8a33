using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Hosting;

/// <summary>What load balancers and scripts ask: is the process alive, may it be sent work.</summary>
static class NodeHealth
{
    public static void AddNodeHealth(this IServiceCollection services)
    {
        services.AddSingleton<Draining>();
        services.AddHostedService(provider => provider.GetRequiredService<Draining>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Draining.Patience);
        services.AddHealthChecks().AddCheck<Draining>("stopping").AddDbContextCheck<ChatDb>();
    }

    public static void MapNodeHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions());
    }
}
