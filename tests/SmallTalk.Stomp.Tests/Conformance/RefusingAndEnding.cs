using System.Text;

namespace SmallTalk.Stomp.Tests.Conformance;

public sealed class RefusingAndEndingOverWebSocket() : RefusingAndEnding(StompTransport.WebSocket);

public sealed class RefusingAndEndingOverTcp() : RefusingAndEnding(StompTransport.Tcp);

/// <summary>"DISCONNECT", "RECEIPT", "ERROR", "Connection Lingering".</summary>
public abstract class RefusingAndEnding(StompTransport transport) : OverBothTransports(transport)
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_65_The_receipt_of_DISCONNECT_comes_after_those_of_all_before(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync(string.Concat(Enumerable.Range(0, 200).Select(i => Send($"{i}"))) + "DISCONNECT\nreceipt:bye\n\n\0");

        for (var i = 0; i < 200; i++)
            await peer.ReceiptAsync($"{i}");
        await peer.ReceiptAsync("bye");
        await peer.ClosedAsync(1000);
        Assert.Equal(200, host.Echo.Bodies.Count);
    }

    [Fact]
    public async Task S12_66_What_comes_behind_DISCONNECT_has_no_effect_no_RECEIPT_and_no_ERROR()
    {
        await using var host = await StartAsync();
        foreach (var behind in new[] { Send("late"), "SUBSCRIBE\nid:1\ndestination:/topic/echo\n\n\0", "NONSENSE\n\n\0", "SEND\n\n\0", "DISCONNECT\nreceipt:again\n\n\0" })
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync("DISCONNECT\nreceipt:bye\n\n\0" + behind);
            await peer.ReceiptAsync("bye");
            await peer.ClosedAsync(1000);
        }

        Assert.Empty(host.Echo.Bodies);
        Assert.Equal(0, host.Echo.Count);
    }

    [Fact]
    public async Task S12_67_The_receipt_of_DISCONNECT_is_not_lost_though_the_client_goes_on_sending()
    {
        await using var host = await StartAsync();
        var flood = Encoding.ASCII.GetBytes(new string('\n', 256 * 1024));
        for (var i = 0; i < 50; i++)
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync("DISCONNECT\nreceipt:bye\n\n\0");
            var flooding = peer.SendAsync(flood);
            await peer.ReceiptAsync("bye");
            await peer.ClosedAsync(1000);
            await IgnoreResetAsync(flooding);
        }
    }

    [Fact]
    public async Task S12_71_A_RECEIPT_says_that_its_frame_and_all_before_it_were_processed()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        for (var i = 0; i < 100; i++)
        {
            await peer.SendAsync($"SEND\ndestination:/app/echo\n\nno receipt\0{Send("r")}");
            await peer.ReceiptAsync("r");
            Assert.Equal(2 * (i + 1), host.Echo.Bodies.Count);
        }
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_73_After_an_ERROR_the_connection_closes_within_a_second_and_nothing_follows_it(string version)
    {
        await using var host = await StartAsync();
        foreach (var frame in new[] { "HELLO\n\n\0", "SEND\n\nx\0", "UNSUBSCRIBE\nid:no\n\n\0", "SEND\nno-colon\n\n\0" })
        {
            await using var peer = await host.ConnectAsync(version);
            var begin = TimeProvider.System.GetTimestamp();
            await peer.SendAsync(frame + Send("later"));
            await peer.RefusedAsync(1002);
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(1));
        }

        Assert.Empty(host.Echo.Bodies);
    }

    [Theory]
    [InlineData("1.0", "UNSUBSCRIBE\nid:a:b\\c\n\n\0")]
    [InlineData("1.1", "UNSUBSCRIBE\nid:a\\cb\\\\c\\nd\n\n\0")]
    [InlineData("1.2", "UNSUBSCRIBE\nid:a\\cb\\\\c\\nd\\re\n\n\0")]
    public async Task S12_74_An_ERROR_has_a_short_message_in_the_words_of_its_version(string version, string frame)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync(frame);

        var error = await peer.RefusedAsync(1002);
        Assert.InRange(error["message"]!.Length, 5, 200);
        Assert.DoesNotContain('\r', error["message"]!);
        if (version != "1.0")
            Assert.DoesNotContain(':', error["message"]!);
    }

    [Theory]
    [InlineData("SEND\nreceipt:7\n\nx\0")]
    [InlineData("SUBSCRIBE\nid:1\nreceipt:7\n\n\0")]
    [InlineData("UNSUBSCRIBE\nid:1\nreceipt:7\n\n\0")]
    [InlineData("ACK\nid:1\nreceipt:7\n\n\0")]
    [InlineData("COMMIT\ntransaction:1\nreceipt:7\n\n\0")]
    [InlineData("SEND\nreceipt:7\ndestination:/app/echo\nx:\\q\n\nx\0")]
    [InlineData("SEND\nreceipt:7\ndestination:/app/echo\ncontent-length:1\n\nxyz\0")]
    public async Task S12_75_An_ERROR_names_the_receipt_of_the_frame_that_it_is_about(string frame)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(frame);

        Assert.Equal("7", (await peer.RefusedAsync(1002))["receipt-id"]);
    }

    [Theory]
    [InlineData("HELLO")]
    [InlineData("MESSAGE")]
    [InlineData("RECEIPT")]
    [InlineData("ERROR")]
    [InlineData("CONNECTED")]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("")]
    public async Task S12_76_What_is_no_command_of_a_client_is_refused(string command)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"{command}\ndestination:/app/echo\n\nx\0{Send("later")}");

        await peer.RefusedAsync(1002);
        Assert.Empty(host.Echo.Bodies);
    }

    [Fact]
    public async Task AMB_12_After_the_receipt_of_DISCONNECT_the_server_closes()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("DISCONNECT\nreceipt:bye\n\n\0");

        await peer.ReceiptAsync("bye");
        await peer.ClosedAsync(1000);
        await peer.SendCloseAsync();
        await peer.EndOfStreamAsync();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task AMB_21_K06_Frames_pipelined_behind_a_refused_one_are_dropped()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(Send("1") + "SEND\n\nx\0" + string.Concat(Enumerable.Range(2, 500).Select(i => Send($"{i}"))));

        await peer.ReceiptAsync("1");
        await peer.RefusedAsync(1002);
        Assert.Equal(["1"], host.Echo.Bodies);
    }

    [Fact]
    public async Task AMB_22_The_close_code_says_what_kind_of_refusal_it_was()
    {
        await using var host = await StartAsync(
            options => options.Authenticate = (connect, _, _) => ValueTask.FromResult(connect.Login == "bad" ? StompAuthentication.Refuse() : StompAuthentication.Accept(new())),
            stomp =>
            {
                stomp.MapSend("/app/no", () => StompRefusals.NotAllowed);
                stomp.MapSend("/app/broken", void () => throw new InvalidOperationException("a fault of ours"));
            });
        await RefusedAsync("NONSENSE\n\n\0", 1002);
        await RefusedAsync("SEND\ndestination:/app/no\n\n\0", 1008);
        await RefusedAsync("SEND\ndestination:/app/echo\ncontent-length:999999\n\n", 1009);
        await RefusedAsync("SEND\ndestination:/app/broken\n\n\0", 1011);
        await using var bad = await host.OpenAsync();
        await bad.SendAsync("CONNECT\naccept-version:1.2\nlogin:bad\n\n\0");
        await bad.RefusedAsync(1008);

        async Task RefusedAsync(string frame, int code)
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync(frame);
            await peer.RefusedAsync(code);
        }
    }

    static async Task IgnoreResetAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (IOException)
        {
            // The server may have gone before everything was sent.
        }
    }

    static string Send(string receipt) => $"SEND\ndestination:/app/echo\nreceipt:{receipt}\n\n{receipt}\0";
}
