using System.Collections.Concurrent;

namespace SmallTalk.Stomp.Tests;

public sealed class ClosingAndDrainingOverWebSocket() : ClosingAndDraining(StompTransport.WebSocket);

public sealed class ClosingAndDrainingOverTcp() : ClosingAndDraining(StompTransport.Tcp);

public abstract class ClosingAndDraining(StompTransport transport) : OverBothTransports(transport)
{
    [Fact]
    public async Task K22_An_application_closes_a_live_connection_at_once_and_says_why()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await peer.ReceiptAsync("r");

        host.Server.Connections.Single().Close(StompCloseCode.NotAllowed, "signed out");
        host.Echo.Post(new StompMessage("/topic/echo", "late"u8.ToArray()));

        Assert.Equal("signed out", await peer.ClosedAsync(1008));
        await Eventually.TrueAsync(() => host.Echo.Count == 0);
    }

    [Fact]
    public async Task K26_At_shutdown_outcomes_come_first_then_1001_spread_over_time()
    {
        var outcomes = new ConcurrentQueue<TaskCompletionSource<IStompResult?>>();
        await using var host = await StartAsync(
            options => options.DrainSpread = TimeSpan.FromSeconds(2),
            stomp => stomp.MapSend("/app/log", () =>
            {
                var outcome = new TaskCompletionSource<IStompResult?>();
                outcomes.Enqueue(outcome);
                return StompResult.When(outcome.Task);
            }));
        await using var writing = await host.ConnectAsync();
        await writing.SendAsync("SEND\ndestination:/app/log\nreceipt:1\n\n\0");
        await Eventually.TrueAsync(() => outcomes.Count == 1);
        var idle = new List<WirePeer>();
        for (var i = 0; i < 30; i++)
            idle.Add(await host.ConnectAsync());

        var stopping = host.StopAsync();
        await Eventually.TrueAsync(() => host.Server.IsDraining);
        var begin = TimeProvider.System.GetTimestamp();
        var closed = await Task.WhenAll(idle.Select(async peer =>
        {
            await peer.ClosedAsync(1001);
            var after = TimeProvider.System.GetElapsedTime(begin);
            await peer.SendCloseAsync(1001);
            return after;
        }));

        Assert.True(closed.Max() - closed.Min() > TimeSpan.FromSeconds(0.5), $"all within {closed.Max() - closed.Min()}");
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1, () => $"{host.Server.ConnectionCount} connections");
        outcomes.Single().SetResult(null);
        await writing.ReceiptAsync("1");
        await writing.ClosedAsync(1001);
        await writing.SendCloseAsync(1001);
        await stopping;
        foreach (var peer in idle)
            await peer.DisposeAsync();
    }

    [Fact]
    public async Task K26_Nobody_new_is_let_in_while_the_server_goes_away()
    {
        await using var host = await StartAsync();

        host.BeginStopping();
        await using var late = await host.OpenAsync();

        if (Transport == StompTransport.Tcp)
        {
            Assert.Contains("going away", (await late.RefusedAsync(1001))["message"]);
            return;
        }

        Assert.Equal(503, late.Status);
        Assert.Contains("Retry-After", late.ResponseHead);
    }

    [Fact]
    public async Task Closing_twice_and_from_everywhere_closes_once()
    {
        var went = 0;
        await using var host = await StartAsync(options => options.OnDisconnected(_ =>
        {
            Interlocked.Increment(ref went);
            return default;
        }));
        await using var peer = await host.ConnectAsync();
        var connection = host.Server.Connections.Single();

        Parallel.For(0, 16, i => connection.Close(4000 + i, "enough"));

        if (Transport == StompTransport.Tcp)
            Assert.Equal("enough", (await peer.RefusedAsync(4000))["message"]);
        else
            Assert.Null(await peer.ReadMessageAsync(skipHeartBeats: true));
        Assert.InRange(peer.Close?.Code ?? 4000, 4000, 4015);
        await peer.SendCloseAsync(peer.Close?.Code ?? 4000);
        await peer.EndOfStreamAsync();
        await Eventually.TrueAsync(() => went == 1);
        Assert.True(connection.Closed.IsCancellationRequested);
    }
}
