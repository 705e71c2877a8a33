namespace SmallTalk.Stomp.Tests;

public sealed class AcknowledgingOverWebSocket() : Acknowledging(StompTransport.WebSocket);

public sealed class AcknowledgingOverTcp() : Acknowledging(StompTransport.Tcp);

public abstract class Acknowledging(StompTransport transport) : WithABroker(transport)
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_46_S12_52_S11_53_S10_54_S12_55_K24_In_client_mode_an_ACK_covers_what_came_before(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        var consumer = await ConsumerAsync(host, "/queue/a", "client", version);
        await SendAsync(sender, "/queue/a", "1", "2", "3");
        await MessageAsync(consumer, "1");
        var second = await MessageAsync(consumer, "2");
        await MessageAsync(consumer, "3");

        await SettleAsync(consumer, version, second);
        Assert.Equal(version == "1.2", second["ack"] is not null);
        await consumer.DisposeAsync();
        await using var next = await ConsumerAsync(host, "/queue/a", "client", version);

        Assert.Equal("true", (await MessageAsync(next, "3"))["redelivered"]);
        await NothingElseAsync(next);
        Assert.Equal(1, BrokerOf(host).QueueLength("/queue/a"));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_47_S12_48_K24_In_individual_mode_an_ACK_covers_one_and_the_others_come_to_another_in_order(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        var consumer = await ConsumerAsync(host, "/queue/a", "client-individual", version);
        await SendAsync(sender, "/queue/a", "1", "2", "3");
        await MessageAsync(consumer, "1");
        var second = await MessageAsync(consumer, "2");
        await MessageAsync(consumer, "3");
        await SettleAsync(consumer, version, second);
        await using var waiting = await ConsumerAsync(host, "/queue/a", "client-individual", version);

        await consumer.DisposeAsync();

        var (first, third) = (await MessageAsync(waiting, "1"), await MessageAsync(waiting, "3"));
        Assert.Equal(("true", "true"), (first["redelivered"], third["redelivered"]));
        await NothingElseAsync(waiting);
    }

    [Fact]
    public async Task S12_55_In_auto_mode_there_is_nothing_to_acknowledge()
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await ConsumerAsync(host, "/queue/a", "auto");

        await SendAsync(await host.ConnectAsync(), "/queue/a", "1");

        Assert.Null((await MessageAsync(peer, "1"))["ack"]);
        await Eventually.TrueAsync(() => BrokerOf(host).QueueLength("/queue/a") == 0);
        await peer.SendAsync("ACK\nid:1\nreceipt:1\n\n\0");
        Assert.Contains("waits for none", (await peer.RefusedAsync(1002))["message"]);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_56_K24_A_NACK_gives_the_message_to_another(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using var one = await ConsumerAsync(host, "/queue/a", "client", version);
        await using var other = await ConsumerAsync(host, "/queue/a", "client-individual", version);

        await SendAsync(sender, "/queue/a", "1", "2", "3");
        var first = await MessageAsync(one, "1");
        var third = await MessageAsync(one, "3");
        await MessageAsync(other, "2");
        await SettleAsync(one, version, third, "NACK"); // cumulative: the first too

        await MessageAsync(other, "1");
        await MessageAsync(other, "3");
        await SettleAsync(one, version, first, "NACK"); // settled before: a RECEIPT, no effect
        await NothingElseAsync(other);
        await NothingElseAsync(one);
    }

    [Fact]
    public async Task S12_56_After_the_last_try_a_message_is_dropped_and_counted_and_those_behind_it_come()
    {
        await using var host = await StartBrokerAsync(broker => broker.MaxDeliveries = 3);
        await using var peer = await ConsumerAsync(host, "/queue/a", "client-individual");
        await SendAsync(await host.ConnectAsync(), "/queue/a", "bad", "good");
        var good = default(WireFrame);

        for (var i = 0; i < 4; i++)
        {
            var message = await peer.ReadAsync("MESSAGE");
            if (message.Text == "good")
                good = message;
            else
                await peer.SendAsync($"NACK\nid:{message["ack"]}\n\n\0");
        }

        await NothingElseAsync(peer);
        Assert.Equal((1, 1), ((int)BrokerOf(host).DroppedCount, BrokerOf(host).QueueLength("/queue/a")));
        await SettleAsync(peer, "1.2", good!);
        Assert.Equal(0, BrokerOf(host).QueueLength("/queue/a"));
    }

    [Fact]
    public async Task What_was_delivered_in_vain_goes_to_the_dead_letters_when_there_are_some()
    {
        await using var host = await StartBrokerAsync(broker => (broker.MaxDeliveries, broker.DeadLetterQueue) = (1, "/queue/dead"));
        await using var peer = await ConsumerAsync(host, "/queue/a", "client");
        await using var dead = await ConsumerAsync(host, "/queue/dead", "client");
        await peer.SendAsync("SEND\ndestination:/queue/a\ncontent-type:text/plain\nx:y\n\nbad\0");

        await SettleAsync(peer, "1.2", await MessageAsync(peer, "bad"), "NACK");

        var letter = await MessageAsync(dead, "bad");
        Assert.Equal(("/queue/dead", "/queue/a", "y", "text/plain"), (letter["destination"], letter["original-destination"], letter["x"], letter["content-type"]));
        await SettleAsync(dead, "1.2", letter, "NACK"); // and from there nowhere
        Assert.Equal((1, 0), ((int)BrokerOf(host).DroppedCount, BrokerOf(host).QueueLength("/queue/dead")));
    }

    [Fact]
    public async Task Of_what_a_lost_consumer_had_only_the_first_counts_as_tried()
    {
        await using var host = await StartBrokerAsync(broker => broker.MaxDeliveries = 2);
        await SendAsync(await host.ConnectAsync(), "/queue/a", "1", "2", "3");

        for (var i = 0; i < 2; i++)
        {
            await using var crashing = await ConsumerAsync(host, "/queue/a");
            await MessageAsync(crashing, "1");
            await MessageAsync(crashing, "2");
            await MessageAsync(crashing, "3");
        }

        await using var next = await ConsumerAsync(host, "/queue/a");
        await MessageAsync(next, "2");
        await MessageAsync(next, "3");
        await NothingElseAsync(next);
        Assert.Equal(1, BrokerOf(host).DroppedCount);
    }

    [Theory]
    [InlineData("1.2", "ACK\n", "without the headers")]
    [InlineData("1.2", "ACK\nmessage-id:{m}\nsubscription:s\n", "without the headers")]
    [InlineData("1.2", "ACK\nid:999\n", "waits for none")]
    [InlineData("1.2", "ACK\nid:-1\n", "waits for none")]
    [InlineData("1.2", "ACK\nid:01\n", "waits for none")]
    [InlineData("1.2", "NACK\nid:99999999999999999999\n", "waits for none")]
    [InlineData("1.1", "ACK\nid:{m}\n", "without the headers")]
    [InlineData("1.1", "ACK\nmessage-id:{m}\n", "without the headers")]
    [InlineData("1.1", "ACK\nmessage-id:{m}\nsubscription:other\n", "did not get")]
    [InlineData("1.1", "ACK\nmessage-id:forged.1\nsubscription:s\n", "waits for none")]
    [InlineData("1.1", "NACK\nmessage-id:{m}0\nsubscription:s\n", "waits for none")]
    [InlineData("1.0", "ACK\nid:{m}\n", "without the headers")]
    [InlineData("1.0", "ACK\nmessage-id:forged.1\n", "waits for none")]
    [InlineData("1.0", "NACK\nmessage-id:{m}\n", "not a command of 1.0")]
    public async Task AMB_09_S12_52_S11_53_S10_54_S10_57_K24_What_names_no_message_of_this_session_is_refused(string version, string frame, string why)
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await ConsumerAsync(host, "/queue/a", "client", version);
        await SendAsync(await host.ConnectAsync(), "/queue/a", "x");
        var message = await MessageAsync(peer, "x");

        await peer.SendAsync(frame.Replace("{m}", message["message-id"], StringComparison.Ordinal) + "receipt:1\n\n\0");

        var error = await peer.RefusedAsync(1002);
        Assert.Contains(why, error["message"]);
        Assert.Equal("1", error["receipt-id"]);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task AMB_09_What_is_settled_already_gets_its_RECEIPT_only(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await ConsumerAsync(host, "/queue/a", "client", version);
        await SendAsync(await host.ConnectAsync(), "/queue/a", "1", "2");
        var (first, second) = (await MessageAsync(peer, "1"), await MessageAsync(peer, "2"));

        await SettleAsync(peer, version, second);
        await SettleAsync(peer, version, first); // covered
        await SettleAsync(peer, version, second); // twice

        Assert.Equal(0, BrokerOf(host).QueueLength("/queue/a"));
    }

    [Fact]
    public async Task AMB_33_UNSUBSCRIBE_gives_back_what_was_not_acknowledged_and_a_late_ACK_harms_nobody()
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await ConsumerAsync(host, "/queue/a");
        await using var other = await ConsumerAsync(host, "/queue/b");
        await SendAsync(other, "/queue/a", "1", "2");
        var first = await MessageAsync(peer, "1");
        await MessageAsync(peer, "2");

        await peer.SendAsync("UNSUBSCRIBE\nid:s\nreceipt:u\n\n\0");
        await peer.ReceiptAsync("u");
        await SettleAsync(peer, "1.2", first);
        await SubscribeAsync(other, "/queue/a", "client", "t");

        await MessageAsync(other, "1");
        await MessageAsync(other, "2");
        await NothingElseAsync(peer);
    }

    [Fact]
    public async Task Beyond_the_limit_of_unacknowledged_messages_a_queue_waits_and_a_topic_says_goodbye()
    {
        await using var host = await StartBrokerAsync(configure: options => options.MaxUnacknowledged = 3);
        await using var sender = await host.ConnectAsync();
        await using var queue = await ConsumerAsync(host, "/queue/a");
        await using var topic = await ConsumerAsync(host, "/topic/a");

        await SendAsync(sender, "/queue/a", "1", "2", "3", "4", "5");
        await MessageAsync(queue, "1");
        await MessageAsync(queue, "2");
        var third = await MessageAsync(queue, "3");
        await NothingElseAsync(queue);
        await queue.SendAsync($"ACK\nid:{third["ack"]}\n\n\0");
        await MessageAsync(queue, "4");
        await MessageAsync(queue, "5");

        await SendAsync(sender, "/topic/a", "1", "2", "3", "4");
        for (var i = 1; i <= 3; i++)
            await MessageAsync(topic, $"{i}");
        Assert.Contains("unacknowledged", (await topic.RefusedAsync(1013))["message"]);
    }

    [Fact]
    public async Task S12_44_A_routed_destination_offers_it_when_its_handler_wants_to_hear_of_it()
    {
        var settled = new System.Collections.Concurrent.ConcurrentQueue<string>();
        StompSubscription? jobs = null;
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/app/jobs", (StompSubscription subscription) =>
        {
            subscription.OnSettled((settlement, tokens) => settled.Enqueue($"{settlement} {string.Join(' ', tokens)}"));
            jobs = subscription;
        }).WithAcknowledgements());
        var peer = await ConsumerAsync(host, "/app/jobs");
        foreach (var token in new[] { "a", "b", "c", "d" })
            jobs!.Send(new StompMessage("/app/jobs", "x"u8.ToArray()), token);
        var messages = new List<WireFrame>();
        for (var i = 0; i < 4; i++)
            messages.Add(await peer.ReadAsync("MESSAGE"));

        Assert.Equal((StompAckMode.Client, 4), (jobs!.AckMode, jobs.UnacknowledgedCount));
        await SettleAsync(peer, "1.2", messages[1]);
        await SettleAsync(peer, "1.2", messages[2], "NACK");
        await peer.DisposeAsync();

        await Eventually.TrueAsync(() => settled.Count == 3, () => string.Join(", ", settled));
        Assert.Equal(["Acknowledged a b", "Rejected c", "Returned d"], settled);
        Assert.Equal(0, jobs.UnacknowledgedCount);
    }
}
