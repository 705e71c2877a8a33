using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace SmallTalk.Stomp.Tests;

public class TheClient
{
    static readonly StompRefusal Full = new("full", 409, "No seat is left.");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.0", StompTransport.WebSocket)]
    [InlineData("1.1", StompTransport.WebSocket)]
    [InlineData("1.2", StompTransport.WebSocket)]
    [InlineData("1.0", StompTransport.Tcp)]
    [InlineData("1.1", StompTransport.Tcp)]
    [InlineData("1.2", StompTransport.Tcp)]
    public async Task Sends_with_receipts_and_reads_its_subscriptions(string version, StompTransport transport)
    {
        await using var host = await StompHost.StartAsync(transport: transport);
        await using var minji = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        await using var jun = await StompClient.ConnectAsync(host.ClientAddress, new StompClientOptions { AcceptVersion = version }, Ct);
        var echo = await minji.SubscribeAsync("/topic/echo", ct: Ct);
        var own = await jun.SubscribeAsync("/topic/echo", ct: Ct);
        var header = version == "1.0" ? "가:나\\다" : "가:나\\다\n라";

        var receipt = await jun.SendAsync("/app/echo", Encoding.UTF8.GetBytes("안녕 👋"), "text/plain", [new("x", header)], ct: Ct);
        await jun.SendAsync("/app/echo", new byte[] { 0, 0xFF, 10, 0 }, ct: Ct);

        Assert.Equal(StompCommand.Receipt, receipt.Command);
        foreach (var subscription in new[] { echo, own })
        {
            var message = await subscription.ReadAsync(Ct);
            Assert.Equal(("안녕 👋", "text/plain", header), (message.Text, message["content-type"], message["x"]));
            Assert.Equal([0, 0xFF, 10, 0], (await subscription.ReadAsync(Ct)).Body.ToArray());
        }

        Assert.Equal(version, jun.Connected["version"]);
        var closure = await minji.CloseAsync(Ct);
        Assert.Equal((transport == StompTransport.Tcp ? null : WebSocketCloseStatus.NormalClosure, null), (closure.CloseCode, closure.Error));
        await Assert.ThrowsAsync<StompClosedException>(() => minji.SendAsync("/app/echo", default, ct: Ct));
        Assert.Empty(await echo.ToListAsync(Ct));
    }

    [Fact]
    public async Task Gives_the_server_its_credentials()
    {
        var seen = new List<string?>();
        await using var host = await StompHost.StartAsync(options => options.Authenticate = (connect, http, _) =>
        {
            seen.AddRange([connect.BearerToken, connect.Login, connect.Passcode, connect["x"], http!.Request.Headers.Cookie]);
            return ValueTask.FromResult(StompAuthentication.Accept(new()));
        });

        await using var client = await StompClient.ConnectAsync(host.ClientAddress, new StompClientOptions
        {
            BearerToken = "token",
            Login = "민지",
            Passcode = "a:b\\c",
            ConnectHeaders = { ["x"] = "y" },
            HandshakeHeaders = { ["Cookie"] = "session=1" },
        }, Ct);

        Assert.Equal(["token", "민지", "a:b\\c", "y", "session=1"], seen);
    }

    [Fact]
    public async Task Hears_why_it_was_not_let_in()
    {
        await using var host = await StompHost.StartAsync(options =>
        {
            options.Authenticate = (_, _, _) => ValueTask.FromResult(StompAuthentication.Refuse());
            options.AllowOrigin = StompOrigin.IsAbsentOrSame;
        });

        var refused = await Assert.ThrowsAsync<StompErrorException>(() => StompClient.ConnectAsync(host.ClientAddress, ct: Ct));
        Assert.Equal("not-authenticated", refused.Error["code"]);
        await Assert.ThrowsAsync<StompHandshakeException>(() => StompClient.ConnectAsync(
            host.ClientAddress, new StompClientOptions { HandshakeHeaders = { ["Origin"] = "https://evil.example" } }, Ct));
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task Hears_a_refusal_as_an_exception_of_the_call_and_lives_on(StompTransport transport)
    {
        var unasked = new TaskCompletionSource<StompRefusedException>();
        await using var host = await StompHost.StartAsync(transport: transport, map: stomp =>
        {
            stomp.MapSend("/app/seats", () => Full);
            stomp.MapSubscribe("/topic/seats", () => Full);
        });
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, new StompClientOptions
        {
            RefusalDestination = "/user/queue/errors",
            OnRefusal = unasked.SetResult,
        }, Ct);

        var send = await Assert.ThrowsAsync<StompRefusedException>(() => client.SendAsync("/app/seats", default, ct: Ct));
        var subscribe = await Assert.ThrowsAsync<StompRefusedException>(() => client.SubscribeAsync("/topic/seats", ct: Ct));
        await client.SendAndForgetAsync("/app/seats", default, ct: Ct);

        Assert.Equal(("full", "No seat is left."), (send.Code, send.Title));
        Assert.Equal("full", subscribe.Code);
        Assert.Equal("full", (await unasked.Task.WaitAsync(WirePeer.Patience, Ct)).Code);
        await client.SendAsync("/app/echo", default, ct: Ct);
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task K07_A_subscription_that_the_server_ends_ends_with_the_reason(StompTransport transport)
    {
        StompSubscription? room = null;
        await using var host = await StompHost.StartAsync(transport: transport, map: stomp => stomp.MapSubscribe("/topic/room", (StompSubscription s) => { room = s; }));
        await using var client = await StompClient.ConnectAsync(
            host.ClientAddress, new StompClientOptions { RefusalDestination = "/user/queue/errors" }, Ct);
        var subscription = await client.SubscribeAsync("/topic/room", ct: Ct);

        room!.Send(new StompMessage("/topic/room", "last"u8.ToArray()));
        room.End(Full);

        Assert.Equal("last", (await subscription.ReadAsync(Ct)).Text);
        Assert.Equal("full", (await Assert.ThrowsAsync<StompRefusedException>(async () => await subscription.ReadAsync(Ct))).Code);
        await client.UnsubscribeAsync(subscription, Ct);
    }

    [Fact]
    public async Task An_ERROR_fails_the_call_that_it_answers_and_everything_that_waits()
    {
        await using var host = await StompHost.StartAsync(map: stomp =>
        {
            stomp.MapSend("/app/never", () => StompResult.When(new TaskCompletionSource<IStompResult?>().Task));
            stomp.MapSend("/app/seats", () => Full);
        });
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        var subscription = await client.SubscribeAsync("/topic/echo", ct: Ct);
        var waiting = client.SendAsync("/app/never", default, ct: Ct);

        var error = await Assert.ThrowsAsync<StompErrorException>(() => client.SendAsync("/app/seats", default, ct: Ct));

        Assert.Equal(("No seat is left.", "full"), (error.Message, error.Error["code"]));
        var closed = await Assert.ThrowsAsync<StompClosedException>(() => waiting);
        Assert.Equal(("full", StompCloseCode.NotAllowed, "full"),
            (closed.Closure.Error!["code"], (int)closed.Closure.CloseCode!, closed.Closure.CloseReason));
        await Assert.ThrowsAsync<StompClosedException>(async () => await subscription.ReadAsync(Ct));
        Assert.Same(closed.Closure, await client.Closed);
    }

    [Fact]
    public async Task Hears_the_code_and_the_reason_of_a_close()
    {
        await using var host = await StompHost.StartAsync();
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);

        host.Server.Connections.Single().Close(StompCloseCode.NotAllowed, "signed out");

        var closure = await client.Closed.WaitAsync(WirePeer.Patience, Ct);
        Assert.Equal((StompCloseCode.NotAllowed, "signed out"), ((int)closure.CloseCode!, closure.CloseReason));
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task K16_A_reader_that_never_reads_holds_up_nothing_else(StompTransport transport)
    {
        await using var host = await StompHost.StartAsync(transport: transport);
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        var ending = await client.SubscribeAsync("/topic/echo", new StompSubscribeOptions { Capacity = 10 }, Ct);
        var dropping = await client.SubscribeAsync("/topic/echo", new StompSubscribeOptions { Capacity = 10, Overflow = StompOverflow.DropOldest }, Ct);
        var reading = await client.SubscribeAsync("/topic/echo", ct: Ct);

        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync("/app/echo", Encoding.UTF8.GetBytes($"{i}"), ct: Ct);
            Assert.Equal($"{i}", (await reading.ReadAsync(Ct)).Text);
        }

        for (var i = 0; i < 10; i++)
            Assert.Equal($"{i}", (await ending.ReadAsync(Ct)).Text);
        await Assert.ThrowsAsync<StompOverflowException>(async () => await ending.ReadAsync(Ct));
        for (var i = 90; i < 100; i++)
            Assert.Equal($"{i}", (await dropping.ReadAsync(Ct)).Text);
        Assert.Equal(90, dropping.Dropped);
        await Eventually.TrueAsync(() => host.Echo.Count == 2, () => $"{host.Echo.Count} subscriptions"); // the ended one was unsubscribed
    }

    [Fact]
    public async Task Cancelling_ends_the_waiting_only()
    {
        var outcome = new TaskCompletionSource<IStompResult?>();
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapSend("/app/later", () => StompResult.When(outcome.Task)));
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        using var cancel = new CancellationTokenSource();

        var sending = client.SendAsync("/app/later", default, ct: cancel.Token);
        await client.SendAsync("/app/echo", default, ct: Ct);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        outcome.SetResult(null);

        await client.SendAsync("/app/echo", default, ct: Ct);
    }

    [Fact]
    public async Task Unsubscribes_and_what_came_before_can_still_be_read()
    {
        await using var host = await StompHost.StartAsync();
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        var subscription = await client.SubscribeAsync("/topic/echo", ct: Ct);
        await client.SendAsync("/app/echo", "1"u8.ToArray(), ct: Ct);

        await client.UnsubscribeAsync(subscription, Ct);
        await client.SendAsync("/app/echo", "2"u8.ToArray(), ct: Ct);

        Assert.Equal(["1"], (await subscription.ToListAsync(Ct)).Select(message => message.Text));
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task K14_Many_callers_at_once_share_one_writer(StompTransport transport)
    {
        await using var host = await StompHost.StartAsync(transport: transport);
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        var subscription = await client.SubscribeAsync("/topic/echo", ct: Ct);

        await Parallel.ForAsync(0, 1000, Ct, async (i, ct) => await client.SendAsync("/app/echo", Encoding.UTF8.GetBytes(new string('x', i) + $",{i}"), ct: ct));

        var seen = new HashSet<int>();
        for (var i = 0; i < 1000; i++)
        {
            var text = (await subscription.ReadAsync(Ct)).Text;
            var number = int.Parse(text.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(new string('x', number) + $",{number}", text);
            seen.Add(number);
        }

        Assert.Equal(1000, seen.Count);
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task K10_Beats_as_it_promised(StompTransport transport)
    {
        var serverClock = new FakeTimeProvider();
        await using var host = await StompHost.StartAsync(transport: transport,
            configure: options => options.HeartBeatReceive = TimeSpan.FromSeconds(1),
            build: builder => builder.Services.AddSingleton<TimeProvider>(serverClock));
        var clientClock = new FakeTimeProvider();
        await using var client = await StompClient.ConnectAsync(
            host.ClientAddress, new StompClientOptions { HeartBeatSend = TimeSpan.FromSeconds(1), Clock = clientClock }, Ct);

        // The server would give it up after two seconds of its own clock, which stands still unless a beat has come.
        for (var beats = 0; beats < 5; beats++)
        {
            var before = host.Server.Sessions.Single().LastRead;
            serverClock.Advance(TimeSpan.FromMilliseconds(900));
            await Eventually.TrueAsync(() =>
            {
                clientClock.Advance(TimeSpan.FromMilliseconds(100));
                return host.Server.Sessions.Single().LastRead > before;
            });
        }

        Assert.False(client.Closed.IsCompleted);
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task Gives_a_silent_server_up(StompTransport transport)
    {
        await using var host = await StompHost.StartAsync(transport: transport,
            configure: options => options.HeartBeatSend = TimeSpan.FromSeconds(1),
            build: builder => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider()));
        var clock = new FakeTimeProvider();
        await using var client = await StompClient.ConnectAsync(
            host.ClientAddress, new StompClientOptions { HeartBeatReceive = TimeSpan.FromSeconds(1), HeartBeatSend = TimeSpan.Zero, Clock = clock }, Ct);

        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            return client.Closed.IsCompleted;
        });

        Assert.IsType<TimeoutException>((await client.Closed).Exception);
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task Closes_in_order_after_everything_that_was_sent_and_dies_at_once_when_told_to(StompTransport transport)
    {
        await using var host = await StompHost.StartAsync(transport: transport);
        await using var polite = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        await using var rude = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);

        for (var i = 0; i < 100; i++)
            await polite.SendAndForgetAsync("/app/echo", Encoding.UTF8.GetBytes($"{i}"), ct: Ct);
        await polite.CloseAsync(Ct);
        Assert.Equal(100, host.Echo.Bodies.Count);
        rude.Abort();

        await rude.Closed.WaitAsync(WirePeer.Patience, Ct);
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
    }
}
