namespace SmallTalk.Stomp.Tests;

public sealed class ConnectingOverWebSocket() : Connecting(StompTransport.WebSocket);

public sealed class ConnectingOverTcp() : Connecting(StompTransport.Tcp);

public abstract class Connecting(StompTransport transport) : OverBothTransports(transport)
{
    [Fact]
    public async Task S10_22_S12_24_A_client_without_accept_version_gets_a_session_of_1_0()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("CONNECT\nlogin:a\n\n\0");

        var connected = await peer.ReadAsync("CONNECTED");
        Assert.Equal("1.0", connected["version"]);
        Assert.Null(connected["heart-beat"]);
        Assert.NotNull(connected["session"]);
    }

    [Theory]
    [InlineData("1.0,1.1,2.0", "1.1")]
    [InlineData("1.2,1.1,1.0", "1.2")]
    [InlineData("1.0,1.1,1.2", "1.2")]
    [InlineData("1.1", "1.1")]
    [InlineData("1.0, 1.1", "1.1")]
    [InlineData(" 1.0 ,9.9", "1.0")]
    public async Task S12_23_AMB_26_The_highest_common_version_is_used(string accept, string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync($"CONNECT\naccept-version:{accept}\nhost:x\n\n\0");

        Assert.Equal(version, (await peer.ReadAsync("CONNECTED"))["version"]);
    }

    [Fact]
    public async Task S12_25_Without_a_common_version_the_error_says_which_there_are()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("CONNECT\naccept-version:9.9\nhost:x\n\n\0");

        Assert.Equal("1.0,1.1,1.2", (await peer.RefusedAsync(1002))["version"]);
    }

    [Fact]
    public async Task S12_26_S12_27_STOMP_is_a_CONNECT_and_the_host_may_be_missing()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("STOMP\naccept-version:1.2\n\n\0");

        await peer.ReadAsync("CONNECTED");
    }

    [Fact]
    public async Task S12_28_S12_35_CONNECTED_comes_first_and_says_version_session_server_and_heart_beat()
    {
        await using var host = await StartAsync();
        await using var one = await host.OpenAsync();
        await using var other = await host.OpenAsync();

        await one.SendAsync("CONNECT\naccept-version:1.2\nheart-beat:1000,1000\n\n\0");
        await other.SendAsync("CONNECT\naccept-version:1.2\n\n\0");

        var connected = WireFrame.Parse((await one.ReadMessageAsync(skipHeartBeats: false))!.Value.Payload, isText: true);
        Assert.Equal("CONNECTED", connected.Command);
        Assert.Single(connected.Headers, h => h.Key == "version");
        Assert.Equal("20000,60000", connected["heart-beat"]);
        Assert.Matches(@"^SmallTalk/\d+\.\d+$", connected["server"]);
        Assert.NotEqual(connected["session"], (await other.ReadAsync("CONNECTED"))["session"]);
    }

    [Fact]
    public async Task S12_09_K04_The_headers_of_CONNECT_are_literal()
    {
        string? passcode = null;
        await using var host = await StartAsync(options => options.Authenticate = (connect, _, _) =>
        {
            passcode = connect.Passcode;
            return ValueTask.FromResult(StompAuthentication.Accept(new()));
        });
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("CONNECT\naccept-version:1.2\nlogin:a\npasscode:a\\tb:c\\n\nx:C:\\temp\n\n\0");

        await peer.ReadAsync("CONNECTED");
        Assert.Equal("a\\tb:c\\n", passcode);
    }

    [Fact]
    public async Task S12_29_A_refused_login_gets_an_ERROR_and_no_CONNECTED()
    {
        await using var host = await StartAsync(options => options.Authenticate = (connect, _, _) =>
            ValueTask.FromResult(connect.BearerToken == "good" ? StompAuthentication.Accept(new()) : StompAuthentication.Refuse()));
        await using var bad = await host.OpenAsync();
        await using var good = await host.OpenAsync();

        await bad.SendAsync("CONNECT\naccept-version:1.2\nAuthorization:Bearer bad\n\n\0SEND\ndestination:/app/echo\nreceipt:1\n\nx\0");
        await good.SendAsync("CONNECT\naccept-version:1.2\nAuthorization:Bearer good\n\n\0");

        Assert.Equal("The credentials are not valid.", (await bad.RefusedAsync(1008))["message"]);
        await good.ReadAsync("CONNECTED");
        Assert.Empty(host.Echo.Bodies); // K08
    }

    [Theory]
    [InlineData("SEND\ndestination:/app/echo\nreceipt:1\n\nx\0")]
    [InlineData("SUBSCRIBE\nid:1\ndestination:/topic/echo\n\n\0")]
    [InlineData("BEGIN\ntransaction:1\n\n\0")]
    [InlineData("DISCONNECT\nreceipt:1\n\n\0")]
    public async Task K08_AMB_20_Nothing_is_processed_before_CONNECT(string frame)
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync(frame + "CONNECT\naccept-version:1.2\n\n\0");

        Assert.Contains("before CONNECT", (await peer.RefusedAsync(1002))["message"]);
        Assert.Empty(host.Echo.Bodies);
        Assert.Equal(0, host.Echo.Count);
    }

    [Fact]
    public async Task AMB_19_A_second_CONNECT_is_refused()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("CONNECT\naccept-version:1.2\n\n\0");

        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task AMB_15_A_receipt_of_CONNECT_is_ignored()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("CONNECT\naccept-version:1.2\nreceipt:1\n\n\0SEND\ndestination:/app/echo\nreceipt:2\n\nx\0");

        await peer.ReadAsync("CONNECTED");
        await peer.ReceiptAsync("2");
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("1000")]
    [InlineData("1,2,3")]
    [InlineData("")]
    [InlineData("-1,0")]
    public async Task AMB_13_AMB_14_A_malformed_or_negative_heart_beat_is_refused_before_CONNECTED(string heartBeat)
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync($"CONNECT\naccept-version:1.2\nheart-beat:{heartBeat}\n\n\0");

        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task AMB_14_A_huge_heart_beat_is_accepted_and_CONNECTED_says_that_none_is_expected()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("CONNECT\naccept-version:1.2\nheart-beat:99999999999,99999999999\n\n\0");

        Assert.Equal("20000,0", (await peer.ReadAsync("CONNECTED"))["heart-beat"]);
    }

    [Fact]
    public async Task K17_AMB_20_Before_CONNECTED_frames_are_small()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("CONNECT\naccept-version:1.2\nx:" + new string('a', 9000));

        await peer.RefusedAsync(1009);
    }

    [Fact]
    public async Task AMB_32_A_byte_order_mark_is_no_command()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("\uFEFFCONNECT\naccept-version:1.2\n\n\0");

        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task S12_02_AMB_07_A_whole_session_may_end_its_lines_with_CRLF()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("CONNECT\r\naccept-version:1.2\r\nhost:x\r\n\r\n\0\r\n\r\n");
        Assert.Equal("1.2", (await peer.ReadAsync("CONNECTED"))["version"]);
        await peer.SendAsync("SEND\r\ndestination:/app/echo\r\nreceipt:a\r\n\r\nbody\r\n\0\r\n");

        await peer.ReceiptAsync("a");
        Assert.Equal("body\r\n", host.Echo.Bodies.Single());
    }

    [Fact]
    public async Task S11_03_AMB_07_In_1_1_a_CR_belongs_to_the_value()
    {
        await using var host = await StartAsync();
        await using var peer = await host.OpenAsync(null);
        await peer.SendAsync("CONNECT\r\naccept-version:1.1\r\n\r\n\0");
        Assert.Equal("1.1", (await peer.ReadAsync("CONNECTED"))["version"]);

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:a\r\n\nx\0");

        await peer.ReceiptAsync("a\r");
    }

    [Fact]
    public async Task The_hooks_run_once_each_however_the_connection_ends()
    {
        var (came, went) = (0, 0);
        await using var host = await StartAsync(options =>
        {
            options.OnConnected(_ => Count(ref came));
            options.OnDisconnected(_ => Count(ref went));
        });

        await using (var polite = await host.ConnectAsync())
        {
            await polite.SendAsync("DISCONNECT\n\n\0");
            await polite.ClosedAsync(1000);
        }

        await using (var faulty = await host.ConnectAsync())
        {
            await faulty.SendAsync("NONSENSE\n\n\0");
            await faulty.RefusedAsync(1002);
        }

        await using (await host.ConnectAsync())
        {
        }

        await using (await host.OpenAsync())
        {
        }

        await Eventually.TrueAsync(() => went == 3 && host.Server.ConnectionCount == 0, () => $"came {came}, went {went}");
        Assert.Equal(3, came);

        static ValueTask Count(ref int counter)
        {
            Interlocked.Increment(ref counter);
            return default;
        }
    }

    [Fact]
    public async Task A_hook_that_fails_refuses_the_connection_and_harms_no_other()
    {
        var fails = true;
        await using var host = await StartAsync(options =>
            options.OnConnected(_ => fails ? throw new InvalidOperationException("presence is down") : default));
        await using var first = await host.OpenAsync();

        await first.SendAsync("CONNECT\naccept-version:1.2\n\n\0");
        await first.RefusedAsync(1011);
        fails = false;

        await using var second = await host.ConnectAsync();
        Assert.Contains(host.Log.Errors, line => line.Contains("presence is down"));
    }
}
