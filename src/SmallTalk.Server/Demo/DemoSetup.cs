using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Demo;

/// <summary><c>--demo</c>: lively sample rooms in a store that has nobody yet.</summary>
static partial class DemoSetup
{
    public static void AddDemo(this IServiceCollection services)
    {
        services.AddScoped<DemoFilling>();
        services.AddHostedService<Filler>();
    }

    internal sealed partial class Filler(IServiceScopeFactory scopes, IOptions<SmallTalkOptions> options, ILogger<Filler> log) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            if (!options.Value.Demo)
                return;
            await using var scope = scopes.CreateAsyncScope();
            if (await scope.ServiceProvider.GetRequiredService<DemoFilling>().FillAsync(DemoContent.Read(), cancellationToken))
                LogFilled(DemoFilling.Nickname, DemoFilling.Password);
            else
                LogNotEmpty();
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        [LoggerMessage(LogLevel.Information, "Filled the empty store with demo content. Look around as '{Nickname}' with the password '{Password}'")]
        partial void LogFilled(string nickname, string password);

        [LoggerMessage(LogLevel.Information, "The store has people already: --demo adds nothing")]
        partial void LogNotEmpty();
    }
}
