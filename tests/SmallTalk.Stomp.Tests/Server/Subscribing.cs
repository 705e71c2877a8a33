namespace SmallTalk.Stomp.Tests;

public sealed class SubscribingOverWebSocket() : Subscribing(StompTransport.WebSocket);

public sealed class SubscribingOverTcp() : Subscribing(StompTransport.Tcp);

public abstract class Subscribing(StompTransport transport) : OverBothTransports(transport)
{
    [Fact]
    public async Task S12_68_S12_69_S12_70_S12_55_A_MESSAGE_says_where_which_and_for_whom_once_each()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:a\\cb\ndestination:/topic/echo\nreceipt:r\n\n\0");
        var receipt = await peer.ReceiptAsync("r");

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt-id:forged\nack:none\n\nx\0".Replace("ack:none\n", "", StringComparison.Ordinal));
        await peer.SendAsync("SEND\ndestination:/app/echo\n\ny\0");

        Assert.Empty(receipt.Body);
        var (first, second) = (await peer.ReadAsync("MESSAGE"), await peer.ReadAsync("MESSAGE"));
        Assert.Equal(("a\\cb", "/topic/echo", null, null), (first["subscription"], first["destination"], first["ack"], first["receipt-id"]));
        Assert.NotEqual(first["message-id"], second["message-id"]);
        Assert.All(first.Headers.GroupBy(h => h.Key), group => Assert.Single(group));
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_18_Every_frame_that_asks_for_a_receipt_gets_one(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\nx\0SEND\ndestination:/app/echo\n\ny\0"
            + "SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:2\n\n\0UNSUBSCRIBE\nid:a\nreceipt:3\n\n\0DISCONNECT\nreceipt:4\n\n\0");

        for (var i = 1; i <= 4; i++)
            await peer.ReceiptAsync($"{i}");
        await peer.ClosedAsync(1000);
    }

    [Fact]
    public async Task S10_42_In_1_0_a_subscription_needs_no_id_and_its_messages_name_none()
    {
        await using var host = await StartAsync();
        await using var without = await host.ConnectAsync("1.0");
        await using var with = await host.ConnectAsync("1.0");
        await without.SendAsync("SUBSCRIBE\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await with.SendAsync("SUBSCRIBE\nid:7\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await without.ReceiptAsync("r");
        await with.ReceiptAsync("r");

        await with.SendAsync("SEND\ndestination:/app/echo\n\nx\0");

        Assert.Null((await without.ReadAsync("MESSAGE"))["subscription"]);
        Assert.Equal("7", (await with.ReadAsync("MESSAGE"))["subscription"]);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_36_S12_40_S12_41_S12_51_Required_headers_are_required(string version)
    {
        await using var host = await StartAsync();
        foreach (var frame in new[]
        {
            "SEND\nreceipt:1\n\nx\0", "SUBSCRIBE\nid:1\nreceipt:1\n\n\0", "SUBSCRIBE\ndestination:/topic/echo\nreceipt:1\n\n\0",
            "UNSUBSCRIBE\ndestination:/topic/echo\nreceipt:1\n\n\0",
        })
        {
            await using var peer = await host.ConnectAsync(version);
            await peer.SendAsync(frame);
            Assert.Equal("1", (await peer.RefusedAsync(1002))["receipt-id"]);
        }
    }

    [Fact]
    public async Task S12_43_AMB_17_An_id_in_use_is_refused_and_two_connections_may_have_the_same()
    {
        await using var host = await StartAsync();
        await using var one = await host.ConnectAsync();
        await using var other = await host.ConnectAsync();
        await one.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:1\n\n\0");
        await other.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:1\n\n\0");
        await one.ReceiptAsync("1");
        await other.ReceiptAsync("1");

        await one.SendAsync("SUBSCRIBE\nid:a\ndestination:/user/queue/errors\nreceipt:2\n\n\0");

        Assert.Equal("2", (await one.RefusedAsync(1002))["receipt-id"]);
    }

    [Theory]
    [InlineData("1.2", "maybe")]
    [InlineData("1.2", "client")]
    [InlineData("1.2", "client-individual")]
    [InlineData("1.0", "client-individual")]
    public async Task S12_44_Ack_modes_that_are_not_offered_are_refused(string version, string mode)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync($"SUBSCRIBE\nid:a\ndestination:/topic/echo\nack:{mode}\nreceipt:1\n\n\0");

        Assert.Contains("ack mode", (await peer.RefusedAsync(1002))["message"]);
        Assert.Equal(0, host.Echo.Count);
    }

    [Fact]
    public async Task S12_44_Auto_is_offered()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nack:auto\nreceipt:1\n\n\0");

        await peer.ReceiptAsync("1");
    }

    [Fact]
    public async Task S12_49_AMB_33_After_the_receipt_of_UNSUBSCRIBE_nothing_more_comes()
    {
        await using var host = await StartAsync(options => options.OutboundQueueBytes = 256 * 1024 * 1024); // being slow is another test's matter
        await using var sender = await host.ConnectAsync();
        await using var peer = await host.ConnectAsync();
        using var stop = new CancellationTokenSource();
        var flood = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                if (host.Server.Connections.All(connection => connection.QueuedBytes < 100_000)) // being slow is another test's matter
                    host.Echo.Post(new StompMessage("/topic/echo", "x"u8.ToArray()));
            }
        }, TestContext.Current.CancellationToken);

        for (var round = 0; round < 50; round++)
        {
            await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0");
            await peer.ReadAsync("MESSAGE");
            await peer.SendAsync("UNSUBSCRIBE\nid:a\nreceipt:u\n\n\0SEND\ndestination:/app/echo\nreceipt:s\n\nx\0");
            WireFrame frame;
            while ((frame = await peer.ReadAsync()).Command == "MESSAGE")
            {
            }

            Assert.Equal("u", frame["receipt-id"]);
            await peer.ReceiptAsync("s");
        }

        await stop.CancelAsync();
        await flood;
        Assert.Equal(0, host.Echo.Count);
    }

    [Fact]
    public async Task S10_50_1_0_unsubscribes_by_id_or_by_destination()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync("1.0");

        await peer.SendAsync("SUBSCRIBE\ndestination:/topic/echo\n\n\0UNSUBSCRIBE\ndestination:/topic/echo\nreceipt:1\n\n\0");
        await peer.ReceiptAsync("1");
        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0UNSUBSCRIBE\nid:a\nreceipt:2\n\n\0");
        await peer.ReceiptAsync("2");
        Assert.Equal(0, host.Echo.Count);
        await peer.SendAsync("UNSUBSCRIBE\nreceipt:3\n\n\0");

        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task S12_51_AMB_08_UNSUBSCRIBE_of_an_unknown_id_is_refused()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("UNSUBSCRIBE\nid:never\nreceipt:1\n\n\0");

        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task AMB_08_K07_An_id_that_the_server_ended_is_told_and_its_UNSUBSCRIBE_gets_its_receipt()
    {
        StompSubscription? room = null;
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/room", (StompSubscription s) => { room = s; }));
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\nreceipt:0\n\n\0SUBSCRIBE\nid:a\ndestination:/topic/room\nreceipt:1\n\n\0");
        await peer.ReceiptAsync("0");
        await peer.ReceiptAsync("1");

        room!.End(new StompRefusal("kicked", 403, "You were removed from the room."));

        Assert.False(room.Send(new StompMessage("/topic/room", "x"u8.ToArray())));
        var told = await peer.ReadAsync("MESSAGE");
        Assert.Equal(
            """{"type":"subscriptionEnded","code":"kicked","title":"You were removed from the room.","destination":"/topic/room","subscription":"a"}""",
            told.Text);
        Assert.Equal(("e", "application/json"), (told["subscription"], told["content-type"]));
        await peer.SendAsync("UNSUBSCRIBE\nid:a\nreceipt:2\n\n\0");
        await peer.ReceiptAsync("2");
        await peer.SendAsync("UNSUBSCRIBE\nid:a\nreceipt:3\n\n\0");
        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task AMB_08_K07_One_who_listens_to_no_errors_hears_nothing_of_it_and_keeps_its_other_subscriptions()
    {
        StompSubscription? room = null;
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/room", (StompSubscription s) => { room = s; }));
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:b\ndestination:/topic/echo\n\n\0SUBSCRIBE\nid:a\ndestination:/topic/room\nreceipt:1\n\n\0");
        await peer.ReceiptAsync("1");

        room!.End(new StompRefusal("kicked", 403, "You were removed from the room."));
        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:2\n\nx\0UNSUBSCRIBE\nid:a\nreceipt:3\n\n\0");

        Assert.Equal("b", (await peer.ReadAsync("MESSAGE"))["subscription"]);
        await peer.ReceiptAsync("2");
        await peer.ReceiptAsync("3");
    }

    [Fact]
    public async Task AMB_08_An_ended_id_may_be_used_again()
    {
        StompSubscription? room = null;
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/room", (StompSubscription s) => { room = s; }));
        await using var peer = await host.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/room\nreceipt:1\n\n\0");
            await peer.ReceiptAsync("1");
            room!.End();
        }

        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/room\nreceipt:1\n\n\0UNSUBSCRIBE\nid:a\nreceipt:2\n\n\0");
        await peer.ReceiptAsync("1");
        await peer.ReceiptAsync("2");
    }

    [Fact]
    public async Task The_end_is_told_exactly_once_however_it_comes()
    {
        var ends = 0;
        var subscriptions = new System.Collections.Concurrent.ConcurrentQueue<StompSubscription>();
        await using var host = await StartAsync(map: stomp =>
        {
            stomp.MapSubscribe("/topic/refused", (StompSubscription s) => { Watch(s); return StompRefusals.NotAllowed; });
            stomp.MapSubscribe("/topic/room/{n}", (int n, StompSubscription s) => Watch(s));
        });
        var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/refused\n\n\0");
        await peer.ReadAsync("MESSAGE");
        for (var i = 1; i <= 3; i++)
            await peer.SendAsync($"SUBSCRIBE\nid:{i}\ndestination:/topic/room/{i}\nreceipt:{i}\n\n\0");
        for (var i = 1; i <= 3; i++)
            await peer.ReceiptAsync($"{i}");

        var all = subscriptions.ToArray();
        all[1].End();
        await peer.SendAsync("UNSUBSCRIBE\nid:2\nreceipt:u\n\n\0");
        await peer.ReceiptAsync("u");
        await peer.DisposeAsync();

        await Eventually.TrueAsync(() => ends == 4 && all.All(s => s.Ended.IsCancellationRequested), () => $"{ends} ends");
        Parallel.ForEach(all, s => s.End());
        Assert.Equal(4, ends);
        var late = 0;
        all[0].OnEnded(_ => late++);
        Assert.Equal(1, late);

        void Watch(StompSubscription subscription)
        {
            subscriptions.Enqueue(subscription);
            subscription.OnEnded(_ => Interlocked.Increment(ref ends));
        }
    }

    [Fact]
    public async Task AMB_34_K20_What_the_handler_sends_comes_before_the_receipt_and_nothing_is_lost_after_it()
    {
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/replay", async (StompSubscription subscription) =>
        {
            for (var i = 0; i < 50; i++)
            {
                subscription.Send(new StompMessage("/topic/replay", System.Text.Encoding.ASCII.GetBytes($"{i}")));
                if (i % 10 == 0)
                    await Task.Yield();
            }
        }));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/replay\nreceipt:1\n\n\0SUBSCRIBE\nid:b\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\n\nlive\0");

        for (var i = 0; i < 50; i++)
            Assert.Equal($"{i}", (await peer.ReadAsync("MESSAGE")).Text);
        await peer.ReceiptAsync("1");
        Assert.Equal("live", (await peer.ReadAsync("MESSAGE")).Text);
    }

    [Fact]
    public async Task K02_UNSUBSCRIBE_and_SUBSCRIBE_in_one_write_leave_one_subscription()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0");

        for (var i = 0; i < 1000; i++)
        {
            await peer.SendAsync("UNSUBSCRIBE\nid:a\n\n\0SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0" + $"SEND\ndestination:/app/echo\nreceipt:{i}\n\n{i}\0");
            Assert.Equal($"{i}", (await peer.ReadAsync("MESSAGE")).Text);
            await peer.ReceiptAsync($"{i}");
        }

        Assert.Equal(1, host.Echo.Count);
    }

    [Fact]
    public async Task K01_Every_subscriber_sees_the_same_order()
    {
        await using var host = await StartAsync();
        var order = new Lock();
        var readers = new List<WirePeer>();
        for (var i = 0; i < 20; i++)
        {
            var peer = await host.ConnectAsync(i % 2 == 0 ? "1.2" : "1.1");
            await peer.SendAsync($"SUBSCRIBE\nid:{i % 3}\ndestination:/topic/echo\nreceipt:r\n\n\0");
            await peer.ReceiptAsync("r");
            readers.Add(peer);
        }

        // The application decides the order; from there on nothing may change it.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                lock (order)
                {
                    using (StompTurn.Begin())
                        host.Echo.Post(new StompMessage("/topic/echo", System.Text.Encoding.ASCII.GetBytes($"{sender}-{i}")));
                }
            }
        })));

        List<string>? expected = null;
        foreach (var reader in readers)
        {
            var seen = new List<string>();
            while (seen.Count < 2000)
                seen.Add((await reader.ReadAsync("MESSAGE")).Text);
            expected ??= seen;
            Assert.Equal(expected, seen);
            await reader.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("/topic/rooms/1/")]
    [InlineData("/topic//rooms/1")]
    [InlineData("/topic/rooms//1")]
    [InlineData("/topic/Rooms/1")]
    [InlineData("/topic/rooms/*")]
    [InlineData("/topic/rooms/..")]
    [InlineData("/topic/rooms/../rooms/1")]
    [InlineData("/topic/rooms/.")]
    [InlineData("/topic/rooms/%31")]
    [InlineData("/topic/rooms/1\\n")]
    [InlineData("/topic/rooms/1 ")]
    [InlineData("/topic/rooms/")]
    [InlineData("/topic/rooms")]
    [InlineData("topic/rooms/1")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/topic/rooms/１")]
    [InlineData("/topic/rooms/99999999999999999999")]
    public async Task K19_S12_38_S12_45_AMB_18_What_no_route_matches_exactly_is_refused(string destination)
    {
        var calls = 0;
        await using var host = await StartAsync(map: stomp =>
        {
            stomp.MapSubscribe("/topic/rooms/{room}", (long room) => { calls++; });
            stomp.MapSend("/topic/rooms/{room}", (long room) => { calls++; });
        });
        await using var subscriber = await host.ConnectAsync();
        await using var sender = await host.ConnectAsync();

        await subscriber.SendAsync($"SUBSCRIBE\nid:1\ndestination:{destination}\nreceipt:1\n\n\0");
        await sender.SendAsync($"SEND\ndestination:{destination}\nreceipt:1\n\nx\0");

        Assert.Equal("no-such-destination", (await subscriber.RefusedAsync(1008))["code"]);
        Assert.Equal("1", (await sender.RefusedAsync(1008))["receipt-id"]);
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task There_is_a_limit_of_subscriptions()
    {
        await using var host = await StartAsync(options => options.MaxSubscriptions = 3);
        await using var peer = await host.ConnectAsync();

        for (var i = 0; i < 4; i++)
            await peer.SendAsync($"SUBSCRIBE\nid:{i}\ndestination:/topic/echo\nreceipt:{i}\n\n\0");

        for (var i = 0; i < 3; i++)
            await peer.ReceiptAsync($"{i}");
        Assert.Equal("too-many-subscriptions", (await peer.RefusedAsync(1013))["code"]);
    }
}
