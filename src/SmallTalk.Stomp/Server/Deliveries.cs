using System.Globalization;
using System.Text;

namespace SmallTalk.Stomp;

/// <summary>A message that was sent and waits for its ACK or NACK.</summary>
sealed record Delivery(StompSubscription Subscription, long Number, string MessageId, object Token);

/// <summary>The deliveries of one connection that wait for ACK or NACK.
/// <para>Each has a number, unique in its connection. A client of 1.2 gives it back as it got it in the header <c>ack</c>; before 1.2 it
/// ends the <c>message-id</c>. So a number up to the last one given is either open or was settled before, and nothing has to be
/// remembered of what was settled (AMB-09).</para></summary>
sealed class Deliveries(Lock gate)
{
    readonly Dictionary<long, LinkedListNode<Delivery>> _open = [];
    long _last;

    public long NextNumber() => Interlocked.Increment(ref _last);

    /// <summary>The <c>message-id</c> of a delivery to a client that acknowledges by it.</summary>
    public static string IdBefore12(string messageId, long number) => string.Create(CultureInfo.InvariantCulture, $"{messageId}.{number}");

    /// <summary>Inside the gate, in the order of the wire.</summary>
    public void Add(Delivery delivery) => _open.Add(delivery.Number, delivery.Subscription.Unsettled.AddLast(delivery));

    /// <summary>What an ACK or NACK is about.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="version">Decides which headers name the message (K24).</param>
    /// <param name="delivery">Null when it was settled before.</param>
    /// <returns>What is wrong with the frame, or null.</returns>
    public string? Find(StompFrame frame, StompVersion version, out Delivery? delivery)
    {
        delivery = null;
        var subscription = version == StompVersion.V11 ? frame.GetHeader(HeaderNames.Subscription) : null;
        var isNamed = frame.TryGetHeader(version == StompVersion.V12 ? HeaderNames.Id : HeaderNames.MessageId, out var id);
        if (!isNamed || (version == StompVersion.V11 && subscription is null))
            return "without the headers that name its message";
        var digits = version == StompVersion.V12 ? id : id[(id.LastIndexOf((byte)'.') + 1)..];
        if (digits is not [>= (byte)'1' and <= (byte)'9', ..]
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Volatile.Read(ref _last))
            return "of a message that waits for none";

        lock (gate)
        {
            if (!_open.TryGetValue(number, out var node))
                return null;
            delivery = node.Value;
        }

        if (version == StompVersion.V11 && delivery.Subscription.Id != subscription)
            return "of a message that its subscription did not get";
        return version < StompVersion.V12 && Encoding.UTF8.GetString(id) != IdBefore12(delivery.MessageId, number)
            ? "of a message that waits for none"
            : null;
    }

    /// <summary>Settles a delivery and, where acknowledgements are cumulative, those before it. What was settled meanwhile stays so.</summary>
    public void Settle(Delivery delivery, StompSettlement settlement)
    {
        var subscription = delivery.Subscription;
        List<object> tokens = [];
        lock (gate)
        {
            if (!_open.TryGetValue(delivery.Number, out var node))
                return;
            if (subscription.AckMode == StompAckMode.Client)
            {
                while (subscription.Unsettled.First is { } first && first != node)
                    Remove(first, tokens);
            }

            Remove(node, tokens);
        }

        subscription.NotifySettled(settlement, tokens);
    }

    /// <summary>The subscription has ended.</summary>
    public void Return(StompSubscription subscription)
    {
        List<object> tokens = [];
        lock (gate)
        {
            while (subscription.Unsettled.First is { } first)
                Remove(first, tokens);
        }

        if (tokens.Count > 0)
            subscription.NotifySettled(StompSettlement.Returned, tokens);
    }

    void Remove(LinkedListNode<Delivery> node, List<object> tokens)
    {
        _open.Remove(node.Value.Number);
        node.List!.Remove(node);
        tokens.Add(node.Value.Token);
    }
}
