using System.Diagnostics.Metrics;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>What an operator sees of the fan-out: docs/telemetry.md. Nothing is measured for each delivery (the STOMP library counts
/// those): once a batch, once a subscription or once a piece of replay, and only what somebody listens to.</summary>
sealed class FanoutMetrics
{
    static readonly KeyValuePair<string, object?> FromTail = new("smalltalk.replay.source", "tail");
    static readonly KeyValuePair<string, object?> FromStore = new("smalltalk.replay.source", "store");

    static readonly InstrumentAdvice<double> Times = new()
    {
        HistogramBucketBoundaries = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    };

    readonly TimeProvider _clock;
    readonly Meter _meter;
    readonly Histogram<double> _delivery;
    readonly Histogram<double> _read;
    readonly Counter<long> _replayed;
    readonly Counter<long> _started;
    readonly Counter<long> _ended;
    readonly Counter<long> _dropped;

    public FanoutMetrics(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        _meter = meters.Create(Telemetry.Name);
        _delivery = _meter.CreateHistogram("smalltalk.fanout.delivery.duration", "s", "Handing one committed batch to all who watch its rooms.", advice: Times);
        _read = _meter.CreateHistogram("smalltalk.fanout.read.duration", "s", "Reading changes from the store for those who missed them, once for all who ask at the same time.", advice: Times);
        _replayed = _meter.CreateCounter<long>("smalltalk.fanout.replayed.messages", "{message}", "Messages that were sent to subscriptions which had missed them.");
        _started = _meter.CreateCounter<long>("smalltalk.fanout.started", "{subscription}", "Subscriptions to rooms that went live.");
        _ended = _meter.CreateCounter<long>("smalltalk.fanout.ended", "{subscription}", "Subscriptions to rooms that the server ended.");
        _dropped = _meter.CreateCounter<long>("smalltalk.fanout.dropped.events", "{event}", "Events, not messages, that did not wait for a subscription which was catching up.");
    }

    public enum Start
    {
        Live,
        CaughtUp,
        Reset,
    }

    public void Watch(Func<int> rooms, Func<long> tailBytes)
    {
        _meter.CreateObservableUpDownCounter("smalltalk.fanout.rooms", rooms, "{room}", "Rooms that somebody watches or has just watched.");
        _meter.CreateObservableUpDownCounter("smalltalk.fanout.tail.usage", tailBytes, "By", "Newest changes of those rooms that are kept in memory.");
    }

    public void WatchQueue(Func<int> length) =>
        _meter.CreateObservableUpDownCounter("smalltalk.fanout.queue.length", length, "{batch}", "Committed batches that wait for their delivery.");

    /// <summary>Null while nobody listens to any of the times.</summary>
    public long? Now() => _delivery.Enabled || _read.Enabled ? _clock.GetTimestamp() : null;

    public void Delivered(long? begun) => Record(_delivery, begun);

    public void Read(long? begun) => Record(_read, begun);

    public void ReplayedFromTail(int messages) => Replayed(messages, FromTail);

    public void ReplayedFromStore(int messages) => Replayed(messages, FromStore);

    public void Started(Start how) => _started.Add(1, new KeyValuePair<string, object?>("smalltalk.start", how switch
    {
        Start.CaughtUp => "caught_up",
        Start.Reset => "reset",
        _ => "live",
    }));

    public void Ended(int subscriptions, Refusal why)
    {
        if (subscriptions > 0)
            _ended.Add(subscriptions, new KeyValuePair<string, object?>("smalltalk.end.reason", why.Code));
    }

    public void Dropped(int events)
    {
        if (events > 0)
            _dropped.Add(events);
    }

    void Replayed(int messages, KeyValuePair<string, object?> source)
    {
        if (messages > 0)
            _replayed.Add(messages, source);
    }

    void Record(Histogram<double> times, long? begun)
    {
        if (begun is { } at)
            times.Record(_clock.GetElapsedTime(at).TotalSeconds);
    }
}
