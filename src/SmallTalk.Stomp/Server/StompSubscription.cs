namespace SmallTalk.Stomp;

/// <summary>One SUBSCRIBE of one connection ("SUBSCRIBE"): what a handler keeps in order to send. Safe from any thread.</summary>
public sealed class StompSubscription
{
    readonly byte[] _line;
    List<Action<StompSubscription>>? _onEnded;
    CancellationTokenSource? _ended;

    internal StompSubscription(StompConnection connection, string? id, string destination)
    {
        Connection = connection;
        Id = id;
        Destination = destination;
        _line = id is null ? [] : ServerFrames.SubscriptionLine(connection.Version, id);
    }

    /// <summary>The connection that subscribed.</summary>
    public StompConnection Connection { get; }

    /// <summary>The client's <c>id</c>, unique in its connection; null for a 1.0 client that gave none.</summary>
    public string? Id { get; }

    /// <summary>The destination as the client spelled it.</summary>
    public string Destination { get; }

    /// <summary>Nothing is delivered any more.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Its handler accepted it.</summary>
    internal bool IsLive { get; private set; }

    /// <summary>Cancelled once, however it ends: UNSUBSCRIBE, the end of the connection, <see cref="End"/>, a refusal by its handler.</summary>
    public CancellationToken Ended
    {
        get
        {
            lock (Connection.Gate)
            {
                _ended ??= new CancellationTokenSource();
                if (IsEnded && !_ended.IsCancellationRequested)
                    _ended.Cancel(); // nobody can have registered yet
                return _ended.Token;
            }
        }
    }

    /// <summary>Calls back exactly once when the subscription has ended, at once when it has already. The callback runs on the
    /// thread that ended it, before the client is told, and must be quick.</summary>
    public void OnEnded(Action<StompSubscription> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        lock (Connection.Gate)
        {
            if (!IsEnded)
            {
                (_onEnded ??= []).Add(callback);
                return;
            }
        }

        callback(this);
    }

    /// <summary>Queues the message; never blocks. A connection whose queue is full is closed with code 1013.</summary>
    /// <returns>False when nothing can be delivered any more.</returns>
    public bool Send(StompMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return !IsEnded && Connection.Outbound.Enqueue(message.FrameFor(Connection.Version, _line), this);
    }

    /// <summary>Ends it from the server's side. With a reason the client is told at <see cref="StompOptions.RefusalDestination"/>, if
    /// it subscribes to that. A later UNSUBSCRIBE of the id gets its RECEIPT and nothing else.</summary>
    public void End(IStompRefusal? why = null)
    {
        if (Connection.Remove(this, isByServer: true) && why is not null)
            Connection.TellEnded(this, why);
    }

    internal void GoLive()
    {
        lock (Connection.Gate)
            IsLive = !IsEnded;
    }

    /// <summary>Inside the connection's gate: from here on nothing is queued for it.</summary>
    internal void MarkEnded() => (IsEnded, IsLive) = (true, false);

    /// <summary>Outside the gate, by the one who removed it from its connection.</summary>
    internal void NotifyEnded()
    {
        List<Action<StompSubscription>>? callbacks;
        CancellationTokenSource? ended;
        lock (Connection.Gate)
            (callbacks, _onEnded, ended) = (_onEnded, null, _ended);
        foreach (var callback in callbacks ?? [])
        {
            try
            {
                callback(this);
            }
            catch (Exception e) // the others must still hear of it
            {
                Connection.ReportFault(e);
            }
        }

        try
        {
            ended?.Cancel();
        }
        catch (AggregateException e)
        {
            Connection.ReportFault(e);
        }
    }
}
