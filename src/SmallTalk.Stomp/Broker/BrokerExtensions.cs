using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp;

/// <summary>Puts the broker among the destinations.</summary>
public static class BrokerExtensions
{
    /// <summary>Gives everything below <c>/topic/</c>, <c>/queue/</c> and <c>/temp-queue/</c> that no other destination matches to the
    /// application's <see cref="StompBroker"/>. It acknowledges in all modes and takes part in transactions.
    /// <para><c>/topic/name</c> goes to all who subscribe at that moment. <c>/queue/name</c> keeps a message until one of its consumers has
    /// it, in <c>ack:client</c> and <c>client-individual</c> until it is acknowledged. A SEND with <c>reply-to:/temp-queue/name</c> reaches
    /// its receivers with an address that they may answer to; the answers come to whoever, on the asking connection, subscribes to
    /// <c>/temp-queue/name</c>.</para></summary>
    /// <returns>All of these destinations: filters added here are asked before every SEND and SUBSCRIBE to the broker.</returns>
    public static StompDestinationBuilder MapBroker(this StompRouteBuilder stomp)
    {
        ArgumentNullException.ThrowIfNull(stomp);
        var broker = stomp.Services.GetRequiredService<StompBroker>();
        stomp.OffersTransactions = true;
        StompRoute[] sends = [.. new[] { BrokerNames.Topics, BrokerNames.Queues, BrokerNames.TempQueues, BrokerNames.ReplyQueues }
            .Select(prefix => stomp.Below(prefix, broker.SendAsync, isTransactional: true))];
        StompRoute[] subscribes = [.. new[] { BrokerNames.Topics, BrokerNames.Queues, BrokerNames.TempQueues }
            .Select(prefix => stomp.Below(prefix, broker.SubscribeAsync))];
        StompRouteBuilder.Add(stomp.Sends, sends);
        StompRouteBuilder.Add(stomp.Subscribes, subscribes).WithAcknowledgements();
        return new StompDestinationBuilder([.. sends, .. subscribes]);
    }
}
