using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>Gives a stream what another node has committed and this one has not heard of: the store has it. One room is read once,
/// however many watch it.</summary>
sealed partial class StreamRepair(
    ChangeReads reads, StoreEpoch epoch, IServiceScopeFactory scopes, TimeProvider clock, ILogger<StreamRepair> logger)
{
    /// <summary>Two nodes' letters cross often: what is missing is mostly on its way.</summary>
    static readonly TimeSpan OnItsWay = TimeSpan.FromMilliseconds(30);

    readonly ConcurrentDictionary<RoomStream, byte> _underWay = new();

    public void Begin(RoomStream stream)
    {
        if (_underWay.TryAdd(stream, 0))
            _ = RunAsync(stream);
    }

    async Task RunAsync(RoomStream stream)
    {
        try
        {
            await Task.Delay(OnItsWay, clock);
            await MendAsync(stream);
        }
        catch (Exception e) // the store is away: the next change, or the next look at the store, begins again
        {
            LogFailed(e);
            return;
        }
        finally
        {
            _underWay.TryRemove(stream, out _);
        }
        if (stream.Version is { } version && stream.IsBehind(version))
            Begin(stream);
    }

    async Task MendAsync(RoomStream stream)
    {
        await using var scope = scopes.CreateAsyncScope();
        var stored = await scope.ServiceProvider.GetRequiredService<ChatDb>().Rooms.Where(r => r.Id == stream.RoomId)
            .Select(r => (long?)r.Version).SingleOrDefaultAsync();
        if (stored is not { } version || !stream.IsBehind(version) || stream.Version is not { } known)
            return;
        if (version - known > WatchingARoom.MostReplayed)
            stream.Reset(epoch.Value, version);
        else
            stream.Mend(await reads.ReadAsync(stream.RoomId, known, version), version);
    }

    [LoggerMessage(LogLevel.Error, "What other nodes have taken could not be read from the store.")]
    partial void LogFailed(Exception exception);
}
