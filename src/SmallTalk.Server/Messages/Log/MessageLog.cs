using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Log;

/// <summary>The one way into the messages of every room. Entries queue; a loop takes all that came while the last commit was
/// in flight, applies them in order in one transaction, commits (SQLite flushes to the disk) and only then answers. So a
/// lonely message costs one commit and waits for no timer, and a flood shares its commits. A full queue is the
/// back-pressure: who appends waits.</summary>
sealed partial class MessageLog(
    IOptions<SmallTalkOptions> options, WriteTurn turn, StoreReads reads, TimeProvider clock, Delivery delivery, LogMetrics metrics,
    ILogger<MessageLog> logger) : BackgroundService
{
    const int QueuedEntries = 8_192;
    const int BatchEntries = 2_048;

    readonly Channel<LogEntry> _queue = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(QueuedEntries) { SingleReader = true });
    LogWriter? _writer;

    internal LogWriter Writer => _writer!;

    /// <summary>Takes the entry's place in the order. It is stored when <see cref="LogEntry.Answer"/> says so.</summary>
    public async ValueTask EnqueueAsync(LogEntry entry, CancellationToken ct)
    {
        try
        {
            if (!_queue.Writer.TryWrite(entry))
                await _queue.Writer.WriteAsync(entry, ct);
        }
        catch (ChannelClosedException) // the node is stopping
        {
            entry.Refuse(MessageRefusals.NotStored);
        }
    }

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
        _writer = new LogWriter(StoreSetup.ConnectionString(options.Value), reads);
        metrics.WatchQueue(() => _queue.Reader.Count);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>What was taken is stored before the node ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } loop)
            await loop.WaitAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _writer?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // the rest of the node starts meanwhile
        var batch = new List<LogEntry>();
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var asked = metrics.Now();
            await turn.WaitAsync(CancellationToken.None);
            try
            {
                metrics.TurnCame(asked);
                while (batch.Count < BatchEntries && _queue.Reader.TryRead(out var entry))
                    batch.Add(entry);
                metrics.Took(batch.Count);
                Write(batch);
            }
            finally
            {
                turn.Release();
            }
            await TellAsync(batch);
            batch.Clear();
        }
        delivery.Complete();
    }

    /// <summary>Leaves in <paramref name="batch"/> what was decided and committed; the rest has been answered.</summary>
    void Write(List<LogEntry> batch)
    {
        var begun = metrics.Now();
        long? applied;
        try
        {
            _writer!.Begin(clock.GetUtcNow());
            batch.RemoveAll(entry => !TryApply(entry));
            applied = metrics.Now();
            _writer.Commit();
        }
        catch (Exception e) // whatever it was: these are answered, and the log goes on
        {
            LogStoreFailed(e, batch.Count);
            foreach (var entry in batch)
                entry.Refuse(MessageRefusals.NotStored);
            metrics.RolledBack(begun, e);
            metrics.Told(batch);
            batch.Clear();
            RollBack();
            return;
        }
        metrics.Committed(begun, applied);
    }

    bool TryApply(LogEntry entry)
    {
        try
        {
            _writer!.Apply(entry);
            return true;
        }
        catch (Exception e) when (LogWriter.IsOneEntrysFault(e))
        {
            LogEntryFailed(e, entry.RoomId);
            entry.Fail(e);
            metrics.FailedAlone(entry);
            return false;
        }
    }

    void RollBack()
    {
        try
        {
            _writer!.Rollback();
        }
        catch (SqliteException e) // nothing is open then, and the next Begin shows whether the store is back
        {
            LogStoreFailed(e, 0);
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

    [LoggerMessage(LogLevel.Error, "The store failed; {Count} changes were refused and not stored.")]
    partial void LogStoreFailed(Exception exception, int count);

    [LoggerMessage(LogLevel.Error, "A change of room {RoomId} failed; its neighbours were stored.")]
    partial void LogEntryFailed(Exception exception, Guid roomId);
}
