namespace SmallTalk.Server.Accounts;

/// <summary>Counts events of a key in a window that begins with its first one. Bounded: past <paramref name="maxKeys"/>, the
/// windows that end soonest are forgotten, whoever floods them with keys.</summary>
sealed class EventWindows<TKey>(TimeSpan length, TimeProvider clock, int maxKeys = 100_000)
    where TKey : notnull
{
    readonly Lock _gate = new();
    readonly Dictionary<TKey, Window> _windows = [];
    readonly Queue<(TKey Key, DateTimeOffset Ends)> _ends = []; // in the order of time, as all windows are equally long

    /// <summary>Counts one more, unless <paramref name="limit"/> were counted already.</summary>
    /// <param name="wait">When refused, how long until the window ends.</param>
    public bool TryCount(TKey key, int limit, out TimeSpan wait)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            Forget(now);
            if (!_windows.TryGetValue(key, out var window))
            {
                _windows.Add(key, window = new Window(now + length));
                _ends.Enqueue((key, window.Ends));
            }
            wait = window.Ends - now;
            if (window.Count >= limit)
                return false;
            window.Count++;
            return true;
        }
    }

    /// <summary>Takes one back that turned out not to count.</summary>
    public void Uncount(TKey key)
    {
        lock (_gate)
        {
            if (_windows.TryGetValue(key, out var window) && window.Count > 0)
                window.Count--;
        }
    }

    public int Count(TKey key)
    {
        lock (_gate)
        {
            Forget(clock.GetUtcNow());
            return _windows.GetValueOrDefault(key)?.Count ?? 0;
        }
    }

    public void Clear(TKey key)
    {
        lock (_gate)
            _windows.Remove(key);
    }

    void Forget(DateTimeOffset now)
    {
        while (_ends.TryPeek(out var next) && (next.Ends <= now || _windows.Count > maxKeys))
        {
            _ends.Dequeue();
            if (_windows.TryGetValue(next.Key, out var window) && window.Ends == next.Ends) // not a newer one, after a Clear
                _windows.Remove(next.Key);
        }
    }

    sealed class Window(DateTimeOffset ends)
    {
        public DateTimeOffset Ends => ends;

        public int Count { get; set; }
    }
}
