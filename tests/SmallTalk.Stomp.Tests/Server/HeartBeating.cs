using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace SmallTalk.Stomp.Tests;

public sealed class HeartBeatingOverWebSocket() : HeartBeating(StompTransport.WebSocket)
{
    [Fact]
    public async Task K25_One_who_answers_no_ping_is_cut()
    {
        await using var host = await StartAsync(options =>
        {
            options.PingInterval = TimeSpan.FromSeconds(10);
            options.PingTimeout = TimeSpan.FromSeconds(5);
        });
        await using var halfOpen = await ConnectAsync(host);
        await using var answering = await ConnectAsync(host);

        Advance(TimeSpan.FromSeconds(10.5));
        Assert.Equal(9, (await halfOpen.ReadWebSocketFrameAsync()).Opcode);
        Assert.Equal(9, (await answering.ReadWebSocketFrameAsync()).Opcode);
        await answering.SendRawAsync(WirePeer.Encode(10, [], isFinal: true));
        await ReceiptAsync(host, answering);
        Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(2, host.Server.ConnectionCount);
        Advance(TimeSpan.FromSeconds(1.5));

        await halfOpen.EndOfStreamAsync();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1);
        await ReceiptAsync(host, answering);
    }
}

public sealed class HeartBeatingOverTcp() : HeartBeating(StompTransport.Tcp);

/// <summary>The clock is the tests': a pulse of the server runs, and writes what is due, while it is moved. What the server must have
/// read before it is moved on is confirmed by a pong or a receipt.</summary>
public abstract class HeartBeating(StompTransport transport) : OverBothTransports(transport)
{
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task S12_32_K10_The_server_is_never_silent_for_longer_than_it_promised()
    {
        await using var host = await StartAsync();
        await using var peer = await ConnectAsync(host, headers: "heart-beat:0,1000\n");
        var outbound = host.Server.Connections.Single().Outbound;

        // A frame now and then, at every distance from the last beat: beats count from it, not from a clock of their own.
        for (var step = 0; step < 400; step++)
        {
            if (step % 37 == 36)
                await ReceiptAsync(host, peer);
            _clock.Advance(Step);
            var silence = _clock.GetElapsedTime(outbound.LastWrite);
            Assert.True(silence <= TimeSpan.FromSeconds(1), $"silent for {silence} at step {step}");
        }

        var beats = 0;
        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:end\n\nx\0");
        while ((await peer.ReadMessageAsync(skipHeartBeats: false))!.Value.Payload is [(byte)'\n'])
            beats++;
        Assert.InRange(beats, 1, 40);
    }

    [Theory]
    [InlineData("")]
    [InlineData("heart-beat:0,0\n")]
    [InlineData("heart-beat:1000,0\n")]
    public async Task S12_30_S12_31_No_beats_come_for_one_who_wants_none(string header)
    {
        await using var host = await StartAsync();
        await using var peer = await ConnectAsync(host, headers: header);

        for (var second = 0; second < 10; second++)
        {
            if (header.StartsWith("heart-beat:1000", StringComparison.Ordinal))
                await ReceiptAsync(host, peer);
            Advance(TimeSpan.FromSeconds(1));
        }

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\nx\0");
        var first = await peer.ReadMessageAsync(skipHeartBeats: false);
        Assert.StartsWith("RECEIPT", System.Text.Encoding.UTF8.GetString(first!.Value.Payload));
    }

    [Fact]
    public async Task S12_31_A_client_that_can_send_only_seldom_is_awaited_as_seldom()
    {
        await using var host = await StartAsync();
        await using var peer = await ConnectAsync(host, headers: "heart-beat:5000,0\n");

        Advance(TimeSpan.FromSeconds(9.9));
        await ReceiptAsync(host, peer);
        Advance(TimeSpan.FromSeconds(10.5));

        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task S12_34_K09_One_who_promised_and_is_silent_is_given_up_after_twice_the_time()
    {
        await using var host = await StartAsync();
        await using var peer = await ConnectAsync(host, headers: "heart-beat:1000,0\n");
        var connection = host.Server.Connections.Single();

        Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(connection.IsClosing);
        Advance(TimeSpan.FromSeconds(0.5));

        Assert.Contains("heart-beat", (await peer.RefusedAsync(1002))["message"]);
    }

    [Fact]
    public async Task S12_33_K09_Any_octets_count_as_a_beat_and_a_late_one_is_forgiven()
    {
        await using var host = await StartAsync();
        await using var peer = await ConnectAsync(host, headers: "heart-beat:1000,0\n");

        var session = host.Server.Sessions.Single();
        var octets = "SEND\ndestination:/app/echo\nreceipt:1\n\nx\0"u8.ToArray();
        for (var i = 0; i < octets.Length; i++)
        {
            await peer.SendAsync([octets[i]]);
            await Eventually.TrueAsync(() => session.LastRead == _clock.GetTimestamp());
            Advance(TimeSpan.FromSeconds(i % 2 == 0 ? 0.95 : 1.2));
        }

        await peer.ReceiptAsync("1");
        Assert.False(host.Server.Connections.Single().IsClosing);
        Assert.Equal(["x"], host.Echo.Bodies);
    }

    [Fact]
    public async Task A_handler_that_takes_its_time_makes_nobody_look_dead()
    {
        var (entered, leave) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/slow", async () =>
        {
            entered.SetResult();
            await leave.Task;
        }));
        await using var peer = await ConnectAsync(host, headers: "heart-beat:1000,0\n");

        await peer.SendAsync("SEND\ndestination:/app/slow\nreceipt:1\n\nx\0");
        await entered.Task;
        Advance(TimeSpan.FromSeconds(30));
        leave.SetResult();

        await peer.ReceiptAsync("1");
    }

    [Fact]
    public async Task K25_One_who_does_not_answer_the_close_is_cut_at_its_deadline()
    {
        await using var host = await StartAsync(options => options.CloseTimeout = TimeSpan.FromSeconds(5));
        await using var peer = await ConnectAsync(host);

        host.Server.Connections.Single().Close(1008, "signed out");
        await peer.ClosedAsync(1008);
        Advance(TimeSpan.FromSeconds(4.5));
        Assert.Equal(1, host.Server.ConnectionCount);
        Advance(TimeSpan.FromSeconds(1));

        await peer.EndOfStreamAsync();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task K17_AMB_20_One_who_does_not_say_CONNECT_in_time_is_refused()
    {
        await using var host = await StartAsync();
        await using var silent = await host.OpenAsync();
        await using var dripping = await host.OpenAsync();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 2);

        for (var second = 0; second < 9; second++)
        {
            await dripping.SendAsync("\n");
            Advance(TimeSpan.FromSeconds(1));
        }

        Assert.All(host.Server.Connections, connection => Assert.False(connection.IsClosing));
        Advance(TimeSpan.FromSeconds(1.5));
        Assert.Contains("in time", (await silent.RefusedAsync(1002))["message"]);
        Assert.Contains("in time", (await dripping.RefusedAsync(1002))["message"]);
    }

    private protected Task<StompHost> StartAsync(Action<StompOptions>? configure = null, Action<StompRouteBuilder>? map = null) => base.StartAsync(
        options =>
        {
            options.HeartBeatSend = options.HeartBeatReceive = TimeSpan.FromSeconds(1);
            configure?.Invoke(options);
        },
        map,
        builder => builder.Services.AddSingleton<TimeProvider>(_clock));

    /// <summary>In steps, as time passes: one leap would skip the pulses between.</summary>
    private protected void Advance(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Step)
            _clock.Advance(Step);
    }

    private protected static async Task ReceiptAsync(StompHost host, WirePeer peer)
    {
        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:sync\n\nx\0");
        await peer.ReceiptAsync("sync");
        await AllWaitAsync(host);
    }

    private protected static async Task<WirePeer> ConnectAsync(StompHost host, string headers = "")
    {
        var peer = await host.ConnectAsync(headers: headers);
        await AllWaitAsync(host);
        return peer;
    }

    /// <summary>An answer may have come while its writer was still at it; until the server waits again, time that passes is no silence.</summary>
    static Task AllWaitAsync(StompHost host) => Eventually.TrueAsync(() => host.Server.Sessions.All(session => session.IsWaiting));
}
