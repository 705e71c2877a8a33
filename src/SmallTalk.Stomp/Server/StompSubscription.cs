namespace SmallTalk.Stomp;

/// <summary>One SUBSCRIBE of one connection ("SUBSCRIBE"): what a handler keeps in order to send. Safe from any thread.</summary>
public sealed class StompSubscription
{
    readonly byte[] _line;
    List<Action<StompSubscription>>? _onEnded;
    CancellationTokenSource? _ended;
    Action<StompSettlement, IReadOnlyList<object>>? _onSettled;
    Action? _whenLive;

    internal StompSubscription(StompConnection connection, string? id, string destination, StompAckMode ackMode)
    {
        AckMode = ackMode;
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

    /// <summary>How its client acknowledges. Other than <see cref="StompAckMode.Auto"/> only where
    /// <see cref="StompDestinationBuilder.WithAcknowledgements"/> offers it.</summary>
    public StompAckMode AckMode { get; }

    /// <summary>How many messages wait for ACK or NACK. At <see cref="StompOptions.MaxUnacknowledged"/> another one ends the connection.</summary>
    public int UnacknowledgedCount
    {
        get
        {
            lock (Connection.Gate)
                return Unsettled.Count;
        }
    }

    /// <summary>Of its route.</summary>
    internal string? Template { get; set; }

    /// <summary>Whose queue it consumes.</summary>
    internal StompBroker? Broker { get; set; }

    /// <summary>In the order of the wire; guarded by the connection's gate.</summary>
    internal LinkedList<Delivery> Unsettled { get; } = [];

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

    /// <summary>Calls back with what became of messages, each exactly once, those that one ACK, NACK or end is about together and in their
    /// order. Set it before anything is sent. The callback runs on the connection's loop or the thread that ended it.</summary>
    public void OnSettled(Action<StompSettlement, IReadOnlyList<object>> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _onSettled = callback;
    }

    /// <summary>Queues the message; never blocks. A connection whose queue is full is closed with code 1013, and so is one that leaves more
    /// than <see cref="StompOptions.MaxUnacknowledged"/> messages unacknowledged.</summary>
    /// <param name="message">What to send.</param>
    /// <param name="token">What <see cref="OnSettled"/> calls it by; null: the message itself.</param>
    /// <returns>False when nothing can be delivered any more.</returns>
    public bool Send(StompMessage message, object? token = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (IsEnded)
            return false;
        if (AckMode != StompAckMode.Auto)
            return SendTracked(message, token ?? message);
        if (!Connection.Outbound.Enqueue(message.FrameFor(Connection.Version, _line), this))
            return false;
        Connection.Telemetry.MessageSent(message, Connection.Version, Template);
        if (_onSettled is not null)
            NotifySettled(StompSettlement.Acknowledged, [token ?? message]);
        return true;
    }

    bool SendTracked(StompMessage message, object token)
    {
        if (UnacknowledgedCount >= Connection.Options.MaxUnacknowledged)
        {
            Connection.RefuseSlow("the client leaves too many messages unacknowledged");
            return false;
        }

        var delivery = new Delivery(this, Connection.Deliveries.NextNumber(), message.MessageId, token);
        if (!Connection.Outbound.Enqueue(message.TrackedFrameFor(Connection.Version, _line, delivery.Number), this, delivery))
            return false;
        Connection.Telemetry.MessageSent(message, Connection.Version, Template);
        return true;
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

    /// <summary>Runs once, when it is live and the RECEIPT of its SUBSCRIBE was queued.</summary>
    internal void WhenLive(Action action) => _whenLive = action;

    internal void TellLive()
    {
        var action = _whenLive;
        _whenLive = null;
        action?.Invoke();
    }

    internal void NotifySettled(StompSettlement settlement, IReadOnlyList<object> tokens)
    {
        try
        {
            _onSettled?.Invoke(settlement, tokens);
        }
        catch (Exception e) // of the application
        {
            Connection.ReportFault(e);
        }
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

        if (AckMode != StompAckMode.Auto)
            Connection.Deliveries.Return(this);
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
