using System.Collections.Concurrent;

namespace SmallTalk.Stomp.Tests;

public sealed class BrokeringOverWebSocket() : Brokering(StompTransport.WebSocket);

public sealed class BrokeringOverTcp() : Brokering(StompTransport.Tcp);

public abstract class Brokering(StompTransport transport) : WithABroker(transport)
{
    [Fact]
    public async Task S12_37_S12_68_S12_69_AMB_18_AMB_29_A_topic_goes_to_all_who_listen_now()
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await SendAsync(sender, "/topic/a", "nobody");
        await using var one = await ConsumerAsync(host, "/topic/a", "auto");
        await using var other = await ConsumerAsync(host, "/topic/a", "auto", "1.1", "t");
        await using var elsewhere = await ConsumerAsync(host, "/topic/b", "auto");

        await sender.SendAsync("SEND\ndestination:/topic/a\nreceipt:r\nlogin:me\npasscode:secret\nAuthorization:Bearer x\ncontent-type:text/plain\nx:한글\nredelivered:yes\n\nhi\0");
        await sender.ReceiptAsync("r");

        var (first, second) = (await MessageAsync(one, "hi"), await MessageAsync(other, "hi"));
        Assert.Equal(first["message-id"], second["message-id"]);
        Assert.Equal(["subscription", "destination", "message-id", "content-type", "x", "content-length"], first.Headers.Select(h => h.Key));
        Assert.Equal(("/topic/a", "한글", "s", "t"), (first["destination"], first["x"], first["subscription"], second["subscription"]));
        await NothingElseAsync(elsewhere);
    }

    [Fact]
    public async Task A_queue_keeps_its_messages_and_its_consumers_take_turns()
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await SendAsync(sender, "/queue/a", "1", "2");
        Assert.Equal(2, BrokerOf(host).QueueLength("/queue/a"));

        await using var one = await ConsumerAsync(host, "/queue/a", "auto");
        await MessageAsync(one, "1");
        await MessageAsync(one, "2");
        await using var other = await ConsumerAsync(host, "/queue/a", "auto");
        await SendAsync(sender, "/queue/a", "3", "4", "5", "6");

        var (mine, theirs) = (await one.ReadAsync("MESSAGE"), await other.ReadAsync("MESSAGE"));
        Assert.Equal(["3", "4"], new[] { mine.Text, theirs.Text }.Order());
        Assert.Equal(["5", "6"], new[] { (await one.ReadAsync("MESSAGE")).Text, (await other.ReadAsync("MESSAGE")).Text }.Order());
        await Eventually.TrueAsync(() => BrokerOf(host).QueueLength("/queue/a") == 0);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_says_so_and_has_room_again()
    {
        await using var host = await StartBrokerAsync(broker => (broker.MaxQueueMessages, broker.MaxQueueBytes, broker.MaxQueues) = (3, 10_000, 2));
        await using var sender = await host.ConnectAsync();
        await sender.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");
        await SendAsync(sender, "/queue/a", "1", "2", "3");

        await sender.SendAsync("SEND\ndestination:/queue/a\nreceipt:4\n\n4\0");
        Assert.Contains("\"code\":\"queue-full\"", (await sender.ReadAsync("MESSAGE")).Text);
        await sender.SendAsync($"SEND\ndestination:/queue/b\nreceipt:5\n\n{new string('x', 11_000)}\0");
        Assert.Contains("\"code\":\"queue-full\"", (await sender.ReadAsync("MESSAGE")).Text);
        await SendAsync(sender, "/queue/b", "6");
        await sender.SendAsync("SEND\ndestination:/queue/c\nreceipt:7\n\n7\0");
        Assert.Contains("\"code\":\"too-many-queues\"", (await sender.ReadAsync("MESSAGE")).Text);
        await sender.SendAsync("SUBSCRIBE\nid:c\ndestination:/queue/c\nreceipt:8\n\n\0");
        Assert.Contains("\"code\":\"too-many-queues\"", (await sender.ReadAsync("MESSAGE")).Text);

        await using (var consumer = await ConsumerAsync(host, "/queue/a", "auto"))
            await MessageAsync(consumer, "1");
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1); // a queue is there while it has consumers
        await SendAsync(sender, "/queue/c", "9");
    }

    [Fact]
    public async Task Without_a_place_to_hear_of_it_a_full_queue_is_an_ERROR_and_come_back_later()
    {
        await using var host = await StartBrokerAsync(broker => broker.MaxQueueMessages = 1);
        await using var sender = await host.ConnectAsync();
        await SendAsync(sender, "/queue/a", "1");

        await sender.SendAsync("SEND\ndestination:/queue/a\nreceipt:2\n\n2\0");

        var error = await sender.RefusedAsync(1013);
        Assert.Equal(("queue-full", "2"), (error["code"], error["receipt-id"]));
    }

    [Fact]
    public async Task K15_A_consumer_that_does_not_read_holds_back_its_queue_and_is_not_closed_for_it()
    {
        await using var host = await StartBrokerAsync(broker => broker.MaxQueueMessages = 100_000, options => options.OutboundQueueBytes = 64 * 1024);
        await using var consumer = await ConsumerAsync(host, "/queue/a", "auto");
        var connection = host.Server.Connections.Single();
        var body = new string('x', 5000);
        for (var i = 0; i < 2000; i++)
            Assert.Null(BrokerOf(host).Publish(new StompMessage("/queue/a", System.Text.Encoding.ASCII.GetBytes($"{i} {body}"))));

        Assert.InRange(connection.QueuedBytes, 1, 64 * 1024);
        Assert.InRange(BrokerOf(host).QueueLength("/queue/a"), 1, 2000);
        for (var i = 0; i < 2000; i++)
            Assert.StartsWith($"{i} ", (await consumer.ReadAsync("MESSAGE")).Text);
        await Eventually.TrueAsync(() => BrokerOf(host).QueueLength("/queue/a") == 0);
    }

    [Fact]
    public async Task A_question_is_answered_where_only_the_asker_listens()
    {
        await using var host = await StartBrokerAsync();
        await using var server = await ConsumerAsync(host, "/queue/questions", "auto");
        await using var asker = await ConsumerAsync(host, "/temp-queue/answers", "auto", id: "t");
        await using var other = await ConsumerAsync(host, "/temp-queue/answers", "auto", id: "t");

        await asker.SendAsync("SEND\ndestination:/queue/questions\nreply-to:/temp-queue/answers\ncorrelation-id:7\nreceipt:q\n\nwhy?\0");
        await asker.ReceiptAsync("q");
        var question = await MessageAsync(server, "why?");
        await SendAsync(server, question["reply-to"]!, "because");

        Assert.Equal("7", question["correlation-id"]);
        Assert.Equal("t", (await MessageAsync(asker, "because"))["subscription"]);
        await NothingElseAsync(other);
        var address = question["reply-to"]!;
        await asker.DisposeAsync();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 2);
        await server.SendAsync($"SEND\ndestination:{address}\nreceipt:late\n\nlate\0");
        Assert.Equal("no-such-destination", (await server.RefusedAsync(1008))["code"]);
    }

    [Fact]
    public async Task Nobody_listens_to_anothers_answers()
    {
        await using var host = await StartBrokerAsync();
        await using var server = await ConsumerAsync(host, "/queue/questions", "auto");
        await server.SendAsync("SEND\ndestination:/queue/questions\nreply-to:/temp-queue/a\n\n?\0");
        var address = (await MessageAsync(server, "?"))["reply-to"];
        await using var thief = await host.ConnectAsync();

        await thief.SendAsync($"SUBSCRIBE\nid:x\ndestination:{address}\nreceipt:1\n\n\0");

        Assert.Equal("no-such-destination", (await thief.RefusedAsync(1008))["code"]);
    }

    [Theory]
    [InlineData("/topic/")]
    [InlineData("/topic")]
    [InlineData("/topic/*")]
    [InlineData("/topic/a.>")]
    [InlineData("/topic/a.#")]
    [InlineData("/topic/a//b")]
    [InlineData("/topic/a/")]
    [InlineData("/topic/../queue/a")]
    [InlineData("/topic/.")]
    [InlineData("/topic/a\\n")]
    [InlineData("/Topic/a")]
    [InlineData("topic/a")]
    [InlineData("/queue/")]
    [InlineData("/temp-queue/")]
    [InlineData("/reply-queue/a")]
    [InlineData("/reply-queue/a/b")]
    [InlineData("/exchange/a")]
    public async Task K19_What_is_no_name_is_refused(string destination)
    {
        await using var host = await StartBrokerAsync();
        await using var subscriber = await host.ConnectAsync();
        await using var sender = await host.ConnectAsync();

        await subscriber.SendAsync($"SUBSCRIBE\nid:1\ndestination:{destination}\n\n\0");
        await sender.SendAsync($"SEND\ndestination:{destination}\n\nx\0");

        Assert.Equal("no-such-destination", (await subscriber.RefusedAsync(1008))["code"]);
        Assert.Equal("no-such-destination", (await sender.RefusedAsync(1008))["code"]);
    }

    [Fact]
    public async Task Registered_handlers_win_over_the_broker_wherever_they_stand()
    {
        await using var host = await StartBrokerAsync(map: stomp => stomp.MapSubscribe("/topic/{name}/private", (string name) => StompRefusals.NotAllowed));
        await using var peer = await host.ConnectAsync();

        await SubscribeAsync(peer, "/topic/a/public", "auto");
        await peer.SendAsync("SUBSCRIBE\nid:p\ndestination:/topic/a/private\n\n\0");

        Assert.Equal("not-allowed", (await peer.RefusedAsync(1008))["code"]);
    }

    [Fact]
    public async Task K01_All_listeners_hear_many_senders_in_one_order()
    {
        await using var host = await StartBrokerAsync(configure: options => options.OutboundQueueBytes = 64 * 1024 * 1024);
        var listeners = new List<WirePeer>();
        for (var i = 0; i < 10; i++)
            listeners.Add(await ConsumerAsync(host, "/topic/a", "auto", i % 2 == 0 ? "1.2" : "1.1", $"{i % 3}"));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync(string.Concat(Enumerable.Range(0, 500).Select(i => $"SEND\ndestination:/topic/a\n\n{sender}-{i}\0")));
            await NothingElseAsync(peer);
        })));

        List<string>? expected = null;
        foreach (var listener in listeners)
        {
            var heard = new List<string>();
            while (heard.Count < 2000)
                heard.Add((await listener.ReadAsync("MESSAGE")).Text);
            expected ??= heard;
            Assert.Equal(expected, heard);
            await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_RECEIPT_of_a_SUBSCRIBE_comes_before_what_others_send_meanwhile()
    {
        await using var host = await StartBrokerAsync(broker => broker.MaxQueueMessages = 100);
        var isOver = false;
        var sender = Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
                BrokerOf(host).Publish(new StompMessage("/queue/a", "x"u8.ToArray(), null));
        });

        await using var peer = await host.ConnectAsync();
        await peer.SendAsync(string.Concat(Enumerable.Range(0, 300).Select(i =>
            $"SUBSCRIBE\nid:{i}\ndestination:/queue/a\nreceipt:{i}\n\n\0UNSUBSCRIBE\nid:{i}\nreceipt:end {i}\n\n\0")));
        HashSet<string> live = [];
        for (WireFrame frame; (frame = await peer.ReadAsync())["receipt-id"] != "end 299";)
        {
            if (frame.Command == "RECEIPT")
                live.Add(frame["receipt-id"]!);
            else
                Assert.True(live.Contains(frame["subscription"]!), $"a message of subscription {frame["subscription"]} came before its RECEIPT");
        }

        Volatile.Write(ref isOver, true);
        await sender;
    }

    [Fact]
    public async Task Every_message_of_a_queue_is_processed_though_consumers_keep_dying()
    {
        const int Messages = 300;
        await using var host = await StartBrokerAsync(broker => broker.MaxDeliveries = 1000, options => options.MaxUnacknowledged = 7);
        var processed = new ConcurrentDictionary<string, int>();
        await SendAsync(await host.ConnectAsync(), "/queue/a", [.. Enumerable.Range(0, Messages).Select(i => $"{i}")]);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            while (processed.Count < Messages)
            {
                await using var peer = await ConsumerAsync(host, "/queue/a", "client-individual");
                for (var left = random.Next(1, 40); left > 0 && processed.Count < Messages; left--)
                {
                    if (BrokerOf(host).QueueLength("/queue/a") == 0)
                        return;
                    await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:tick\n\nx\0");
                    WireFrame frame;
                    while ((frame = await peer.ReadAsync()).Command == "MESSAGE")
                    {
                        var isFine = random.Next(4) > 0;
                        if (isFine)
                            processed.AddOrUpdate(frame.Text, 1, (_, n) => n + 1);
                        await peer.SendAsync($"{(isFine ? "ACK" : "NACK")}\nid:{frame["ack"]}\n\n\0");
                    }
                }
            }
        })));

        await Eventually.TrueAsync(() => processed.Count == Messages && BrokerOf(host).QueueLength("/queue/a") == 0, () => $"{processed.Count} processed");
        Assert.Equal(0, BrokerOf(host).DroppedCount);
    }

    [Fact]
    public async Task K21_When_all_are_gone_nothing_is_kept()
    {
        await using var host = await StartBrokerAsync();
        for (var i = 0; i < 50; i++)
        {
            await using var peer = await ConsumerAsync(host, $"/queue/{i % 5}");
            await peer.SendAsync($"SUBSCRIBE\nid:t\ndestination:/topic/{i}\n\n\0SUBSCRIBE\nid:r\ndestination:/temp-queue/{i}\n\n\0SEND\ndestination:/queue/x{i}\nreply-to:/temp-queue/a\n\nx\0SEND\ndestination:/temp-queue/b\n\nx\0");
            await NothingElseAsync(peer);
            await using var eater = await ConsumerAsync(host, $"/queue/x{i}", "auto");
            await MessageAsync(eater, "x");
        }

        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0 && BrokerOf(host).IsEmpty, () => $"{host.Server.ConnectionCount} connections");
        Assert.Empty(host.Log.Errors);
    }
}
