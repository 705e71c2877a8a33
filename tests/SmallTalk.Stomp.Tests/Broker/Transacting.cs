namespace SmallTalk.Stomp.Tests;

public sealed class TransactingOverWebSocket() : Transacting(StompTransport.WebSocket);

public sealed class TransactingOverTcp() : Transacting(StompTransport.Tcp);

public abstract class Transacting(StompTransport transport) : WithABroker(transport)
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_39_S12_61_Nothing_happens_before_COMMIT_and_then_all_of_it_in_order(string version)
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync(version);
        await using var reader = await ConsumerAsync(host, "/topic/a", "auto");
        await SubscribeAsync(reader, "/queue/b", "auto", "q");

        await sender.SendAsync("BEGIN\ntransaction:t\nreceipt:b\n\n\0" + Send("/topic/a", "1") + Send("/queue/b", "2") + Send("/topic/a", "3"));
        await sender.ReceiptAsync("b");
        for (var i = 1; i <= 3; i++)
            await sender.ReceiptAsync($"{i}");
        await NothingElseAsync(reader);
        await sender.SendAsync("COMMIT\ntransaction:t\nreceipt:c\n\n\0");
        await sender.ReceiptAsync("c");

        var first = await MessageAsync(reader, "1");
        Assert.Null(first["transaction"]);
        await MessageAsync(reader, "2");
        await MessageAsync(reader, "3");
    }

    [Fact]
    public async Task S12_63_ABORT_undoes_all()
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        await using var reader = await ConsumerAsync(host, "/topic/a", "auto");

        await sender.SendAsync("BEGIN\ntransaction:t\n\n\0" + Send("/topic/a", "1") + "ABORT\ntransaction:t\nreceipt:a\n\n\0");
        await sender.ReceiptAsync("1");
        await sender.ReceiptAsync("a");

        await NothingElseAsync(reader);
    }

    [Fact]
    public async Task S12_58_An_ACK_in_a_transaction_counts_when_it_is_committed()
    {
        await using var host = await StartBrokerAsync();
        await using var sender = await host.ConnectAsync();
        var consumer = await ConsumerAsync(host, "/queue/a", "client-individual");
        await SendAsync(sender, "/queue/a", "1", "2");
        var (first, second) = (await MessageAsync(consumer, "1"), await MessageAsync(consumer, "2"));

        await consumer.SendAsync("BEGIN\ntransaction:lost\n\n\0BEGIN\ntransaction:kept\n\n\0");
        await SettleAsync(consumer, "1.2", first, "ACK", "transaction:lost\n");
        await SettleAsync(consumer, "1.2", second, "ACK", "transaction:kept\n");
        Assert.Equal(2, BrokerOf(host).QueueLength("/queue/a"));
        await consumer.SendAsync("ABORT\ntransaction:lost\nreceipt:1\n\n\0COMMIT\ntransaction:kept\nreceipt:2\n\n\0");
        await consumer.ReceiptAsync("1");
        await consumer.ReceiptAsync("2");
        Assert.Equal(1, BrokerOf(host).QueueLength("/queue/a"));
        await consumer.DisposeAsync();

        await using var next = await ConsumerAsync(host, "/queue/a");
        await MessageAsync(next, "1");
        await NothingElseAsync(next);
    }

    [Fact]
    public async Task S12_61_A_message_is_taken_from_one_queue_and_put_into_another_as_one_act()
    {
        await using var host = await StartBrokerAsync();
        await using var worker = await ConsumerAsync(host, "/queue/todo");
        await using var reader = await ConsumerAsync(host, "/queue/done", "auto");
        await SendAsync(reader, "/queue/todo", "job");
        var job = await MessageAsync(worker, "job");

        await worker.SendAsync("BEGIN\ntransaction:t\n\n\0");
        await SettleAsync(worker, "1.2", job, "ACK", "transaction:t\n");
        await worker.SendAsync("SEND\ndestination:/queue/done\ntransaction:t\n\nresult\0COMMIT\ntransaction:t\nreceipt:c\n\n\0");
        await worker.ReceiptAsync("c");

        await MessageAsync(reader, "result");
        Assert.Equal(0, BrokerOf(host).QueueLength("/queue/todo"));
    }

    [Theory]
    [InlineData("DISCONNECT\nreceipt:bye\n\n\0")]
    [InlineData("")]
    [InlineData("NONSENSE\n\n\0")]
    public async Task S12_64_What_is_not_committed_when_the_connection_ends_never_was(string end)
    {
        await using var host = await StartBrokerAsync();
        var sender = await host.ConnectAsync();
        await using var reader = await ConsumerAsync(host, "/topic/a", "auto");

        await sender.SendAsync("BEGIN\ntransaction:t\n\n\0" + Send("/topic/a", "1") + end);
        await sender.ReceiptAsync("1");
        if (end.Length == 0)
            await sender.DisposeAsync();
        else
            await HearTheEndAsync(sender);
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1);

        await NothingElseAsync(reader);
        await sender.DisposeAsync();
    }

    [Fact]
    public async Task S12_60_An_id_is_free_again_after_its_end()
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await host.ConnectAsync();

        foreach (var end in new[] { "COMMIT", "ABORT", "COMMIT" })
        {
            await peer.SendAsync($"BEGIN\ntransaction:t\nreceipt:1\n\n\0{end}\ntransaction:t\nreceipt:2\n\n\0");
            await peer.ReceiptAsync("1");
            await peer.ReceiptAsync("2");
        }

        await peer.SendAsync("BEGIN\ntransaction:t\n\n\0BEGIN\ntransaction:t\nreceipt:1\n\n\0");
        Assert.Equal("1", (await peer.RefusedAsync(1002))["receipt-id"]);
    }

    [Theory]
    [InlineData("BEGIN\nreceipt:1\n\n\0", "without transaction")]
    [InlineData("BEGIN\ntransaction:\nreceipt:1\n\n\0", "without transaction")]
    [InlineData("COMMIT\nreceipt:1\n\n\0", "without transaction")]
    [InlineData("ABORT\nreceipt:1\n\n\0", "without transaction")]
    [InlineData("COMMIT\ntransaction:u\nreceipt:1\n\n\0", "not open")]
    [InlineData("ABORT\ntransaction:u\nreceipt:1\n\n\0", "not open")]
    [InlineData("SEND\ndestination:/topic/a\ntransaction:u\nreceipt:1\n\nx\0", "not open")]
    [InlineData("SEND\ndestination:/app/echo\ntransaction:t\nreceipt:1\n\nx\0", "takes part in none")]
    public async Task S12_59_S12_62_AMB_10_What_belongs_to_no_open_transaction_is_refused(string frame, string why)
    {
        await using var host = await StartBrokerAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("BEGIN\ntransaction:t\n\n\0" + frame);

        var error = await peer.RefusedAsync(1002);
        Assert.Contains(why, error["message"]);
        Assert.Equal("1", error["receipt-id"]);
        Assert.Empty(host.Echo.Bodies);
    }

    [Fact]
    public async Task Open_transactions_have_limits_that_are_told()
    {
        await using var host = await StartBrokerAsync(configure: options =>
            (options.MaxTransactions, options.MaxTransactionFrames, options.MaxTransactionBytes) = (2, 3, 5000));
        foreach (var (frames, code, why) in new[]
        {
            ("BEGIN\ntransaction:1\n\n\0BEGIN\ntransaction:2\n\n\0BEGIN\ntransaction:3\n\n\0", 1002, "more than 2 open transactions"),
            ("BEGIN\ntransaction:t\n\n\0" + string.Concat(Enumerable.Repeat("SEND\ntransaction:t\ndestination:/topic/a\n\nx\0", 4)), 1009, "more than 3 frames"),
            ("BEGIN\ntransaction:t\n\n\0BEGIN\ntransaction:u\n\n\0"
                + $"SEND\ntransaction:t\ndestination:/topic/a\n\n{new string('x', 3000)}\0SEND\ntransaction:u\ndestination:/topic/a\n\n{new string('x', 3000)}\0", 1009, "more than 5000 bytes"),
        })
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync(frames);
            Assert.Contains(why, (await peer.RefusedAsync(code))["message"]);
        }
    }

    [Fact]
    public async Task S12_61_When_a_part_has_no_room_nothing_of_it_happens()
    {
        await using var host = await StartBrokerAsync(broker => broker.MaxQueueMessages = 2);
        await using var sender = await host.ConnectAsync();
        await using var reader = await ConsumerAsync(host, "/topic/a", "auto");
        await sender.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");

        await sender.SendAsync("BEGIN\ntransaction:t\n\n\0" + Send("/topic/a", "0") + Send("/queue/b", "1") + Send("/queue/b", "2") + Send("/queue/b", "3") + "COMMIT\ntransaction:t\nreceipt:c\n\n\0");
        for (var i = 0; i <= 3; i++)
            await sender.ReceiptAsync($"{i}");

        Assert.Contains("\"code\":\"queue-full\"", (await sender.ReadAsync("MESSAGE")).Text);
        await NothingElseAsync(reader);
        Assert.Equal(0, BrokerOf(host).QueueLength("/queue/b"));
        await sender.SendAsync("BEGIN\ntransaction:t\nreceipt:again\n\n\0");
        await sender.ReceiptAsync("again");
    }

    static async Task HearTheEndAsync(WirePeer peer)
    {
        while (await peer.ReadMessageAsync(skipHeartBeats: true) is not null)
        {
        }

        await peer.SendCloseAsync();
    }

    static string Send(string destination, string text) => $"SEND\ndestination:{destination}\ntransaction:t\nreceipt:{text}\n\n{text}\0";
}
