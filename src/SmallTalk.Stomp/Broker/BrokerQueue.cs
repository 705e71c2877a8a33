namespace SmallTalk.Stomp;

/// <summary>A message in a queue.</summary>
sealed class QueuedMessage(long order, StompMessage message, int bytes)
{
    bool _isRedelivered;

    /// <summary>Its place, also when it comes back.</summary>
    public long Order => order;

    public StompMessage Message { get; private set; } = message;

    public int Bytes => bytes;

    public int Deliveries { get; set; }

    /// <summary>Who gave it back last; another one gets it if there is one.</summary>
    public QueueConsumer? LastConsumer { get; set; }

    public void MarkRedelivered()
    {
        if (!_isRedelivered)
            Message = Message.With("redelivered", "true");
        _isRedelivered = true;
    }
}

/// <summary>One subscription to a queue.</summary>
sealed class QueueConsumer(StompSubscription subscription)
{
    public StompSubscription Subscription => subscription;

    /// <summary>The RECEIPT of its SUBSCRIBE is queued: nothing may come before it.</summary>
    public bool IsReady { get; set; }

    /// <summary>Somebody waits for its socket already.</summary>
    public bool IsAwaited { get; set; }

    public bool HasCredit =>
        subscription.AckMode == StompAckMode.Auto || subscription.UnacknowledgedCount < subscription.Connection.Options.MaxUnacknowledged;

    /// <summary>Half of what may wait for the connection is for queues; the rest stays for all that can't wait.</summary>
    public long RoomBytes => subscription.Connection.Options.OutboundQueueBytes / 2;

    public bool HasRoom => subscription.Connection.QueuedBytes <= RoomBytes;
}

/// <summary>One queue: each message goes to one consumer, the consumers take turns. Guarded by the broker's lock.</summary>
sealed class BrokerQueue(string name)
{
    readonly LinkedList<QueuedMessage> _ready = [];
    readonly List<QueueConsumer> _consumers = [];
    int _next;

    public string Name => name;

    /// <summary>Waiting and delivered.</summary>
    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public bool IsBeingPumped { get; set; }

    /// <summary>Its connection has ended.</summary>
    public bool IsRemoved { get; set; }

    public bool IsIdle => Count == 0 && _consumers.Count == 0;

    public void Add(QueuedMessage message)
    {
        Count++;
        Bytes += message.Bytes;
        _ready.AddLast(message);
    }

    /// <summary>A message that was delivered is settled for good.</summary>
    public void Forget(QueuedMessage message)
    {
        Count--;
        Bytes -= message.Bytes;
    }

    /// <summary>Puts a message that was delivered back where it was.</summary>
    public void PutBack(QueuedMessage message)
    {
        var before = _ready.First;
        while (before is not null && before.Value.Order < message.Order)
            before = before.Next;
        if (before is null)
            _ready.AddLast(message);
        else
            _ready.AddBefore(before, message);
    }

    public void Add(QueueConsumer consumer) => _consumers.Add(consumer);

    public void Remove(QueueConsumer consumer)
    {
        var index = _consumers.IndexOf(consumer);
        if (index < 0)
            return;
        _consumers.RemoveAt(index);
        if (index < _next)
            _next--;
    }

    /// <summary>The next message and whose turn it is; <paramref name="full"/> gets consumers that only want room on their socket.</summary>
    public bool TryTake(out QueuedMessage? message, out QueueConsumer? consumer, ref List<QueueConsumer>? full)
    {
        (message, consumer) = (_ready.First?.Value, null);
        if (message is null)
            return false;
        for (var i = 0; i < _consumers.Count; i++)
        {
            var index = (_next + i) % _consumers.Count;
            var candidate = _consumers[index];
            if (!candidate.IsReady || !candidate.HasCredit || (candidate == message.LastConsumer && _consumers.Count > 1))
                continue;
            if (!candidate.HasRoom)
            {
                (full ??= []).Add(candidate);
                continue;
            }

            _next = (index + 1) % _consumers.Count;
            _ready.RemoveFirst();
            consumer = candidate;
            return true;
        }

        return false;
    }
}
