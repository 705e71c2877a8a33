using System.Collections.Concurrent;

namespace SmallTalk.Server.Hosting;

/// <summary>So many in such a time for each key: a bucket that <paramref name="count"/> fill at once and that empties
/// evenly. It is kept as the moment at which it will be empty again (GCRA), so an empty one is no memory.</summary>
sealed class Pace<TKey>(int count, TimeSpan per, TimeProvider clock)
    where TKey : notnull
{
    const int SweepEvery = 1_000;

    readonly ConcurrentDictionary<TKey, long> _emptyAt = new();
    readonly long _depth = (long)(per.TotalSeconds * clock.TimestampFrequency);
    int _taken;

    /// <returns>Null when it may pass, else how long to wait.</returns>
    public TimeSpan? Take(TKey key)
    {
        var now = clock.GetTimestamp();
        if (Interlocked.Increment(ref _taken) % SweepEvery == 0)
            Sweep(now);
        var step = Math.Max(1, _depth / count);
        while (true)
        {
            var known = _emptyAt.TryGetValue(key, out var at);
            var next = Math.Max(known ? at : now, now) + step;
            if (next - now > Math.Max(_depth, step))
                return clock.GetElapsedTime(now, next - _depth);
            if (known ? _emptyAt.TryUpdate(key, next, at) : _emptyAt.TryAdd(key, next))
                return null;
        }
    }

    void Sweep(long now)
    {
        foreach (var bucket in _emptyAt)
        {
            if (bucket.Value <= now)
                _emptyAt.TryRemove(bucket);
        }
    }
}
