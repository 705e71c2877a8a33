namespace SmallTalk.Stomp.Tests;

/// <summary>Filters before handlers, of a destination and of groups.</summary>
public class Filtering
{
    [Fact]
    public async Task Filters_run_from_the_outermost_group_to_the_handler_and_back()
    {
        var steps = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var host = await StompHost.StartAsync(map: stomp =>
        {
            var app = stomp.MapGroup("/app");
            var rooms = app.MapGroup("/rooms/{room}");
            rooms.MapSend("/say", (long room) => steps.Enqueue($"handler {room}")).AddFilter(Note("own 1")).AddFilter(Note("own 2"));
            rooms.AddFilter(Note("rooms")); // also for what was mapped before
            app.AddFilter(Note("app"));
        });
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/rooms/7/say\nreceipt:1\n\n\0SEND\ndestination:/app/echo\nreceipt:2\n\nx\0");
        await peer.ReceiptAsync("1");
        await peer.ReceiptAsync("2");

        Assert.Equal(["app", "rooms", "own 1", "own 2", "handler 7", "own 2 done", "own 1 done", "rooms done", "app done"], steps);

        StompFilter Note(string name) => async (context, next) =>
        {
            steps.Enqueue(name);
            var result = await next(context);
            steps.Enqueue($"{name} done");
            return result;
        };
    }

    [Fact]
    public async Task A_filter_answers_in_the_place_of_the_handler_before_a_byte_of_the_body_is_read()
    {
        var calls = 0;
        await using var host = await StompHost.StartAsync(map: stomp =>
        {
            var group = stomp.MapGroup("/app/{room}").AddFilter((context, next) =>
                context.RouteValue("room") == "open" ? next(context) : new ValueTask<IStompResult?>(StompRefusals.NotAllowed));
            group.MapSend("/post", (int[] numbers) => { calls++; });
            group.MapSubscribe("/watch", () => { calls++; });
        });
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");

        await peer.SendAsync("SEND\ndestination:/app/closed/post\n\nno JSON\0SUBSCRIBE\nid:w\ndestination:/app/closed/watch\n\n\0SEND\ndestination:/app/open/post\n\nno JSON\0SEND\ndestination:/app/open/post\nreceipt:1\n\n[1]\0");

        foreach (var code in new[] { "not-allowed", "not-allowed", "bad-body" })
            Assert.Contains($"\"code\":\"{code}\"", (await peer.ReadAsync("MESSAGE")).Text);
        await peer.ReceiptAsync("1");
        Assert.Equal(1, calls);
        Assert.Single(host.Server.Connections.Single().Subscriptions);
    }

    [Fact]
    public async Task Filters_guard_the_broker_too_also_inside_transactions()
    {
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapBroker().AddFilter((context, next) =>
            context.Frame.GetHeader("destination")!.StartsWith("/queue/secret", StringComparison.Ordinal)
                ? new ValueTask<IStompResult?>(StompRefusals.NotAllowed)
                : next(context)));
        foreach (var frame in new[]
        {
            "SUBSCRIBE\nid:a\ndestination:/queue/secret\n\n\0", "SEND\ndestination:/queue/secret\n\nx\0",
            "BEGIN\ntransaction:t\n\n\0SEND\ntransaction:t\ndestination:/queue/secret\n\nx\0",
        })
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync(frame);
            Assert.Equal("not-allowed", (await peer.RefusedAsync(1008))["code"]);
        }
    }

    [Fact]
    public async Task A_filter_belongs_to_a_group_or_a_destination()
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => StompHost.StartAsync(map: stomp => stomp.AddFilter((context, next) => next(context))));

        Assert.Contains("MapGroup", e.Message);
    }
}
