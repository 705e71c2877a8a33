namespace SmallTalk.Stomp;

/// <summary>What becomes of messages that nobody has read yet when a subscription's queue is full.</summary>
public enum StompOverflow
{
    /// <summary>The subscription ends: its reader gets what waits, then a <see cref="StompOverflowException"/>.</summary>
    End,

    /// <summary>The oldest waiting message is dropped and counted.</summary>
    DropOldest,

    /// <summary>The message that came is dropped and counted.</summary>
    DropNewest,

    /// <summary>Nothing more is read from the connection until there is room, so that the server slows down: back-pressure for a client
    /// whose only business is this subscription, because its other subscriptions and RECEIPTs wait too. A reader that itself waits for a
    /// RECEIPT would wait for ever; so after <see cref="StompSubscribeOptions.WaitLimit"/> the subscription ends as with
    /// <see cref="End"/>.</summary>
    Wait,
}

/// <summary>How a client subscribes.</summary>
public sealed class StompSubscribeOptions
{
    /// <summary>The header <c>id</c>; null lets the client choose.</summary>
    public string? Id { get; set; }

    /// <summary>Who acknowledges. In the client modes messages that wait for their reader when the connection is lost are dropped: the
    /// server, which has no ACK for them, sends them again.</summary>
    public StompAckMode Ack { get; set; }

    /// <summary>Further headers of SUBSCRIBE.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Further headers that are computed for each SUBSCRIBE, the first one and those after a loss: for example
    /// <c>after</c>, from <see cref="StompClientSubscription.Last"/>.</summary>
    public Func<StompClientSubscription, IEnumerable<KeyValuePair<string, string>>>? HeadersEachTime { get; set; }

    /// <summary>Hears that the subscription is back after a loss; its <see cref="StompClientSubscription.Receipt"/> is the new one.</summary>
    public Action<StompClientSubscription>? OnResubscribed { get; set; }

    /// <summary>Whether SUBSCRIBE and UNSUBSCRIBE ask for a RECEIPT and wait for it, which tells from when on nothing is missed. False
    /// for servers that send none there (Spring's simple broker).</summary>
    public bool WaitsForReceipt { get; set; } = true;

    /// <summary>How many messages may wait for the reader. Default 10,000.</summary>
    public int Capacity { get; set; } = 10_000;

    /// <summary>What happens when more come.</summary>
    public StompOverflow Overflow { get; set; }

    /// <summary>How long <see cref="StompOverflow.Wait"/> waits. Default 30 s.</summary>
    public TimeSpan WaitLimit { get; set; } = TimeSpan.FromSeconds(30);
}
