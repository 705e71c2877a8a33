using System.Threading.Channels;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>Carries what the log has committed to whoever watches, in the log's order. A loop of its own, so that the next
/// commit flushes to the disk while this one is delivered; when delivery falls behind, the log waits.</summary>
sealed partial class Delivery(
    IEnumerable<IChangeListener> listeners, RoomStreams streams, TimeProvider clock, FanoutMetrics metrics, ILogger<Delivery> logger, Nodes? nodes = null) : BackgroundService
{
    const int BatchesBehind = 16;

    // So long at most a committed message is on its way here.
    static readonly TimeSpan KeptNames = TimeSpan.FromMinutes(5);

    readonly Lock _gate = new();
    readonly Dictionary<Guid, (string? Nickname, long At)> _renamed = [];
    readonly Channel<List<Change>> _batches = Channel.CreateBounded<List<Change>>(
        new BoundedChannelOptions(BatchesBehind) { SingleReader = true });

    public ValueTask HandAsync(List<Change> batch) => _batches.Writer.WriteAsync(batch, CancellationToken.None);

    /// <summary>Somebody has another nickname, or (null) none any more. Call it after the commit, still in the writers' turn. What
    /// is in memory under the old one is forgotten, and what is on its way here is delivered under the new one.</summary>
    public void Renamed(Guid userId, string? nickname)
    {
        nodes?.Tell(letter => letter with { Renamed = new NodeLetter.Renaming(userId, nickname) });
        RenamedHere(userId, nickname);
    }

    /// <summary>On this node alone.</summary>
    public void RenamedHere(Guid userId, string? nickname)
    {
        lock (_gate)
        {
            foreach (var (old, _) in _renamed.Where(known => clock.GetElapsedTime(known.Value.At) > KeptNames).ToList())
                _renamed.Remove(old);
            _renamed[userId] = (nickname, clock.GetTimestamp());
            foreach (var listener in listeners)
                listener.Renamed(userId, nickname);
        }
    }

    /// <summary>What another node has committed and told; those who only count and list hear it from that node.</summary>
    public void DeliverElsewhere(IReadOnlyList<Change> changes)
    {
        lock (_gate)
            streams.ChangedHere(UnderPresentNames([.. changes]));
    }

    /// <summary>The log has ended; the loop ends after what it has.</summary>
    public void Complete() => _batches.Writer.TryComplete();

    public override async Task StopAsync(CancellationToken cancellationToken) =>
        await (ExecuteTask ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.WatchQueue(() => _batches.Reader.Count);
        await foreach (var batch in _batches.Reader.ReadAllAsync(CancellationToken.None))
        {
            var begun = metrics.Now();
            lock (_gate)
                Deliver(batch);
            metrics.Delivered(begun);
        }
    }

    void Deliver(List<Change> batch)
    {
        UnderPresentNames(batch);
        foreach (var listener in listeners)
        {
            try
            {
                listener.Changed(batch);
            }
            catch (Exception e) // one listener's fault must not end the delivery of all rooms
            {
                LogListenerFailed(e);
            }
        }
    }

    List<Change> UnderPresentNames(List<Change> batch)
    {
        for (var i = 0; _renamed.Count > 0 && i < batch.Count; i++)
        {
            var sender = batch[i].Message.Sender.Id;
            if (_renamed.TryGetValue(sender, out var now))
                batch[i] = batch[i].Under(sender, now.Nickname);
        }
        return batch;
    }

    [LoggerMessage(LogLevel.Error, "Delivering committed messages failed.")]
    partial void LogListenerFailed(Exception exception);
}

/// <summary>Hears every change of every room, in the order of its room's <c>version</c>. It must not wait.</summary>
interface IChangeListener
{
    void Changed(IReadOnlyList<Change> batch);

    /// <summary>What it keeps of this person's messages has the wrong name.</summary>
    void Renamed(Guid userId, string? nickname)
    {
    }
}
