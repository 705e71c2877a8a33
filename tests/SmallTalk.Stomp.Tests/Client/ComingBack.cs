using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Testing;

namespace SmallTalk.Stomp.Tests;

/// <summary>A client whose line is cut, whose server goes away, whose subscriptions are refused. The server is the real one, behind a line
/// that can be cut; where it has to misbehave, a scripted one.</summary>
public class ComingBack
{
    static readonly StompRefusal Gone = new("gone", 404, "There is no such room any more.");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_goes_on_reading_and_sending_after_a_cut()
    {
        await using var host = await StompHost.StartAsync();
        await using var line = new Line(host.Address);
        await using var life = await Life.BeginAsync(Live(line));
        var echo = await life.Client.SubscribeAsync("/topic/echo", ct: Ct);
        await life.Client.SendAsync("/app/echo", "before"u8.ToArray(), ct: Ct);

        line.Cut();
        await life.UntilAsync(StompClientState.Reconnecting);
        await life.UntilAsync(StompClientState.Connected);
        await life.Client.SendAsync("/app/echo", "after"u8.ToArray(), ct: Ct);

        Assert.Equal("before", (await echo.ReadAsync(Ct)).Text);
        Assert.Equal("after", (await echo.ReadAsync(Ct)).Text);
        Assert.Equal(1, host.Echo.Count);
        var lost = life.Changes.Single(change => change.State == StompClientState.Reconnecting);
        Assert.NotNull(lost.Reason!.Exception);
        Assert.NotNull(lost.RetryIn);
    }

    [Fact]
    public async Task Calls_made_meanwhile_wait_and_go_in_their_order()
    {
        await using var host = await StompHost.StartAsync();
        await using var line = new Line(host.Address);
        var clock = new FakeTimeProvider();
        await using var life = await Life.BeginAsync(Live(line), options => options.Clock = clock);
        var echo = await life.Client.SubscribeAsync("/topic/echo", ct: Ct);

        line.Cut();
        await life.UntilAsync(StompClientState.Reconnecting);
        using var cancel = new CancellationTokenSource();
        var cancelled = life.Client.SendAsync("/app/echo", "never"u8.ToArray(), ct: cancel.Token);
        var sends = Enumerable.Range(0, 500).Select(i => life.Client.SendAsync("/app/echo", Text(i), ct: Ct)).ToList();
        var forgotten = life.Client.SendAndForgetAsync("/app/echo", "x"u8.ToArray(), ct: Ct);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.All(sends, send => Assert.False(send.IsCompleted));
        await life.UntilAsync(StompClientState.Connected, clock);

        await Task.WhenAll(sends);
        await forgotten;
        var came = new List<string>();
        for (var i = 0; i < 501; i++)
            came.Add((await echo.ReadAsync(Ct)).Text);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), came.Where(text => text != "x"));
    }

    [Fact]
    public async Task A_SEND_without_its_RECEIPT_fails_or_is_sent_again_as_it_was_told()
    {
        await using var server = new ScriptedServer();
        await using var life = await Life.BeginAsync(server.Address, welcome: () => server.WelcomeAsync());
        var first = await life.Welcomed;
        var once = life.Client.SendAsync("/q", "once"u8.ToArray(), ct: Ct);
        await first.ReadAsync("SEND");
        var idempotent = life.Client.SendAsync("/q", "again"u8.ToArray(), whenLost: StompWhenLost.SendAgain, ct: Ct);
        await first.ReadAsync("SEND");
        var other = life.Client.SendAsync("/q", "and again"u8.ToArray(), whenLost: StompWhenLost.SendAgain, ct: Ct);
        await first.ReadAsync("SEND");

        first.Reset();

        var lost = await Assert.ThrowsAsync<StompConnectionLostException>(() => once);
        Assert.NotNull(lost.Closure);
        var second = await server.WelcomeAsync();
        foreach (var text in new[] { "again", "and again" })
        {
            var sent = await second.ReadAsync("SEND");
            Assert.Equal(text, sent.Text);
            await second.ReceiptAsync(sent);
        }

        await idempotent;
        await other;
    }

    [Fact]
    public async Task Headers_are_computed_and_credentials_fetched_anew_each_time()
    {
        var tokens = new Queue<string>(["first", "second"]);
        var seen = new ConcurrentQueue<string?>();
        await using var host = await StompHost.StartAsync(
            options => options.Authenticate = (connect, _, _) =>
            {
                seen.Enqueue(connect.BearerToken);
                return ValueTask.FromResult(StompAuthentication.Accept(new()));
            },
            stomp => stomp.MapSubscribe("/topic/log", (StompSubscription watcher, StompFrame frame) =>
            {
                seen.Enqueue($"after {frame.GetHeader("after")}");
                watcher.Send(new StompMessage("/topic/log", new byte[] { 1 }, headers: [new("version", "7")]));
            }));
        await using var line = new Line(host.Address);
        await using var life = await Life.BeginAsync(Live(line), options => options.FreshCredentials = _ =>
            ValueTask.FromResult<StompCredentials?>(new StompCredentials { BearerToken = tokens.Dequeue() }));
        var back = new TaskCompletionSource();
        var log = await life.Client.SubscribeAsync("/topic/log", new StompSubscribeOptions
        {
            HeadersEachTime = subscription => [new("after", subscription.Last?["version"] ?? "0")],
            OnResubscribed = _ => back.SetResult(),
        }, Ct);
        await log.ReadAsync(Ct);

        line.Cut();
        await back.Task.WaitAsync(WirePeer.Patience, Ct);

        Assert.Equal(["first", "after 0", "second", "after 7"], seen);
    }

    [Fact]
    public async Task K07_A_subscription_that_is_refused_on_the_way_back_is_dropped_and_the_others_live()
    {
        var isGone = false;
        await using var host = await StompHost.StartAsync(map: stomp =>
            stomp.MapSubscribe("/topic/room", () => isGone ? Gone : null));
        await using var line = new Line(host.Address);
        await using var life = await Life.BeginAsync(Live(line), options => options.RefusalDestination = "/user/queue/errors");
        var room = await life.Client.SubscribeAsync("/topic/room", ct: Ct);
        var echo = await life.Client.SubscribeAsync("/topic/echo", ct: Ct);

        isGone = true;
        line.Cut();
        await life.UntilAsync(StompClientState.Connected, times: 2);

        Assert.Equal("gone", (await Assert.ThrowsAsync<StompRefusedException>(async () => await room.ReadAsync(Ct))).Code);
        await life.Client.SendAsync("/app/echo", "alive"u8.ToArray(), ct: Ct);
        Assert.Equal("alive", (await echo.ReadAsync(Ct)).Text);
    }

    [Fact]
    public async Task K07_One_that_costs_the_connection_is_not_asked_for_for_ever()
    {
        var isGone = false;
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapSubscribe("/topic/room", () => isGone ? Gone : null));
        await using var line = new Line(host.Address);
        await using var life = await Life.BeginAsync(Live(line)); // no refusal destination: an ERROR and 1008
        var room = await life.Client.SubscribeAsync("/topic/room", ct: Ct);
        var echo = await life.Client.SubscribeAsync("/topic/echo", ct: Ct);

        isGone = true;
        line.Cut();
        await life.UntilAsync(StompClientState.Connected, times: 2);

        Assert.Equal("gone", (await Assert.ThrowsAsync<StompErrorException>(async () => await room.ReadAsync(Ct))).Error["code"]);
        await life.Client.SendAsync("/app/echo", "alive"u8.ToArray(), ct: Ct);
        Assert.Equal("alive", (await echo.ReadAsync(Ct)).Text);
    }

    [Fact]
    public async Task K07_Nor_one_whose_ERROR_does_not_say_what_it_answers()
    {
        await using var server = new ScriptedServer();
        await using var life = await Life.BeginAsync(server.Address, welcome: () => server.WelcomeAsync());
        var peer = await life.Welcomed;
        var (good, bad, last) = (life.SubscribeAsync("good"), life.SubscribeAsync("bad"), life.SubscribeAsync("last"));
        for (var i = 0; i < 3; i++)
            await peer.ReceiptAsync(await peer.ReadAsync("SUBSCRIBE"));
        await Task.WhenAll(good, bad, last);
        peer.Reset();

        // All three come in one go; which of them was bad the server does not say. So they come one by one.
        peer = await server.WelcomeAsync();
        for (var i = 0; i < 3; i++)
            await peer.ReadAsync("SUBSCRIBE");
        await peer.SendAsync("ERROR\nmessage:no\n\n\0");
        peer.Finish();
        peer = await server.WelcomeAsync();
        await peer.ReceiptAsync(await peer.ReadAsync("SUBSCRIBE"));
        Assert.Equal("bad", (await peer.ReadAsync("SUBSCRIBE"))["id"]);
        await peer.SendAsync("ERROR\nmessage:no\n\n\0");
        peer.Finish();
        peer = await server.WelcomeAsync();
        foreach (var id in new[] { "good", "last" })
        {
            var subscribe = await peer.ReadAsync("SUBSCRIBE");
            Assert.Equal(id, subscribe["id"]);
            await peer.ReceiptAsync(subscribe);
        }

        await life.UntilAsync(StompClientState.Connected, times: 2);
        Assert.Equal("no", (await Assert.ThrowsAsync<StompErrorException>(async () => await (await bad).ReadAsync(Ct))).Message);
        await peer.MessageAsync("1", "alive", "last");
        Assert.Equal("alive", (await (await last).ReadAsync(Ct)).Text);
    }

    [Fact]
    public async Task What_was_unsubscribed_meanwhile_stays_so()
    {
        await using var host = await StompHost.StartAsync();
        await using var line = new Line(host.Address);
        var clock = new FakeTimeProvider();
        await using var life = await Life.BeginAsync(Live(line), options => options.Clock = clock);
        var kept = await life.Client.SubscribeAsync("/topic/echo", ct: Ct);
        var left = await life.Client.SubscribeAsync("/topic/echo", ct: Ct);

        line.Cut();
        await life.UntilAsync(StompClientState.Reconnecting);
        await life.Client.UnsubscribeAsync(left, Ct);
        var late = life.Client.SubscribeAsync("/topic/echo", ct: Ct);
        await life.UntilAsync(StompClientState.Connected, clock);

        await life.Client.SendAsync("/app/echo", "1"u8.ToArray(), ct: Ct);
        Assert.Equal("1", (await kept.ReadAsync(Ct)).Text);
        Assert.Empty(await left.ToListAsync(Ct));
        await late;
        Assert.Equal(2, host.Echo.Count);
    }

    [Fact]
    public async Task K26_A_server_that_goes_away_is_waited_for_and_one_that_forbids_is_not()
    {
        await using var host = await StompHost.StartAsync();
        await using var back = await Life.BeginAsync(host.WebSocketAddress);
        await using var gone = await Life.BeginAsync(host.WebSocketAddress);
        var subscription = await gone.Client.SubscribeAsync("/topic/echo", ct: Ct);

        host.Server.Connections.First(connection => connection.Subscriptions.Count == 0).Close(StompCloseCode.GoingAway, "restart");
        await back.UntilAsync(StompClientState.Connected, times: 2);
        host.Server.Connections.First(connection => connection.Subscriptions.Count > 0).Close(StompCloseCode.NotAllowed, "signed out");
        var closure = await gone.Client.Closed.WaitAsync(WirePeer.Patience, Ct);

        Assert.Equal((1008, "signed out"), ((int)closure.CloseCode!, closure.CloseReason));
        Assert.Equal(StompClientState.Closed, gone.Client.State);
        Assert.Same(closure, gone.Changes.Last().Reason);
        Assert.Same(closure, (await Assert.ThrowsAsync<StompClosedException>(async () => await subscription.ReadAsync(Ct))).Closure);
    }

    [Fact]
    public async Task With_fresh_credentials_it_comes_back_after_1008_until_there_are_none()
    {
        var left = 2;
        await using var host = await StompHost.StartAsync();
        await using var life = await Life.BeginAsync(host.WebSocketAddress, options => options.FreshCredentials = _ =>
            ValueTask.FromResult(left-- > 0 ? new StompCredentials() : null));

        host.Server.Connections.Single().Close(StompCloseCode.NotAllowed, "expired");
        await life.UntilAsync(StompClientState.Connected, times: 2);
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1);
        host.Server.Connections.Single().Close(StompCloseCode.NotAllowed, "expired");

        Assert.IsType<StompNoCredentialsException>((await life.Client.Closed.WaitAsync(WirePeer.Patience, Ct)).Exception);
    }

    [Fact]
    public async Task The_first_connection_is_tried_again_when_asked_for()
    {
        await using var server = new ScriptedServer();
        var changes = new ConcurrentQueue<StompStateChange>();
        var connecting = StompClient.ConnectAsync(server.Address, new StompClientOptions
        {
            OnStateChanged = changes.Enqueue,
            Reconnect = new StompReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(1), RetryOnInitialConnect = true },
        }, Ct);

        (await server.AcceptAsync()).Reset();
        await server.WelcomeAsync();

        await using var client = await connecting.WaitAsync(WirePeer.Patience, Ct);
        Assert.Equal(
            [StompClientState.Connecting, StompClientState.Connecting, StompClientState.Connected], changes.Select(change => change.State));
        await Assert.ThrowsAnyAsync<Exception>(() => StompClient.ConnectAsync(
            new Uri("stomp://127.0.0.1:1"), new StompClientOptions { Reconnect = new StompReconnectOptions() }, Ct));
    }

    [Fact]
    public async Task Closing_or_cancelling_ends_the_tries()
    {
        await using var server = new ScriptedServer();
        var clock = new FakeTimeProvider();
        await using var life = await Life.BeginAsync(server.Address, options => options.Clock = clock, () => server.WelcomeAsync());
        (await life.Welcomed).Reset();
        await life.UntilAsync(StompClientState.Reconnecting);
        var waiting = life.Client.SendAsync("/q", default, whenLost: StompWhenLost.SendAgain, ct: Ct);

        await life.Client.CloseAsync(Ct);

        await Assert.ThrowsAsync<StompClosedException>(() => waiting);
        Assert.Equal(StompClientState.Closed, life.Client.State);

        using var cancel = new CancellationTokenSource();
        var connecting = StompClient.ConnectAsync(server.Address, ct: cancel.Token);
        await server.AcceptAsync(); // it never answers
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    [Fact]
    public async Task Cut_again_and_again_it_keeps_one_order_and_loses_nothing_that_may_come_twice()
    {
        const int Count = 300;
        await using var host = await StompHost.StartAsync();
        await using var line = new Line(host.Address);
        await using var life = await Life.BeginAsync(Live(line), options => options.Reconnect!.InitialDelay = TimeSpan.FromMilliseconds(5));
        await using var watcher = await StompClient.ConnectAsync(host.WebSocketAddress, ct: Ct);
        var echo = await watcher.SubscribeAsync("/topic/echo", ct: Ct);

        using var done = new CancellationTokenSource();
        var cutting = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await Task.Delay(15, CancellationToken.None);
                line.Cut();
                await life.UntilAsync(StompClientState.Connected);
            }
        }, Ct);
        var receipts = new List<Task>();
        for (var i = 0; i < Count; i++)
        {
            receipts.Add(life.Client.SendAsync("/app/echo", Text(i), whenLost: StompWhenLost.SendAgain, ct: Ct));
            if (i % 10 == 0)
                await receipts[^1];
        }

        await Task.WhenAll(receipts);
        await done.CancelAsync();
        await cutting;

        // Each stretch goes up by one; where it was sent again it starts from something that had not been receipted.
        var expected = 0;
        while (expected < Count)
        {
            var number = int.Parse((await echo.ReadAsync(Ct)).Text, CultureInfo.InvariantCulture);
            Assert.True(number <= expected, $"{number} came, {expected} had not");
            expected = Math.Max(expected, number + 1);
        }
    }

    static Uri Live(Line line) => new UriBuilder(line.Address) { Scheme = "ws", Path = "/ws" }.Uri;

    static byte[] Text(int number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A client that comes back at once, and every step of its life.</summary>
    sealed class Life : IAsyncDisposable
    {
        int _seen;

        public StompClient Client { get; private set; } = null!;

        public Task<ScriptedServer.Peer> Welcomed { get; private set; } = null!;

        public ConcurrentQueue<StompStateChange> Changes { get; } = [];

        public static async Task<Life> BeginAsync(
            Uri address, Action<StompClientOptions>? configure = null, Func<Task<ScriptedServer.Peer>>? welcome = null)
        {
            var life = new Life();
            var options = new StompClientOptions
            {
                Reconnect = new StompReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(20), MaxDelay = TimeSpan.FromMilliseconds(200) },
                OnStateChanged = life.Changes.Enqueue,
            };
            configure?.Invoke(options);
            var connecting = StompClient.ConnectAsync(address, options, Ct);
            if (welcome is not null)
                life.Welcomed = Task.FromResult(await welcome());
            life.Client = await connecting;
            life._seen = 2; // Connecting, Connected
            return life;
        }

        public Task<StompClientSubscription> SubscribeAsync(string id) => Client.SubscribeAsync("/d", new StompSubscribeOptions { Id = id }, Ct);

        /// <summary>Waits for a step that has not been waited for yet; a clock is moved on until it comes.</summary>
        public Task UntilAsync(StompClientState state, FakeTimeProvider? clock = null) => Eventually.TrueAsync(
            () =>
            {
                clock?.Advance(TimeSpan.FromMilliseconds(50));
                var index = Changes.Skip(_seen).Select(change => change.State).ToList().IndexOf(state);
                if (index >= 0)
                    _seen += index + 1;
                return index >= 0;
            },
            () => string.Join("; ", Changes));

        /// <summary>Waits until it has come so often since the beginning.</summary>
        public Task UntilAsync(StompClientState state, int times) =>
            Eventually.TrueAsync(() => Changes.Count(change => change.State == state) >= times, () => string.Join("; ", Changes));

        public ValueTask DisposeAsync() => Client.DisposeAsync();
    }
}
