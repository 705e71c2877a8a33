using System.Collections.Concurrent;

namespace SmallTalk.Stomp.Tests;

public sealed class PendingOutcomesOverWebSocket() : PendingOutcomes(StompTransport.WebSocket);

public sealed class PendingOutcomesOverTcp() : PendingOutcomes(StompTransport.Tcp);

/// <summary>StompResult.When: frames take effect in their order, their receipts come when it is true.</summary>
public abstract class PendingOutcomes(StompTransport transport) : OverBothTransports(transport)
{
    [Fact]
    public async Task Hundreds_of_SENDs_are_in_flight_at_once_in_their_order()
    {
        var log = new ConcurrentQueue<(int Number, TaskCompletionSource<IStompResult?> Outcome)>();
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/log", (int[] number) => Append(log, number[0])));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(string.Concat(Enumerable.Range(0, 200).Select(i => $"SEND\ndestination:/app/log\nreceipt:{i}\n\n[{i}]\0")));
        await Eventually.TrueAsync(() => log.Count == 200, () => $"{log.Count} of 200");

        Assert.Equal(Enumerable.Range(0, 200), log.Select(entry => entry.Number));
        using (StompTurn.Begin())
        {
            foreach (var (number, outcome) in log)
                outcome.SetResult(StompResult.Accepted(new KeyValuePair<string, string>("seq", $"{number}")));
        }

        for (var i = 0; i < 200; i++)
            Assert.Equal($"{i}", (await peer.ReceiptAsync($"{i}"))["seq"]);
    }

    [Fact]
    public async Task Beyond_the_limit_the_connection_is_not_read_until_there_is_room()
    {
        var log = new ConcurrentQueue<(int Number, TaskCompletionSource<IStompResult?> Outcome)>();
        var most = 0; // that were under way at once
        await using var host = await StartAsync(
            options => options.MaxPendingResults = 10,
            stomp => stomp.MapSend("/app/log", (int[] number) =>
            {
                most = Math.Max(most, log.Count + 1);
                return Append(log, number[0]);
            }));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(string.Concat(Enumerable.Range(0, 30).Select(i => $"SEND\ndestination:/app/log\nreceipt:{i}\n\n[{i}]\0")));
        await Eventually.TrueAsync(() => log.Count >= 11);
        for (var i = 0; i < 30; i++)
        {
            await Eventually.TrueAsync(() => !log.IsEmpty);
            Assert.True(log.TryDequeue(out var entry));
            Assert.Equal(i, entry.Number);
            entry.Outcome.SetResult(null);
            await peer.ReceiptAsync($"{i}");
        }

        Assert.Equal(11, most); // the one that waits for room has taken effect already
    }

    [Fact]
    public async Task A_subscription_is_live_when_its_outcome_says_so()
    {
        var outcome = new TaskCompletionSource<IStompResult?>();
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/later", () => StompResult.When(outcome.Task)));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/later\nreceipt:1\n\n\0SEND\ndestination:/app/echo\nreceipt:2\n\n\0");

        await peer.ReceiptAsync("2");
        Assert.Empty(host.Server.Connections.Single().SubscriptionsTo("/topic/later"));
        outcome.SetResult(null);
        await peer.ReceiptAsync("1");
        Assert.Single(host.Server.Connections.Single().SubscriptionsTo("/topic/later"));
    }

    [Fact]
    public async Task Outcomes_that_come_after_the_end_of_their_connection_harm_nobody()
    {
        var log = new ConcurrentQueue<(int Number, TaskCompletionSource<IStompResult?> Outcome)>();
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/log", (int[] number) => Append(log, number[0])));
        await using (var peer = await host.ConnectAsync())
        {
            await peer.SendAsync("SEND\ndestination:/app/log\nreceipt:1\n\n[1]\0SEND\ndestination:/app/log\nreceipt:2\n\n[2]\0");
            await Eventually.TrueAsync(() => log.Count == 2);
        }

        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
        foreach (var (number, outcome) in log)
            outcome.SetResult(number == 1 ? null : StompRefusals.NotAllowed);

        await using var next = await host.ConnectAsync();
        Assert.Empty(host.Log.Errors);
    }

    static IStompResult Append(ConcurrentQueue<(int, TaskCompletionSource<IStompResult?>)> log, int number)
    {
        var outcome = new TaskCompletionSource<IStompResult?>();
        log.Enqueue((number, outcome));
        return StompResult.When(outcome.Task);
    }
}
