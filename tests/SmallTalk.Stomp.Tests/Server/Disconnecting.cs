namespace SmallTalk.Stomp.Tests;

public sealed class DisconnectingOverWebSocket() : Disconnecting(StompTransport.WebSocket);

public sealed class DisconnectingOverTcp() : Disconnecting(StompTransport.Tcp);

public abstract class Disconnecting(StompTransport transport) : OverBothTransports(transport)
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_65_S12_66_S12_67_S12_71_AMB_12_Its_receipt_comes_last_and_then_the_close(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync(Send("1") + Send("2") + "DISCONNECT\nreceipt:bye\n\n\0" + Send("3") + "NONSENSE\n\n\0");

        await peer.ReceiptAsync("1");
        await peer.ReceiptAsync("2");
        await peer.ReceiptAsync("bye");
        await peer.ClosedAsync(1000);
        Assert.Equal(["1", "2"], host.Echo.Bodies);
    }

    [Fact]
    public async Task AMB_11_Without_a_receipt_it_closes_at_once()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("DISCONNECT\n\n\0");

        await peer.ClosedAsync(1000);
    }

    [Fact]
    public async Task S12_72_What_was_sent_before_the_connection_is_cut_is_still_processed()
    {
        await using var host = await StartAsync();

        for (var i = 0; i < 20; i++)
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync(Send($"{i}") + Send($"{i}b"));
        }

        await Eventually.TrueAsync(() => host.Echo.Bodies.Count == 40, () => $"{host.Echo.Bodies.Count} of 40");
    }

    [Fact]
    public async Task The_receipt_of_DISCONNECT_waits_for_every_outcome_under_way()
    {
        var outcomes = new System.Collections.Concurrent.ConcurrentQueue<TaskCompletionSource<IStompResult?>>();
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/log", () =>
        {
            var outcome = new TaskCompletionSource<IStompResult?>();
            outcomes.Enqueue(outcome);
            return StompResult.When(outcome.Task);
        }));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/log\nreceipt:1\n\n\0SEND\ndestination:/app/log\nreceipt:2\n\n\0DISCONNECT\nreceipt:bye\n\n\0");
        await Eventually.TrueAsync(() => outcomes.Count == 2);
        var all = outcomes.ToArray();
        all[1].SetResult(StompResult.Accepted(new KeyValuePair<string, string>("seq", "2")));

        Assert.Equal("2", (await peer.ReceiptAsync("2"))["seq"]);
        all[0].SetResult(null);
        await peer.ReceiptAsync("1");
        await peer.ReceiptAsync("bye");
        await peer.ClosedAsync(1000);
    }

    [Fact]
    public async Task S12_21_K21_Thousands_that_come_and_go_in_every_phase_leave_nothing()
    {
        var live = 0;
        await using var host = await StartAsync(options =>
        {
            options.OnConnected(_ => Count(1));
            options.OnDisconnected(_ => Count(-1));
        });

        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            await using var peer = await host.OpenAsync();
            if (i % 5 == 0)
                return; // after the upgrade
            await peer.SendAsync("CONNECT\naccept-version:1.2\n\n\0");
            if (i % 5 == 1)
                return; // right after CONNECT
            await peer.ReadAsync("CONNECTED");
            await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\n\nx");
            if (i % 5 == 2)
                return; // in the middle of a frame
            await peer.SendAsync("\0");
            if (i % 5 == 3)
                peer.Socket.LingerState = new System.Net.Sockets.LingerOption(true, 0); // a reset
        });

        await Eventually.TrueAsync(
            () => host.Server.ConnectionCount == 0 && host.Echo.Count == 0 && live == 0,
            () => $"{host.Server.ConnectionCount} connections, {host.Echo.Count} subscriptions, {live} live");
        Assert.Empty(host.Log.Errors);

        ValueTask Count(int by)
        {
            Interlocked.Add(ref live, by);
            return default;
        }
    }

    static string Send(string text) => $"SEND\ndestination:/app/echo\nreceipt:{text}\n\n{text}\0";
}
