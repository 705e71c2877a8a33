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
    static List<OutboundQueue>? held;

    [ThreadStatic]
    static bool isOpen;

    readonly bool _isOutermost;

    StompTurn(bool isOutermost) => _isOutermost = isOutermost;

    /// <summary>Opens a turn on this thread; one inside another changes nothing. As a ref struct it can't outlive an await.</summary>
    public static StompTurn Begin()
    {
        if (isOpen)
            return default;
        isOpen = true;
        return new StompTurn(isOutermost: true);
    }

    /// <summary>Writes what was held.</summary>
    public void Dispose()
    {
        if (!_isOutermost)
            return;
        isOpen = false;
        if (held is not { Count: > 0 } queues)
            return;
        held = null; // a write may complete inline and open the next turn on this thread
        foreach (var queue in queues)
            queue.Release();
        queues.Clear();
        held ??= queues;
    }

    internal static bool TryHold(OutboundQueue queue)
    {
        if (isOpen)
            (held ??= []).Add(queue);
        return isOpen;
    }
}
