using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;

namespace SmallTalk.Server.Events;

/// <summary>What is told once a second at most: how many people are in a room, how the lobby's rooms move.</summary>
sealed partial class LivePulse(RoomStreams streams, Lobby lobby, TimeProvider clock, ILogger<LivePulse> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Recurring.RunAsync(TimeSpan.FromSeconds(1), clock, PulseAsync, LogFailed, stoppingToken);

    Task PulseAsync(CancellationToken ct)
    {
        streams.Pulse();
        return lobby.PulseAsync(ct);
    }

    [LoggerMessage(LogLevel.Error, "Telling how rooms move failed.")]
    partial void LogFailed(Exception exception);
}
