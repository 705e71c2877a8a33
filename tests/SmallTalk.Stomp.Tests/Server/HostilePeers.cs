using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace SmallTalk.Stomp.Tests;

[Collection(Memory.Name)]
public sealed class HostilePeersOverWebSocket() : HostilePeers(StompTransport.WebSocket);

[Collection(Memory.Name)]
public sealed class HostilePeersOverTcp() : HostilePeers(StompTransport.Tcp);

/// <summary>What somebody who means harm may cost: each has a bound on memory or time, and the others are served meanwhile.</summary>
public abstract class HostilePeers(StompTransport transport) : OverBothTransports(transport)
{
    const int Kibi = 1024;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "SEND\ndestination:/app/echo\nx:", 60 * Kibi, 200 * Kibi)]
    [InlineData(true, "SEND\ndestination:/app/echo\n\n", 60 * Kibi, 200 * Kibi)]
    [InlineData(true, "SEND\ndestination:/app/echo\ncontent-length:65000\n\n", 60 * Kibi, 200 * Kibi)]
    [InlineData(false, "CONNECT\naccept-version:1.2\nx:", 7 * Kibi, 72 * Kibi)]
    public async Task K17_Three_hundred_endless_frames_hold_what_their_limit_allows_and_no_more(bool isConnected, string begin, int below, int bytesEach)
    {
        const int Crowd = 300;
        await using var host = await StartAsync();
        await PassAsync(host);
        var start = Memory.Used();
        var peers = new List<RawPeer>();
        for (var i = 0; i < Crowd; i++)
        {
            peers.Add(isConnected ? await RawPeer.ConnectAsync(host) : await RawPeer.OpenAsync(host));
            await peers[i].SendAsync(begin);
            await peers[i].SendAsync(Xs.AsMemory(0, below));
        }

        await PassAsync(host); // it came after them all
        var each = (Memory.Used() - start) / Crowd;
        Assert.True(each < bytesEach, $"{each:N0} bytes each");
        Assert.Equal(Crowd, host.Server.ConnectionCount);

        foreach (var peer in peers)
        {
            await peer.FloodAsync(Xs, 1);
            Assert.Contains("message:", await peer.ErrorAsync());
            peer.Dispose();
        }

        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0, () => $"{host.Server.ConnectionCount} connections");
        await Memory.BackAtAsync(start);
        Assert.Empty(host.Echo.Bodies);
    }

    [Fact]
    public async Task One_who_goes_on_sending_after_its_ERROR_is_cut_when_its_time_is_over()
    {
        await using var host = await StartAsync(options => options.CloseTimeout = TimeSpan.FromSeconds(1));
        using var peer = await RawPeer.ConnectAsync(host);
        var start = Memory.Used();
        var begin = TimeProvider.System.GetTimestamp();

        await peer.SendAsync("SEND\ndestination:/app/echo\nx:");
        var flooding = peer.FloodAsync(Xs, 1_000_000_000);
        await PassAsync(host);

        await flooding.WaitAsync(WirePeer.Patience, Ct);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(6));
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
        await Memory.BackAtAsync(start);
    }

    [Fact]
    public async Task One_octet_a_second_does_not_hold_a_place_beyond_the_time_for_CONNECT()
    {
        var clock = new FakeTimeProvider();
        await using var host = await StartAsync(build: builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var peer = await RawPeer.OpenAsync(host);
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 1);

        foreach (var octet in "CONNECT\na")
        {
            await peer.SendAsync($"{octet}");
            for (var i = 0; i < 20; i++)
                clock.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.False(host.Server.Connections.Single().IsClosing);
        for (var i = 0; i < 40; i++)
            clock.Advance(TimeSpan.FromMilliseconds(50));
        await peer.UntilAsync("no CONNECT came in time");
    }

    [Fact]
    public async Task K17_A_thousand_who_never_say_CONNECT_cost_little_and_are_sent_away()
    {
        const int Crowd = 1000;
        var clock = new FakeTimeProvider();
        await using var host = await StartAsync(build: builder => builder.Services.AddSingleton<TimeProvider>(clock));
        await PassAsync(host);
        var start = Memory.Used();
        var peers = new List<RawPeer>();
        for (var i = 0; i < Crowd; i++)
            peers.Add(await RawPeer.OpenAsync(host));
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == Crowd);

        var each = (Memory.Used() - start) / Crowd;
        Assert.True(each < 24 * Kibi, $"{each:N0} bytes each");
        for (var i = 0; i < 210; i++)
            clock.Advance(TimeSpan.FromMilliseconds(50));

        foreach (var peer in peers)
        {
            Assert.Contains("in time", await peer.ErrorAsync());
            peer.Dispose();
        }

        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0, () => $"{host.Server.ConnectionCount} connections");
        await Memory.BackAtAsync(start);
    }

    [Fact]
    public async Task Ten_thousand_subscriptions_end_at_the_limit()
    {
        await using var host = await StartAsync();
        using var peer = await RawPeer.ConnectAsync(host);
        var frames = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"SUBSCRIBE\nid:{i}\ndestination:/topic/echo\n\n\0")));

        await peer.SendAsync(frames);

        Assert.Contains("too-many-subscriptions", await peer.ErrorAsync());
        peer.Dispose();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0 && host.Echo.Count == 0);
    }

    [Fact]
    public async Task Ten_thousand_subscriptions_where_they_are_allowed_take_little_time_and_memory()
    {
        const int Many = 10_000;
        await using var host = await StartAsync(
            options => options.MaxSubscriptions = Many, stomp => stomp.MapSubscribe("/topic/many/{n}", (int n) => { }));
        using var peer = await RawPeer.ConnectAsync(host);
        var frames = Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Range(0, Many).Select(i => $"SUBSCRIBE\nid:{i}\ndestination:/topic/many/{i}\n\n\0"))
            + "SEND\ndestination:/app/echo\nreceipt:done\n\nx\0");
        var start = Memory.Used(); // with the frames
        var begin = TimeProvider.System.GetTimestamp();

        await peer.SendAsync(frames);
        await peer.UntilAsync("receipt-id:done");

        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Equal(Many, host.Server.Connections.Single().Subscriptions.Count);
        var each = (Memory.Used() - start) / Many;
        GC.KeepAlive(frames);
        Assert.True(each < 1024, $"{each:N0} bytes each");
        begin = TimeProvider.System.GetTimestamp();
        await peer.SendAsync(string.Concat(Enumerable.Range(0, Many).Select(i => $"UNSUBSCRIBE\nid:{i}\n\n\0")) + "SEND\ndestination:/app/echo\nreceipt:gone\n\nx\0");
        await peer.UntilAsync("receipt-id:gone");
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Empty(host.Server.Connections.Single().Subscriptions);
    }

    [Fact]
    public async Task K02_A_storm_of_SUBSCRIBE_and_UNSUBSCRIBE_leaves_nothing_and_holds_nobody_up()
    {
        await using var host = await StartAsync();
        await using var other = await host.ConnectAsync();
        using var peer = await RawPeer.ConnectAsync(host);
        var storm = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(_ => "SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0UNSUBSCRIBE\nid:a\n\n\0")));
        var start = Memory.Used();

        var raging = peer.FloodAsync(storm, 100); // 50,000 pairs
        for (var i = 0; i < 50; i++)
        {
            var begin = TimeProvider.System.GetTimestamp();
            await other.SendAsync("SEND\ndestination:/app/echo\nreceipt:o\n\nx\0");
            await other.ReceiptAsync("o");
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(3));
        }

        await raging.WaitAsync(WirePeer.Patience, Ct);
        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:done\n\nx\0");
        await peer.UntilAsync("receipt-id:done");
        Assert.Equal(0, host.Echo.Count);
        Assert.Empty(host.Server.Connections.SelectMany(connection => connection.Subscriptions));
        await Memory.BackAtAsync(start, 4 * 1024 * Kibi);
    }

    [Fact]
    public async Task K15_One_who_asks_for_receipts_and_never_reads_them_is_closed()
    {
        await using var host = await StartAsync(options => (options.OutboundQueueBytes, options.CloseTimeout) = (256 * Kibi, TimeSpan.FromSeconds(1)));
        using var peer = await RawPeer.ConnectAsync(host);
        var connection = host.Server.Connections.Single();
        var start = Memory.Used();
        var frames = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0UNSUBSCRIBE\nid:a\nreceipt:r\n\n\0", 500)));

        var flooding = peer.FloodAsync(frames, 1_000_000);
        await Eventually.TrueAsync(() =>
        {
            Assert.InRange(connection.QueuedBytes, 0, 300 * Kibi);
            return host.Server.ConnectionCount == 0;
        });

        await flooding.WaitAsync(WirePeer.Patience, Ct);
        Assert.Contains(host.Log.Lines, line => line.Contains("more slowly"));
        await Memory.BackAtAsync(start);
    }

    [Fact]
    public async Task K21_Ten_thousand_cut_in_every_phase_leave_nothing()
    {
        var live = 0;
        await using var host = await StartAsync(options =>
        {
            options.OnConnected(_ => Count(1));
            options.OnDisconnected(_ => Count(-1));
        });
        await PassAsync(host);
        var start = Memory.Used();

        await Parallel.ForAsync(0, 10_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            using var peer = await RawPeer.OpenAsync(host);
            await peer.SendAsync(((i / 2) % 6) switch
            {
                0 => "",
                1 => "CONN",
                2 => "CONNECT\naccept-version:1.2\n\n\0",
                3 => "CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0",
                4 => "CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\nreceipt:1\n\nin the midd",
                _ => "CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:a\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\n\nx\0NONSENSE",
            });
            if (i % 4 == 1 && i / 2 % 6 >= 2)
                await peer.NextAsync(); // CONNECTED
            if (i % 2 == 0)
                peer.Socket.LingerState = new System.Net.Sockets.LingerOption(true, 0); // a reset, otherwise a FIN
        });

        await Eventually.TrueAsync(
            () => host.Server.ConnectionCount == 0 && host.Echo.Count == 0 && live == 0,
            () => $"{host.Server.ConnectionCount} connections, {host.Echo.Count} subscriptions, {live} live");
        host.Echo.Bodies.Clear();
        host.Log.Lines.Clear();
        await Memory.BackAtAsync(start);

        ValueTask Count(int by)
        {
            Interlocked.Add(ref live, by);
            return default;
        }
    }

    [Fact]
    public async Task K26_Two_thousand_are_not_told_in_the_same_instant_that_the_server_goes_away()
    {
        const int Crowd = 2000;
        await using var host = await StartAsync(options => (options.DrainSpread, options.CloseTimeout) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)));
        var peers = new List<RawPeer>();
        for (var i = 0; i < Crowd; i++)
            peers.Add(await RawPeer.ConnectAsync(host));

        var begin = TimeProvider.System.GetTimestamp();
        var ends = peers.Select(async peer =>
        {
            await peer.NextAsync();
            peer.Dispose();
            return TimeProvider.System.GetElapsedTime(begin);
        }).ToList();
        await host.StopAsync();

        var after = await Task.WhenAll(ends);
        Assert.True(after.Max() < TimeSpan.FromSeconds(8), $"the last after {after.Max()}");
        var most = after.GroupBy(end => (int)(end.TotalMilliseconds / 250)).Max(group => group.Count());
        Assert.True(most < Crowd / 4, $"{most} in a quarter of a second");
    }

    /// <summary>A subscription is kept as long as it lives, so its id and destination must not be as long as a frame.</summary>
    [Theory]
    [InlineData("id")]
    [InlineData("destination")]
    public async Task What_is_kept_of_a_SUBSCRIBE_is_short(string header)
    {
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/named/{name}", (string name) => { }));
        await using var peer = await host.ConnectAsync();
        string Subscribe(string name) => header == "id"
            ? $"SUBSCRIBE\nid:{name}\ndestination:/topic/echo\nreceipt:1\n\n\0"
            : $"SUBSCRIBE\nid:1\ndestination:/topic/named/{name}\nreceipt:1\n\n\0";

        await peer.SendAsync(Subscribe(new string('x', 1000)));
        await peer.ReceiptAsync("1");
        await peer.SendAsync(Subscribe(new string('y', 60_000)).Replace("id:1\n", "id:2\n", StringComparison.Ordinal));

        Assert.Contains(header, (await peer.RefusedAsync(1009))["message"]);
    }

    [Theory]
    [InlineData("1,1", "20000,60000")]
    [InlineData("2147483647,2147483647", "20000,0")]
    [InlineData("99999999999999999999999999,1", "20000,0")]
    [InlineData("0,99999999999999999999999999", "20000,60000")]
    public async Task AMB_14_Huge_and_tiny_heart_beats_are_bounded(string wishes, string agreed)
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync($"CONNECT\naccept-version:1.2\nheart-beat:{wishes}\n\n\0SEND\ndestination:/app/echo\nreceipt:1\n\nx\0");

        Assert.Equal(agreed, (await peer.ReadAsync("CONNECTED"))["heart-beat"]);
        await peer.ReceiptAsync("1");
    }

    [Theory]
    [InlineData("/topic/rooms/..")]
    [InlineData("/topic/rooms/../../etc/passwd")]
    [InlineData("/topic/rooms/*")]
    [InlineData("/topic/**")]
    [InlineData("/topic/rooms/>")]
    [InlineData("/topic/rooms/#")]
    [InlineData("/topic/rooms/{room}")]
    [InlineData("/topic/rooms/1\\n2")]
    [InlineData("/topic/rooms/1\\r\\nERROR")]
    [InlineData("/topic/rooms/1\u0001")]
    [InlineData("/topic/rooms/\u001b[31m1")]
    [InlineData("/topic/rooms/1\u007f")]
    [InlineData("/topic/rooms/\u202e1")]
    [InlineData("/topic/rooms/%2e%2e")]
    [InlineData("/topic/rooms/1;drop")]
    [InlineData("\\\\topic\\\\rooms\\\\1")]
    public async Task K19_Strange_destinations_reach_no_handler_and_write_no_lines_of_their_own(string destination)
    {
        var calls = 0;
        await using var host = await StartAsync(map: stomp =>
        {
            stomp.MapSubscribe("/topic/rooms/{room}", (long room) => { calls++; });
            stomp.MapSend("/topic/rooms/{room}", (long room) => { calls++; });
        });
        foreach (var frame in new[] { $"SUBSCRIBE\nid:1\ndestination:{destination}\nreceipt:7\n\n\0", $"SEND\ndestination:{destination}\nreceipt:7\n\nx\0" })
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync(frame);
            var error = await peer.RefusedAsync(1008);
            Assert.Equal(("7", "no-such-destination"), (error["receipt-id"], error["code"]));
            Assert.All(error.Headers, h => Assert.Contains(h.Key, new[] { "message", "receipt-id", "code", "content-type", "content-length" }));
            Assert.DoesNotContain('\u001b', error.Text);
        }

        Assert.Equal(0, calls);
        Assert.Empty(host.Log.Errors);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains('\u001b') || line.Contains("\nERROR", StringComparison.Ordinal));
    }

    static readonly byte[] Xs = Encoding.ASCII.GetBytes(new string('x', 64 * Kibi));

    /// <summary>Another is served meanwhile: it connects, sends and goes.</summary>
    static async Task PassAsync(StompHost host)
    {
        await using var peer = await host.ConnectAsync();
        var begin = TimeProvider.System.GetTimestamp();
        await peer.SendAsync("SUBSCRIBE\nid:p\ndestination:/topic/echo\nreceipt:p\n\n\0DISCONNECT\nreceipt:q\n\n\0");
        await peer.ReceiptAsync("p");
        await peer.ReceiptAsync("q");
        Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(4), "others are held up");
        await peer.DisposeAsync();
        await Eventually.TrueAsync(() => host.Echo.Count == 0);
    }
}
