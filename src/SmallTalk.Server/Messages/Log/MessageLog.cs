using System.Threading.Channels;
using SmallTalk.Server.Data;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Log;

/// <summary>The one way into the messages of every room. Entries queue; a loop takes all that came while the last commit was
/// in flight, applies them in order in one transaction, commits (which flushes to the disk) and only then answers. So a
/// lonely message costs one commit and waits for no timer, and a flood shares its commits. A full queue is the
/// back-pressure: who appends waits. Where the store lets many write at once there are several such lanes, each for its own rooms, so
/// that a room on which another node sits delays its lane alone.</summary>
sealed class MessageLog(
    Store store, IServiceProvider services, TimeProvider clock, Delivery delivery, LogMetrics metrics, WriteTurn? turn = null) : BackgroundService
{
    const int QueuedEntries = 8_192;
    const int BatchEntries = 2_048;

    readonly List<Lane> _lanes = [];

    sealed record Lane(LogWriter Writer, Channel<LogEntry> Queue);

    internal LogWriter Writer => _lanes[0].Writer;

    /// <summary>Takes the entry's place in the order of its room. It is stored when <see cref="LogEntry.Answer"/> says so.</summary>
    public async ValueTask EnqueueAsync(LogEntry entry, CancellationToken ct)
    {
        var queue = LaneOf(entry.RoomId).Queue.Writer;
        try
        {
            if (!queue.TryWrite(entry))
                await queue.WriteAsync(entry, ct);
        }
        catch (ChannelClosedException) // the node is stopping
        {
            entry.Refuse(MessageRefusals.NotStored);
        }
    }

    Lane LaneOf(Guid roomId) => _lanes.Count == 1 ? _lanes[0] : _lanes[(int)((uint)roomId.GetHashCode() % (uint)_lanes.Count)];

    /// <summary>Cancelling stops the waiting; an entry in the queue is stored all the same.</summary>
    public async Task<LogAnswer> AppendAsync(LogEntry entry, CancellationToken ct)
    {
        await EnqueueAsync(entry, ct);
        var answer = entry.Answer.WaitAsync(ct);
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Yield(); // off the log's loop: what the caller does now may take long
        return await answer;
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _lanes.AddRange(store.OpenLog(services).Select(writer => new Lane(
            writer, Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(QueuedEntries) { SingleReader = true }))));
        metrics.WatchQueue(() => _lanes.Sum(lane => lane.Queue.Reader.Count));
        return base.StartAsync(cancellationToken);
    }

    /// <summary>What was taken is stored before the node ends, if the store answers.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
            lane.Queue.Writer.TryComplete();
        if (ExecuteTask is { } loops)
            await loops.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // the rest of the node starts meanwhile
        await foreach (var lane in Task.WhenEach(_lanes.Select(RunAsync)))
            await lane; // a bug in one ends the node, which is better than rooms that nobody answers for
        delivery.Complete();
    }

    async Task RunAsync(Lane lane)
    {
        await using var writer = lane.Writer;
        var batch = new List<LogEntry>();
        while (await lane.Queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var asked = metrics.Now();
            if (turn is not null)
                await turn.WaitAsync(CancellationToken.None);
            try
            {
                metrics.TurnCame(asked);
                while (batch.Count < BatchEntries && lane.Queue.Reader.TryRead(out var entry))
                    batch.Add(entry);
                metrics.Took(batch.Count);
                await writer.WriteAsync(batch, clock.GetUtcNow());
            }
            finally
            {
                turn?.Release();
            }
            await TellAsync(batch);
            batch.Clear();
        }
    }

    async ValueTask TellAsync(List<LogEntry> batch)
    {
        List<Change>? changes = null;
        using (StompTurn.Begin()) // a connection's receipts leave together
        {
            foreach (var entry in batch)
            {
                entry.Tell();
                if (entry.Change is { } change)
                    (changes ??= []).Add(change);
            }
        }
        metrics.Told(batch);
        if (changes is not null)
            await delivery.HandAsync(changes);
    }
}
