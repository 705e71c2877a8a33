using System.Text;

namespace SmallTalk.Stomp.Tests;

public sealed class SlowReadersOverWebSocket() : SlowReaders(StompTransport.WebSocket);

public sealed class SlowReadersOverTcp() : SlowReaders(StompTransport.Tcp);

public abstract class SlowReaders(StompTransport transport) : OverBothTransports(transport)
{
    [Fact]
    public async Task K15_One_who_never_reads_is_closed_with_its_memory_bounded_and_the_others_do_not_notice()
    {
        const int Limit = 256 * 1024;
        await using var host = await StartAsync(options =>
        {
            options.OutboundQueueBytes = Limit;
            options.CloseTimeout = TimeSpan.FromSeconds(1);
        });
        await using var stuck = await host.ConnectAsync();
        var stuckConnection = host.Server.Connections.Single();
        await stuck.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await stuck.ReceiptAsync("r");
        await using var reader = await host.ConnectAsync();
        await reader.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await reader.ReceiptAsync("r");
        var body = Encoding.ASCII.GetBytes(new string('x', 1000));

        var most = 0L;
        for (var i = 0; i < 20_000; i++)
        {
            host.Echo.Post(new StompMessage("/topic/echo", body));
            most = Math.Max(most, stuckConnection.Outbound.QueuedBytes);
            Assert.Equal(1000, (await reader.ReadAsync("MESSAGE")).Body.Length);
        }

        Assert.InRange(most, 1, Limit + 2000);
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1);
        Assert.True(stuckConnection.Closed.IsCancellationRequested);
        Assert.Contains(host.Log.Lines, line => line.Contains("more slowly"));
    }

    [Fact]
    public async Task K15_One_who_fell_behind_and_reads_on_learns_why_it_was_closed()
    {
        await using var host = await StartAsync(options => options.OutboundQueueBytes = 64 * 1024);
        await using var slow = await host.ConnectAsync();
        await slow.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await slow.ReceiptAsync("r");
        var message = new StompMessage("/topic/echo", new byte[10_000]);

        for (var i = 0; i < 5000 && host.Echo.Count == 1 && !host.Server.Connections.Single().IsClosing; i++)
            host.Echo.Post(message);

        WireFrame frame;
        while ((frame = await slow.ReadAsync()).Command == "MESSAGE")
            Assert.Equal(10_000, frame.Body.Length);
        Assert.Equal("ERROR", frame.Command);
        Assert.Contains("slowly", frame["message"]);
        await slow.ClosedAsync(1013);
    }

    [Fact]
    public async Task One_who_waits_for_room_can_send_more_than_may_wait()
    {
        var sent = 0;
        await using var host = await StartAsync(
            options => options.OutboundQueueBytes = 64 * 1024,
            stomp => stomp.MapSubscribe("/topic/archive", async (StompSubscription subscription) =>
            {
                for (; sent < 2000; sent++)
                {
                    await subscription.Connection.WaitForRoomAsync(32 * 1024);
                    if (!subscription.Send(new StompMessage("/topic/archive", new byte[5000])))
                        return;
                }
            }));
        await using var slow = await host.ConnectAsync();
        await using var leaving = await host.ConnectAsync();

        await slow.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/archive\nreceipt:r\n\n\0");
        for (var i = 0; i < 2000; i++)
            Assert.Equal(5000, (await slow.ReadAsync("MESSAGE")).Body.Length);
        await slow.ReceiptAsync("r");

        sent = 0;
        await leaving.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/archive\n\n\0");
        await Eventually.TrueAsync(() => host.Server.Connections.Any(connection => connection.QueuedBytes > 20_000));
        await leaving.DisposeAsync();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1, () => $"{sent} sent");
    }

    [Fact]
    public async Task K14_Everything_that_is_written_at_once_arrives_whole()
    {
        await using var host = await StartAsync(options =>
        {
            options.HeartBeatSend = TimeSpan.FromSeconds(1);
            options.OutboundQueueBytes = 256 * 1024 * 1024; // being slow is another test's matter
        });
        await using var peer = await host.ConnectAsync(headers: "heart-beat:0,1000\n");
        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await peer.ReceiptAsync("r");
        var connection = host.Server.Connections.Single();
        const int Each = 2000;

        var writers = new[]
        {
            Task.Run(() => Repeat(_ => host.Echo.Post(new StompMessage("/topic/echo", Encoding.ASCII.GetBytes(new string('m', 700)))))),
            Task.Run(() => Repeat(i => host.Echo.Post(new StompMessage("/topic/echo", new byte[i % 40_000])))),
            Task.Run(() => Repeat(_ => connection.Outbound.Enqueue(WebSocketFrames.HeartBeat))),
            Task.Run(async () =>
            {
                for (var i = 0; i < Each; i++)
                    await peer.SendAsync($"SEND\ndestination:/app/none\nreceipt:{i}\n\n\0".Replace("none", "echo", StringComparison.Ordinal));
            }),
        };

        var (messages, receipts) = (0, 0);
        while (messages < 3 * Each || receipts < Each)
        {
            var frame = await peer.ReadAsync(); // each one parses whole, or this throws
            if (frame.Command == "MESSAGE")
                messages++;
            else
                Assert.Equal($"{receipts++}", frame["receipt-id"]);
        }

        await Task.WhenAll(writers);
        connection.Close(1012, "restarting");
        await peer.ClosedAsync(1012);

        static void Repeat(Action<int> action)
        {
            for (var i = 0; i < Each; i++)
            {
                action(i);
                if (i % 20 == 0)
                    Thread.Yield();
            }
        }
    }

    [Fact]
    public void A_message_is_encoded_once_for_all_who_use_the_same_id_and_version()
    {
        var message = new StompMessage("/topic/rooms/1", "안녕"u8.ToArray(), "text/plain", [new("x", "1"), new("message-id", "forged")]);
        var line = ServerFrames.SubscriptionLine(StompVersion.V12, "sub-0");

        var first = message.FrameFor(StompVersion.V12, line);
        var again = message.FrameFor(StompVersion.V12, ServerFrames.SubscriptionLine(StompVersion.V12, "sub-0"));
        var other = message.FrameFor(StompVersion.V12, ServerFrames.SubscriptionLine(StompVersion.V12, "sub-1"));

        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(first, out var firstArray));
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(again, out var againArray));
        Assert.Same(firstArray.Array, againArray.Array);
        Assert.Equal(
            $"MESSAGE\nsubscription:sub-0\ndestination:/topic/rooms/1\nmessage-id:{message.MessageId}\ncontent-type:text/plain\nx:1\ncontent-length:6\n\n안녕\0",
            Encoding.UTF8.GetString(first.Span[4..]));
        Assert.Equal(0x81, first.Span[0]);
        Assert.Contains("subscription:sub-1\n", Encoding.UTF8.GetString(other.Span));

        // Clients may choose as many ids as they like; the message keeps only a few frames.
        for (var i = 0; i < 100; i++)
            Assert.Contains($"subscription:{i}\n", Encoding.UTF8.GetString(message.FrameFor(StompVersion.V11, ServerFrames.SubscriptionLine(StompVersion.V11, $"{i}")).Span));
    }
}
