namespace SmallTalk.Stomp;

/// <summary>One turn of a fan-out: what the thread sends between <see cref="Begin"/> and <see cref="Dispose"/> is queued only, and at
/// the end each connection that was touched is written once, however many frames it got. Without a turn a send to an idle
/// connection writes at once, which is right for one message and wasteful for a batch.
/// <code>using (StompTurn.Begin())
///     foreach (var message in batch)
///         foreach (var subscription in room)
///             subscription.Send(message);</code></summary>
public readonly ref struct StompTurn
{
    [ThreadStatic]
    static List<OutboundQueue>? _held;

    [ThreadStatic]
    static bool _isOpen;

    readonly bool _isOutermost;

    StompTurn(bool isOutermost) => _isOutermost = isOutermost;

    /// <summary>Opens a turn on this thread; one inside another changes nothing. As a ref struct it can't outlive an await.</summary>
    public static StompTurn Begin()
    {
        if (_isOpen)
            return default;
        _isOpen = true;
        return new StompTurn(isOutermost: true);
    }

    /// <summary>Writes what was held.</summary>
    public void Dispose()
    {
        if (!_isOutermost)
            return;
        _isOpen = false;
        if (_held is not { Count: > 0 } queues)
            return;
        _held = null; // a write may complete inline and open the next turn on this thread
        foreach (var queue in queues)
            queue.Release();
        queues.Clear();
        _held ??= queues;
    }

    internal static bool TryHold(OutboundQueue queue)
    {
        if (_isOpen)
            (_held ??= []).Add(queue);
        return _isOpen;
    }
}
