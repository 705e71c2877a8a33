using System.Data.Common;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Messages.Log;

/// <summary>What an operator sees of the log. Measured once a batch, and only what somebody listens to: docs/telemetry.md.</summary>
sealed class LogMetrics
{
    static readonly KeyValuePair<string, object?>[] Kinds = Tags("smalltalk.entry.kind", "post", "edit", "deletion", "read", "visit");
    static readonly KeyValuePair<string, object?>[] Outcomes = Tags("smalltalk.entry.outcome", "stored", "unchanged", "refused", "failed");
    const int Failed = 3; // of Outcomes

    static readonly InstrumentAdvice<double> DiskTimes = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    readonly TimeProvider _clock;
    readonly Meter _meter;
    readonly Histogram<int> _batchSize;
    readonly Histogram<double> _turnWait;
    readonly Histogram<double> _transaction;
    readonly Histogram<double> _commit;
    readonly Counter<long> _entries;

    public LogMetrics(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        _meter = meters.Create(Telemetry.Name);
        _batchSize = _meter.CreateHistogram("smalltalk.log.batch.size", "{entry}", "Entries that share one transaction.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000] });
        _turnWait = _meter.CreateHistogram("smalltalk.log.turn.wait_time", "s", "How long a batch waited until other writers left the store to it.", advice: DiskTimes);
        _transaction = _meter.CreateHistogram("smalltalk.log.transaction.duration", "s", "From the begin of a batch's transaction until it is on the disk, or failed.", advice: DiskTimes);
        _commit = _meter.CreateHistogram("smalltalk.log.commit.duration", "s", "Of a transaction the commit alone: the flush to the disk.", advice: DiskTimes);
        _entries = _meter.CreateCounter<long>("smalltalk.log.entries", "{entry}", "Entries that were answered.");
    }

    public void WatchQueue(Func<int> length) =>
        _meter.CreateObservableUpDownCounter("smalltalk.log.queue.length", length, "{entry}", "Entries that wait for the next transaction.");

    /// <summary>Null while nobody listens to any of the times.</summary>
    public long? Now() => _turnWait.Enabled || _transaction.Enabled || _commit.Enabled ? _clock.GetTimestamp() : null;

    public void TurnCame(long? asked)
    {
        if (asked is { } at)
            _turnWait.Record(_clock.GetElapsedTime(at).TotalSeconds);
    }

    public void Took(int entries) => _batchSize.Record(entries);

    public void Committed(long? begun, long? applied)
    {
        if (begun is not { } from || applied is not { } to)
            return;
        var end = _clock.GetTimestamp();
        _transaction.Record(_clock.GetElapsedTime(from, end).TotalSeconds);
        _commit.Record(_clock.GetElapsedTime(to, end).TotalSeconds);
    }

    public void RolledBack(long? begun, Exception fault)
    {
        if (begun is not { } at)
            return;
        var type = fault switch
        {
            SqliteException embedded => embedded.SqliteErrorCode.ToString(CultureInfo.InvariantCulture),
            DbException { SqlState: { } state } => state,
            _ => fault.GetType().FullName,
        };
        _transaction.Record(_clock.GetElapsedTime(at).TotalSeconds, new KeyValuePair<string, object?>("error.type", type));
    }

    public void FailedAlone(LogEntry entry) => _entries.Add(1, Kinds[KindOf(entry)], Outcomes[Failed]);

    /// <param name="batch">All of it was answered; what has <see cref="FailedAlone"/> is counted.</param>
    public void Told(List<LogEntry> batch)
    {
        if (!_entries.Enabled)
            return;
        Span<int> counts = stackalloc int[Kinds.Length * Outcomes.Length];
        counts.Clear();
        foreach (var entry in batch)
        {
            if (entry.Answer.IsCompletedSuccessfully)
                counts[(KindOf(entry) * Outcomes.Length) + OutcomeOf(entry.Answer.Result)]++;
        }
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
                _entries.Add(counts[i], Kinds[i / Outcomes.Length], Outcomes[i % Outcomes.Length]);
        }
    }

    static int KindOf(LogEntry entry) => entry switch
    {
        Post => 0,
        Edit => 1,
        Deletion => 2,
        ReadMark => 3,
        _ => 4,
    };

    static int OutcomeOf(LogAnswer answer) => answer switch
    {
        { Refusal: { } refusal } => refusal == MessageRefusals.NotStored ? Failed : 2,
        { IsNew: true } or { Reading.HasMoved: true } => 0,
        _ => 1,
    };

    static KeyValuePair<string, object?>[] Tags(string name, params string[] values) =>
        [.. values.Select(value => new KeyValuePair<string, object?>(name, value))];
}
