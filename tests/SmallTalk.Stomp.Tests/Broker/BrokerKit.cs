using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp.Tests;

/// <summary>Tests of the broker on both transports.</summary>
public abstract class WithABroker(StompTransport transport) : OverBothTransports(transport)
{
    private protected Task<StompHost> StartBrokerAsync(
        Action<StompBrokerOptions>? broker = null, Action<StompOptions>? configure = null, Action<StompRouteBuilder>? map = null) =>
        StartAsync(
            configure,
            stomp =>
            {
                stomp.MapBroker();
                map?.Invoke(stomp);
            },
            builder => builder.Services.Configure<StompBrokerOptions>(options => broker?.Invoke(options)));

    /// <summary>A session that consumes one destination, its RECEIPT read.</summary>
    private protected static async Task<WirePeer> ConsumerAsync(StompHost host, string destination, string ack = "client", string version = "1.2", string id = "s")
    {
        var peer = await host.ConnectAsync(version);
        await SubscribeAsync(peer, destination, ack, id);
        return peer;
    }

    private protected static async Task SubscribeAsync(WirePeer peer, string destination, string ack, string id = "s")
    {
        await peer.SendAsync($"SUBSCRIBE\nid:{id}\ndestination:{destination}\nack:{ack}\nreceipt:subscribed\n\n\0");
        await peer.ReceiptAsync("subscribed");
    }

    /// <summary>SENDs, each with its own text as body; returns when all have their RECEIPT.</summary>
    private protected static async Task SendAsync(WirePeer peer, string destination, params string[] bodies)
    {
        await peer.SendAsync(string.Concat(bodies.Select(body => $"SEND\ndestination:{destination}\nreceipt:{body}\n\n{body}\0")));
        foreach (var body in bodies)
            await peer.ReceiptAsync(body);
    }

    private protected static async Task<WireFrame> MessageAsync(WirePeer peer, string text)
    {
        var message = await peer.ReadAsync("MESSAGE");
        Assert.True(message.Text == text, $"'{text}' was awaited; seen: {peer.Seen}");
        return message;
    }

    /// <summary>ACK or NACK as the peer's version names the message; returns with the RECEIPT.</summary>
    private protected static async Task SettleAsync(WirePeer peer, string version, WireFrame message, string command = "ACK", string headers = "")
    {
        var name = version switch
        {
            "1.2" => $"id:{message["ack"]}",
            "1.1" => $"message-id:{message["message-id"]}\nsubscription:{message["subscription"]}",
            _ => $"message-id:{message["message-id"]}",
        };
        await peer.SendAsync($"{command}\n{name}\n{headers}receipt:settled\n\n\0");
        await peer.ReceiptAsync("settled");
    }

    /// <summary>Nothing more has come: what a SEND of its own answers is the next that is read.</summary>
    private protected static async Task NothingElseAsync(WirePeer peer)
    {
        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:nothing-else\n\nx\0");
        await peer.ReceiptAsync("nothing-else");
    }

    private protected static StompBroker BrokerOf(StompHost host) => host.Services.GetRequiredService<StompBroker>();
}
