using System.Text;
using Microsoft.Extensions.Options;

namespace SmallTalk.Stomp;

/// <summary>A broker in memory: <c>/topic/**</c> to all who subscribe now, <c>/queue/**</c> to one of its consumers in turn,
/// <c>/temp-queue/**</c> for answers to one connection. See <see cref="BrokerExtensions.MapBroker"/>.
/// <para>One lock holds everything, so there is one order for all (K01) and a transaction is atomic by being inside it. What is sent
/// inside is only queued; the writes to the sockets come after it, because each entry opens a <see cref="StompTurn"/> first.</para></summary>
public sealed class StompBroker
{
    /// <summary>The queue, or the memory for all queues, is full.</summary>
    public static readonly StompRefusal QueueFull = new("queue-full", 503, "The queue is full.");

    /// <summary>There are as many queues as there may be.</summary>
    public static readonly StompRefusal TooManyQueues = new("too-many-queues", 503, "There are too many queues.");

    static readonly HashSet<string> NotPassedOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "destination", "receipt", "transaction", "content-length", "content-type", "login", "passcode", "authorization", "redelivered", "original-destination",
    };

    readonly Lock _gate = new();
    readonly StompBrokerOptions _options;
    readonly Dictionary<string, List<StompSubscription>> _topics = new(StringComparer.Ordinal);
    readonly Dictionary<string, BrokerQueue> _queues = new(StringComparer.Ordinal);
    readonly HashSet<string> _repliedTo = new(StringComparer.Ordinal); // ids of connections that may get answers
    long _lastOrder;
    long _bytes;
    long _dropped;

    internal StompBroker(IOptions<StompBrokerOptions> options) => _options = options.Value;

    /// <summary>Messages that were delivered in vain and went nowhere else.</summary>
    public long DroppedCount => Volatile.Read(ref _dropped);

    /// <summary>It keeps nothing at all.</summary>
    internal bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _topics.Count + _queues.Count + _repliedTo.Count == 0 && _bytes == 0;
        }
    }

    /// <summary>How many messages a queue has, those included that wait for their ACK.</summary>
    public int QueueLength(string destination)
    {
        lock (_gate)
            return _queues.TryGetValue(destination, out var queue) ? queue.Count : 0;
    }

    /// <summary>Sends from inside the process.</summary>
    /// <returns>Null, or why not.</returns>
    public IStompRefusal? Publish(StompMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var name = message.Destination.IndexOf('/', 1) is > 0 and var slash ? Encoding.UTF8.GetBytes(message.Destination[(slash + 1)..]) : [];
        var isKnown = BrokerNames.IsName(name) && (IsTopic(message.Destination)
            || message.Destination.StartsWith(BrokerNames.Queues, StringComparison.Ordinal)
            || message.Destination.StartsWith(BrokerNames.ReplyQueues, StringComparison.Ordinal));
        return isKnown ? Commit([new SendStep(this, message, message.Body.Length)]) : StompRefusals.NoSuchDestination;
    }

    /// <summary>A SEND inside a transaction.</summary>
    sealed record SendStep(StompBroker Broker, StompMessage Message, int Bytes) : TransactionStep;

    internal ValueTask<IStompResult?> SendAsync(StompContext context)
    {
        var step = new SendStep(this, MessageOf(context.Connection, context.Frame), context.Frame.ByteCount);
        if (context.Transaction is { } transaction)
        {
            transaction.Add(step, step.Bytes);
            return default;
        }

        return new ValueTask<IStompResult?>(Commit([step]));
    }

    internal ValueTask<IStompResult?> SubscribeAsync(StompContext context)
    {
        var subscription = context.Subscription!;
        if (!IsTopic(subscription.Destination))
            return new ValueTask<IStompResult?>(Consume(subscription));
        Listen(subscription);
        return default;
    }

    /// <summary>All of it, or nothing and the reason.</summary>
    internal static IStompRefusal? Commit(Transaction transaction)
    {
        foreach (var step in transaction.Steps)
        {
            if (step is SendStep send)
                return send.Broker.Commit(transaction.Steps);
        }

        foreach (var step in transaction.Steps)
            Settle((SettleStep)step);
        return null;
    }

    StompRefusal? Commit(IReadOnlyList<TransactionStep> steps)
    {
        using (StompTurn.Begin())
        {
            lock (_gate)
            {
                if (Check(steps) is { } refusal)
                    return refusal;
                foreach (var step in steps)
                {
                    if (step is SendStep send)
                        Send(send.Message, send.Bytes);
                    else if (IsOurs((SettleStep)step))
                        Settle((SettleStep)step);
                }
            }

            // Callbacks of others don't run inside our lock.
            foreach (var step in steps)
            {
                if (step is SettleStep settle && !IsOurs(settle))
                    Settle(settle);
            }

            return null;
        }
    }

    bool IsOurs(SettleStep step) => step.Delivery.Subscription.Broker == this;

    static void Settle(SettleStep step) => step.Delivery.Subscription.Connection.Deliveries.Settle(step.Delivery, step.Settlement);

    /// <summary>Whether there is room for all of it.</summary>
    StompRefusal? Check(IReadOnlyList<TransactionStep> steps)
    {
        Dictionary<string, (int Count, long Bytes)>? added = null;
        var (bytes, queues) = (_bytes, _queues.Count);
        foreach (var step in steps)
        {
            if (step is not SendStep { Message.Destination: var destination } send || IsTopic(destination))
                continue;
            if (destination.StartsWith(BrokerNames.ReplyQueues, StringComparison.Ordinal) && !_repliedTo.Contains(OwnerOf(destination)))
                return StompRefusals.NoSuchDestination;
            var isThere = _queues.TryGetValue(destination, out var queue);
            var (count, more) = (added ??= []).GetValueOrDefault(destination);
            if (!isThere && count == 0 && ++queues > _options.MaxQueues)
                return TooManyQueues;
            (count, more, bytes) = (count + 1, more + send.Bytes, bytes + send.Bytes);
            if (count + (queue?.Count ?? 0) > _options.MaxQueueMessages || more + (queue?.Bytes ?? 0) > _options.MaxQueueBytes || bytes > _options.MaxBytes)
                return QueueFull;
            added[destination] = (count, more);
        }

        return null;
    }

    void Send(StompMessage message, int bytes)
    {
        if (IsTopic(message.Destination))
        {
            foreach (var subscription in _topics.GetValueOrDefault(message.Destination) ?? [])
                subscription.Send(message);
            return;
        }

        var queue = QueueOf(message.Destination);
        queue.Add(new QueuedMessage(++_lastOrder, message, bytes));
        _bytes += bytes;
        Pump(queue);
    }

    void Listen(StompSubscription subscription)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(subscription.Destination, out var listeners))
                _topics.Add(subscription.Destination, listeners = []);
            listeners.Add(subscription);
        }

        subscription.OnEnded(ended =>
        {
            lock (_gate)
            {
                var listeners = _topics[ended.Destination];
                listeners.Remove(ended);
                if (listeners.Count == 0)
                    _topics.Remove(ended.Destination);
            }
        });
    }

    StompRefusal? Consume(StompSubscription subscription)
    {
        var connection = subscription.Connection;
        var name = subscription.Destination;
        if (name.StartsWith(BrokerNames.TempQueues, StringComparison.Ordinal))
        {
            name = BrokerNames.ReplyQueue(connection.Id, name);
            AllowReplies(connection);
        }

        var consumer = new QueueConsumer(subscription);
        BrokerQueue queue;
        lock (_gate)
        {
            if (!_queues.ContainsKey(name) && _queues.Count >= _options.MaxQueues)
                return TooManyQueues;
            queue = QueueOf(name);
            queue.Add(consumer);
        }

        subscription.Broker = this;
        subscription.OnSettled((settlement, messages) => Settled(queue, consumer, settlement, messages));
        subscription.OnEnded(_ =>
        {
            lock (_gate)
            {
                queue.Remove(consumer);
                ForgetIdle(queue);
            }
        });
        subscription.WhenLive(() =>
        {
            lock (_gate)
                consumer.IsReady = true;
            PumpLater(queue);
        });
        return null;
    }

    void Settled(BrokerQueue queue, QueueConsumer consumer, StompSettlement settlement, IReadOnlyList<object> messages)
    {
        using (StompTurn.Begin())
        {
            lock (_gate)
            {
                for (var i = 0; i < messages.Count; i++)
                {
                    var message = (QueuedMessage)messages[i];
                    // Of what a consumer had when it was lost only the first can be what killed it.
                    if (settlement == StompSettlement.Returned && i > 0)
                        message.Deliveries--;
                    if (settlement != StompSettlement.Acknowledged && message.Deliveries < _options.MaxDeliveries)
                    {
                        message.MarkRedelivered();
                        message.LastConsumer = consumer;
                        queue.PutBack(message);
                        continue;
                    }

                    queue.Forget(message);
                    if (!queue.IsRemoved)
                        _bytes -= message.Bytes;
                    if (settlement != StompSettlement.Acknowledged)
                        Bury(message);
                }

                Pump(queue);
                ForgetIdle(queue);
            }
        }
    }

    void Bury(QueuedMessage message)
    {
        var (original, target) = (message.Message, _options.DeadLetterQueue);
        if (target is not null && original.Destination != target)
        {
            var headers = original.Headers.Append(new("original-destination", original.Destination));
            var dead = new SendStep(this, new StompMessage(target, original.Body, original.ContentType, headers), message.Bytes);
            if (Check([dead]) is null)
            {
                Send(dead.Message, dead.Bytes);
                return;
            }
        }

        Interlocked.Increment(ref _dropped);
    }

    /// <summary>Delivers what can be delivered.</summary>
    void Pump(BrokerQueue queue)
    {
        if (queue.IsBeingPumped)
            return; // a message to a consumer in ack:auto settles inside the loop below, which goes on anyway
        queue.IsBeingPumped = true;
        List<QueueConsumer>? full = null;
        while (queue.TryTake(out var message, out var consumer, ref full))
        {
            message!.Deliveries++;
            if (consumer!.Subscription.Send(message.Message, message))
                continue;
            message.Deliveries--; // it never left
            queue.PutBack(message);
            queue.Remove(consumer); // its end is on the way
        }

        queue.IsBeingPumped = false;
        foreach (var consumer in full ?? [])
        {
            if (consumer.IsAwaited)
                continue;
            consumer.IsAwaited = true;
            _ = PumpWhenRoomAsync(queue, consumer); // ends with the connection at the latest
        }
    }

    async Task PumpWhenRoomAsync(BrokerQueue queue, QueueConsumer consumer)
    {
        await consumer.Subscription.Connection.WaitForRoomAsync(consumer.RoomBytes / 2);
        lock (_gate)
            consumer.IsAwaited = false;
        if (!consumer.Subscription.IsEnded)
            PumpLater(queue);
    }

    void PumpLater(BrokerQueue queue)
    {
        using (StompTurn.Begin())
        {
            lock (_gate)
                Pump(queue);
        }
    }

    BrokerQueue QueueOf(string name)
    {
        if (!_queues.TryGetValue(name, out var queue))
            _queues.Add(name, queue = new BrokerQueue(name));
        return queue;
    }

    void ForgetIdle(BrokerQueue queue)
    {
        if (queue.IsIdle && _queues.GetValueOrDefault(queue.Name) == queue)
            _queues.Remove(queue.Name);
    }

    StompMessage MessageOf(StompConnection connection, StompFrame frame)
    {
        List<KeyValuePair<string, string>> headers = [];
        for (var i = 0; i < frame.HeaderCount; i++)
        {
            var name = Encoding.UTF8.GetString(frame.HeaderName(i));
            if (NotPassedOn.Contains(name))
                continue;
            var value = Encoding.UTF8.GetString(frame.HeaderValue(i));
            if (frame.HeaderName(i).SequenceEqual(HeaderNames.ReplyTo) && value.StartsWith(BrokerNames.TempQueues, StringComparison.Ordinal))
            {
                AllowReplies(connection);
                value = BrokerNames.ReplyQueue(connection.Id, value); // what others can answer to
            }

            headers.Add(new(name, value));
        }

        var destination = frame.GetHeader(HeaderNames.Destination)!;
        if (destination.StartsWith(BrokerNames.TempQueues, StringComparison.Ordinal))
        {
            AllowReplies(connection);
            destination = BrokerNames.ReplyQueue(connection.Id, destination);
        }

        return new StompMessage(destination, frame.Body.ToArray(), frame.GetHeader(HeaderNames.ContentType), headers);
    }

    /// <summary>From now until its end a connection has answers coming.</summary>
    void AllowReplies(StompConnection connection)
    {
        lock (_gate)
        {
            if (!_repliedTo.Add(connection.Id))
                return;
        }

        connection.Closed.Register(() =>
        {
            lock (_gate)
            {
                _repliedTo.Remove(connection.Id);
                var prefix = $"{BrokerNames.ReplyQueues}{connection.Id}/";
                foreach (var queue in _queues.Values.Where(queue => queue.Name.StartsWith(prefix, StringComparison.Ordinal)).ToList())
                {
                    _queues.Remove(queue.Name);
                    queue.IsRemoved = true;
                    _bytes -= queue.Bytes;
                }
            }
        });
    }

    static bool IsTopic(string destination) => destination.StartsWith(BrokerNames.Topics, StringComparison.Ordinal);

    static string OwnerOf(string replyQueue) => replyQueue.Split('/', 4)[2];
}
