namespace SmallTalk.Stomp.Tests.Conformance;

public sealed class AcknowledgingAndTransactingOverWebSocket() : AcknowledgingAndTransacting(StompTransport.WebSocket);

public sealed class AcknowledgingAndTransactingOverTcp() : AcknowledgingAndTransacting(StompTransport.Tcp);

/// <summary>"ACK", "NACK", "BEGIN", "COMMIT", "ABORT", with the broker's queues.</summary>
public abstract class AcknowledgingAndTransacting(StompTransport transport) : WithABroker(transport)
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_46_An_ACK_in_client_mode_covers_all_of_its_subscription_before_it(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using (var consumer = await ConsumerAsync(host, "/queue/a", "client", version))
        {
            await SubscribeAsync(consumer, "/queue/b", "client", id: "other");
            await SendAsync(sender, "/queue/b", "b1");
            await MessageAsync(consumer, "b1"); // of another subscription, and before: not covered
            await SendAsync(sender, "/queue/a", "1", "2", "3");
            await MessageAsync(consumer, "1");
            var second = await MessageAsync(consumer, "2");
            await MessageAsync(consumer, "3");
            await SettleAsync(consumer, version, second);
        }

        await using var next = await ConsumerAsync(host, "/queue/a", "client", version);
        await MessageAsync(next, "3");
        await SubscribeAsync(next, "/queue/b", "client", id: "other");
        await MessageAsync(next, "b1");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_47_An_ACK_in_client_individual_mode_covers_one_message(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using (var consumer = await ConsumerAsync(host, "/queue/a", "client-individual", version))
        {
            await SendAsync(sender, "/queue/a", "1", "2", "3");
            await MessageAsync(consumer, "1");
            var second = await MessageAsync(consumer, "2");
            await MessageAsync(consumer, "3");
            await SettleAsync(consumer, version, second);
        }

        await using var next = await ConsumerAsync(host, "/queue/a", "client-individual", version);
        await MessageAsync(next, "1");
        await MessageAsync(next, "3");
    }

    [Fact]
    public async Task S12_48_What_a_lost_consumer_had_not_acknowledged_comes_to_another_in_order_and_says_so()
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        var consumer = await ConsumerAsync(host, "/queue/a");
        await SendAsync(sender, "/queue/a", "1", "2", "3");
        foreach (var text in new[] { "1", "2", "3" })
            Assert.Null((await MessageAsync(consumer, text))["redelivered"]);
        await using var waiting = await ConsumerAsync(host, "/queue/a");

        await consumer.DisposeAsync();

        foreach (var text in new[] { "1", "2", "3" })
            Assert.Equal("true", (await MessageAsync(waiting, text))["redelivered"]);
    }

    [Theory]
    [InlineData("ACK\nreceipt:7\n\n\0")]
    [InlineData("ACK\nmessage-id:{message-id}\nsubscription:s\nreceipt:7\n\n\0")]
    [InlineData("ACK\nid:{message-id}\nreceipt:7\n\n\0")]
    [InlineData("NACK\nmessage-id:{message-id}\nsubscription:s\nreceipt:7\n\n\0")]
    public async Task S12_52_In_1_2_the_id_is_that_of_the_ack_header_and_nothing_else(string wrong)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using var consumer = await ConsumerAsync(host, "/queue/a");
        await SendAsync(sender, "/queue/a", "1", "2");
        var first = await MessageAsync(consumer, "1");
        await MessageAsync(consumer, "2");

        await consumer.SendAsync($"ACK\nid:{first["ack"]}\nreceipt:6\n\n\0" + wrong.Replace("{message-id}", first["message-id"], StringComparison.Ordinal));

        await consumer.ReceiptAsync("6");
        Assert.Equal("7", (await consumer.RefusedAsync(1002))["receipt-id"]);
    }

    [Theory]
    [InlineData("ACK\nmessage-id:{message-id}\nreceipt:7\n\n\0")]
    [InlineData("ACK\nsubscription:s\nreceipt:7\n\n\0")]
    [InlineData("ACK\nid:{message-id}\nreceipt:7\n\n\0")]
    [InlineData("ACK\nmessage-id:{message-id}\nsubscription:other\nreceipt:7\n\n\0")]
    [InlineData("NACK\nmessage-id:{message-id}\nreceipt:7\n\n\0")]
    public async Task S11_53_In_1_1_message_id_and_subscription_are_both_needed(string wrong)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using var consumer = await ConsumerAsync(host, "/queue/a", version: "1.1");
        await SendAsync(sender, "/queue/a", "1", "2");
        var first = await MessageAsync(consumer, "1");
        var second = await MessageAsync(consumer, "2");
        Assert.Null(first["ack"]);

        await consumer.SendAsync($"ACK\nmessage-id:{first["message-id"]}\nsubscription:s\nreceipt:6\n\n\0" + wrong.Replace("{message-id}", second["message-id"], StringComparison.Ordinal));

        await consumer.ReceiptAsync("6");
        Assert.Equal("7", (await consumer.RefusedAsync(1002))["receipt-id"]);
    }

    [Theory]
    [InlineData("ACK\nreceipt:7\n\n\0")]
    [InlineData("ACK\nid:{message-id}\nreceipt:7\n\n\0")]
    [InlineData("ACK\nmessage-id:another\nreceipt:7\n\n\0")]
    public async Task S10_54_In_1_0_the_message_id_is_enough_and_needed(string wrong)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using var consumer = await ConsumerAsync(host, "/queue/a", version: "1.0");
        await SendAsync(sender, "/queue/a", "1", "2");
        var first = await MessageAsync(consumer, "1");
        var second = await MessageAsync(consumer, "2");

        await consumer.SendAsync($"ACK\nmessage-id:{first["message-id"]}\nreceipt:6\n\n\0" + wrong.Replace("{message-id}", second["message-id"], StringComparison.Ordinal));

        await consumer.ReceiptAsync("6");
        Assert.Equal("7", (await consumer.RefusedAsync(1002))["receipt-id"]);
    }

    [Fact]
    public async Task S12_55_A_MESSAGE_has_an_ack_header_in_client_modes_only_and_a_different_one_each()
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        var acks = new HashSet<string?>();
        await using var consumer = await ConsumerAsync(host, "/queue/client", "client", id: "1");
        await SubscribeAsync(consumer, "/queue/individual", "client-individual", id: "2");
        await SubscribeAsync(consumer, "/queue/auto", "auto", id: "3");
        foreach (var queue in new[] { "/queue/client", "/queue/individual" })
        {
            await SendAsync(sender, queue, "1", "2");
            Assert.True(acks.Add((await MessageAsync(consumer, "1"))["ack"]));
            Assert.True(acks.Add((await MessageAsync(consumer, "2"))["ack"]));
        }

        Assert.DoesNotContain(null, acks);
        await SendAsync(sender, "/queue/auto", "1");
        Assert.Null((await MessageAsync(consumer, "1"))["ack"]);
    }

    [Fact]
    public async Task S10_57_NACK_is_no_command_of_1_0()
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using var consumer = await ConsumerAsync(host, "/queue/a", version: "1.0");
        await SendAsync(sender, "/queue/a", "1");
        var message = await MessageAsync(consumer, "1");

        await consumer.SendAsync($"NACK\nmessage-id:{message["message-id"]}\nsubscription:s\nreceipt:7\n\n\0");

        Assert.Contains("NACK", (await consumer.RefusedAsync(1002))["message"]);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_39_A_SEND_with_a_transaction_belongs_to_it(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await ConsumerAsync(host, "/topic/a", "auto", version);

        await peer.SendAsync("BEGIN\ntransaction:t\n\n\0SEND\ndestination:/topic/a\ntransaction:t\nreceipt:1\n\nin\0SEND\ndestination:/topic/a\n\nout\0COMMIT\ntransaction:t\n\n\0");

        await peer.ReceiptAsync("1");
        await MessageAsync(peer, "out");
        Assert.Null((await MessageAsync(peer, "in"))["transaction"]);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_59_BEGIN_needs_a_transaction(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync("BEGIN\nreceipt:7\n\n\0");

        Assert.Equal("7", (await peer.RefusedAsync(1002))["receipt-id"]);
    }

    [Theory]
    [InlineData("COMMIT\nreceipt:7\n\n\0")]
    [InlineData("ABORT\nreceipt:7\n\n\0")]
    [InlineData("SEND\ndestination:/topic/a\ntransaction:never\nreceipt:7\n\nx\0")]
    public async Task S12_62_COMMIT_and_ABORT_need_a_transaction_that_is_open(string frame)
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("BEGIN\ntransaction:t\n\n\0" + frame);

        Assert.Equal("7", (await peer.RefusedAsync(1002))["receipt-id"]);
    }

    [Theory]
    [InlineData("COMMIT\ntransaction:t\nreceipt:7\n\n\0")]
    [InlineData("ABORT\ntransaction:t\nreceipt:7\n\n\0")]
    [InlineData("BEGIN\ntransaction:t\n\n\0ABORT\ntransaction:t\n\n\0COMMIT\ntransaction:t\nreceipt:7\n\n\0")]
    [InlineData("BEGIN\ntransaction:t\n\n\0COMMIT\ntransaction:t\n\n\0ABORT\ntransaction:t\nreceipt:7\n\n\0")]
    [InlineData("BEGIN\ntransaction:T\n\n\0COMMIT\ntransaction:t\nreceipt:7\n\n\0")]
    public async Task AMB_10_COMMIT_or_ABORT_of_a_transaction_that_is_not_open_is_refused(string frames)
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(frames);

        Assert.Equal("7", (await peer.RefusedAsync(1002))["receipt-id"]);
    }

    [Fact]
    public async Task Transactions_have_limits_and_take_no_memory_beyond_them()
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await host.ConnectAsync();
        await using var other = await host.ConnectAsync();

        await peer.SendAsync(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"BEGIN\ntransaction:{i}\n\n\0")));
        Assert.Equal("ERROR", (await peer.ReadAsync()).Command);

        await other.SendAsync("BEGIN\ntransaction:t\n\n\0");
        var frame = $"SEND\ndestination:/queue/a\ntransaction:t\n\n{new string('x', 60_000)}\0";
        WireFrame? error = null;
        var reading = Task.Run(async () => error = await other.ReadAsync("ERROR"));
        for (var i = 0; i < 2000 && !reading.IsCompleted; i++)
        {
            try
            {
                await other.SendAsync(frame);
            }
            catch (IOException)
            {
                break; // cut
            }
        }

        await reading;
        Assert.Contains("transaction", error!["message"]);
    }
}
