using SmallTalk.Server.Messages.Fanout;

namespace SmallTalk.Server.Events;

/// <summary>What is told once a second at most: how many people are in a room, how the lobby's rooms move.</summary>
sealed partial class LivePulse(RoomStreams streams, Lobby lobby, TimeProvider clock, ILogger<LivePulse> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        while (await NextAsync(timer, stoppingToken))
        {
            try
            {
                streams.Pulse();
                await lobby.PulseAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested) // the next second may go better
            {
                LogFailed(e);
            }
        }
    }

    static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Error, "Telling how rooms move failed.")]
    partial void LogFailed(Exception exception);
}
