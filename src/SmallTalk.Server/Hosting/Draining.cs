using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Hosting;

/// <summary>How a node that serves people stops. When it is told to, <c>/health/ready</c> says no and live connections begin to be
/// closed (<see cref="StompServer"/>), while every other request is still answered, so that load balancers learn of it before anybody meets a closed
/// door. A node on which nobody is connected stops at once.</summary>
sealed class Draining(StompServer stomp, IHostApplicationLifetime lifetime, IOptions<SmallTalkOptions> options, TimeProvider clock)
    : IHostedLifecycleService, IHealthCheck
{
    /// <summary>From here on nothing is waited for that can be told so.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>Whatever hangs, a store that does not answer say: service managers kill after ten.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(9);

    /// <summary>The process is gone after <see cref="Longest"/>, as in order as it is by then.</summary>
    public static async Task EndAnywayAsync()
    {
        await Task.Delay(Longest);
        await Console.Error.WriteLineAsync($"SmallTalk did not finish within {Longest.TotalSeconds} s. Nothing that was acknowledged is lost.");
        Environment.Exit(0);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The node is stopping.") : HealthCheckResult.Healthy());

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (stomp.ConnectionCount > 0)
            await Task.Delay(options.Value.StopDelay, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
