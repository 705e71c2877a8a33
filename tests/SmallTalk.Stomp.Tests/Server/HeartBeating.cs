namespace SmallTalk.Stomp.Tests;

public class HeartBeatsOfTheServer
{
    static readonly Action<StompOptions> EverySecond = options =>
    {
        options.HeartBeatSend = TimeSpan.FromSeconds(1);
        options.HeartBeatReceive = TimeSpan.FromSeconds(1);
    };

    [Fact]
    public async Task S12_32_K10_The_server_is_never_silent_for_longer_than_it_promised()
    {
        await using var host = await StompHost.StartAsync(EverySecond);
        await using var peer = await host.ConnectAsync(headers: "heart-beat:0,1000\n");
        var begin = TimeProvider.System.GetTimestamp();
        var last = begin;

        // A frame now and then, so that beats have to count from it and not from a clock of their own.
        var longest = TimeSpan.Zero;
        for (var i = 0; TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(5); i++)
        {
            if (i % 3 == 1)
                await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\nx\0");
            Assert.NotNull(await peer.ReadMessageAsync(skipHeartBeats: false));
            var gap = TimeProvider.System.GetElapsedTime(last);
            last = TimeProvider.System.GetTimestamp();
            longest = gap > longest ? gap : longest;
        }

        Assert.True(longest <= TimeSpan.FromSeconds(1), $"silent for {longest}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("heart-beat:0,0\n")]
    [InlineData("heart-beat:1000,0\n")]
    public async Task S12_30_S12_31_No_beats_come_for_one_who_wants_none(string header)
    {
        await using var host = await StompHost.StartAsync(EverySecond);
        await using var peer = await host.ConnectAsync(headers: header);
        var begin = TimeProvider.System.GetTimestamp();

        for (var i = 0; TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(3.2); i++)
        {
            if (header.StartsWith("heart-beat:1000", StringComparison.Ordinal))
                await peer.SendAsync("\n");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\nx\0");
        var first = await peer.ReadMessageAsync(skipHeartBeats: false);
        Assert.StartsWith("RECEIPT", System.Text.Encoding.UTF8.GetString(first!.Value.Payload));
    }
}

public class HeartBeatsOfClients
{
    static readonly Action<StompOptions> EverySecond = options =>
    {
        options.HeartBeatSend = TimeSpan.FromSeconds(1);
        options.HeartBeatReceive = TimeSpan.FromSeconds(1);
    };

    [Fact]
    public async Task S12_34_K09_One_who_promised_and_is_silent_is_given_up_after_twice_the_time()
    {
        await using var host = await StompHost.StartAsync(EverySecond);
        await using var peer = await host.ConnectAsync(headers: "heart-beat:1000,0\n");
        var begin = TimeProvider.System.GetTimestamp();

        await peer.RefusedAsync(1002);

        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_handler_that_takes_its_time_makes_nobody_look_dead()
    {
        await using var host = await StompHost.StartAsync(EverySecond, stomp => stomp.MapSend("/app/slow", () => Task.Delay(3000)));
        await using var peer = await host.ConnectAsync(headers: "heart-beat:1000,0\n");

        await peer.SendAsync("SEND\ndestination:/app/slow\nreceipt:1\n\nx\0");

        await peer.ReceiptAsync("1");
    }
}

public class HeartBeatsThatDrip
{
    static readonly Action<StompOptions> EverySecond = options =>
    {
        options.HeartBeatSend = TimeSpan.FromSeconds(1);
        options.HeartBeatReceive = TimeSpan.FromSeconds(1);
    };

    [Fact]
    public async Task S12_33_K09_Any_octets_count_as_a_beat_and_a_late_one_is_forgiven()
    {
        await using var host = await StompHost.StartAsync(EverySecond);
        await using var peer = await host.ConnectAsync(headers: "heart-beat:1000,0\n");

        await Task.Delay(1200, TestContext.Current.CancellationToken);
        await peer.SendAsync("\n");
        foreach (var octet in WirePeer.Encode(1, "SEND\ndestination:/app/echo\nreceipt:1\n\n"u8, isFinal: true).Chunk(20))
        {
            await Task.Delay(900, TestContext.Current.CancellationToken);
            await peer.SendRawAsync(octet);
        }

        await peer.SendAsync("x\0");
        await peer.ReceiptAsync("1");
    }
}

public class DeadPeers
{
    [Fact]
    public async Task K25_One_who_answers_no_ping_is_cut()
    {
        await using var host = await StompHost.StartAsync(options =>
        {
            options.PingInterval = TimeSpan.FromSeconds(1);
            options.PingTimeout = TimeSpan.FromSeconds(1);
        });
        await using var halfOpen = await host.ConnectAsync();
        await using var answering = await host.ConnectAsync();
        var begin = TimeProvider.System.GetTimestamp();

        // The one answers its pings, the other lies dead with its TCP open.
        while (host.Server.ConnectionCount == 2)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < WirePeer.Patience, "it was not noticed");
            var (opcode, payload) = await answering.ReadWebSocketFrameAsync();
            Assert.Equal(9, opcode);
            await answering.SendRawAsync(WirePeer.Encode(10, payload, isFinal: true));
        }

        await halfOpen.EndOfStreamAsync();
        await answering.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\nx\0");
        await answering.ReceiptAsync("1");
    }

    [Fact]
    public async Task K25_One_who_does_not_answer_the_close_is_cut_at_its_deadline()
    {
        await using var host = await StompHost.StartAsync(options => options.CloseTimeout = TimeSpan.FromSeconds(1));
        await using var peer = await host.ConnectAsync();

        host.Server.Connections.Single().Close(1008, "signed out");

        await peer.ClosedAsync(1008);
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
        await peer.EndOfStreamAsync();
    }
}
