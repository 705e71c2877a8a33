using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace SmallTalk.Server.Hosting;

/// <summary>What load balancers and scripts ask: is the process alive, may it be sent work.</summary>
static class NodeHealth
{
    public static void MapNodeHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions());
    }
}
