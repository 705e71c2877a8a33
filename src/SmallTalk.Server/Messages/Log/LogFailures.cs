namespace SmallTalk.Server.Messages.Log;

/// <summary>What becomes of entries that could not be stored: they are answered and counted, and the operator is told why.</summary>
sealed partial class LogFailures(LogMetrics metrics, ILogger<LogFailures> logger)
{
    /// <summary>All of the batch, and empties it.</summary>
    public void Refuse(List<LogEntry> batch, Exception fault)
    {
        LogStoreFailed(fault, batch.Count);
        foreach (var entry in batch)
            entry.Refuse(MessageRefusals.NotStored);
        metrics.Told(batch);
        batch.Clear();
    }

    /// <summary>One entry, while its neighbours are stored.</summary>
    public void Fail(LogEntry entry, Exception fault)
    {
        LogEntryFailed(fault, entry.RoomId);
        entry.Fail(fault);
        metrics.FailedAlone(entry);
    }

    /// <summary>Nothing is answered yet.</summary>
    public void WillRepeat(Exception fault, int count) => LogWillRepeat(fault, count);

    [LoggerMessage(LogLevel.Warning, "The store failed; {Count} changes are tried again.")]
    partial void LogWillRepeat(Exception exception, int count);

    [LoggerMessage(LogLevel.Error, "The store failed; {Count} changes were refused and not stored.")]
    partial void LogStoreFailed(Exception exception, int count);

    [LoggerMessage(LogLevel.Error, "A change of room {RoomId} failed; its neighbours were stored.")]
    partial void LogEntryFailed(Exception exception, Guid roomId);
}
