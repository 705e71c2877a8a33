using System.Text;

namespace SmallTalk.Stomp.Tests;

public sealed class FramingOverWebSocket() : Framing(StompTransport.WebSocket);

public sealed class FramingOverTcp() : Framing(StompTransport.Tcp);

/// <summary>How frames look on the wire, both ways.</summary>
public abstract class Framing(StompTransport transport) : OverBothTransports(transport)
{
    [Fact]
    public async Task S10_01_AMB_01_EOLs_between_frames_are_skipped_and_none_are_written()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(new string('\n', 50) + Send("1") + "\n\n\n" + Send("2") + Send("3"));

        foreach (var id in new[] { "1", "2", "3" })
        {
            var (payload, _) = (await peer.ReadMessageAsync(skipHeartBeats: false))!.Value;
            Assert.Equal($"RECEIPT\nreceipt-id:{id}\n\n\0", Encoding.UTF8.GetString(payload));
        }
    }

    [Theory]
    [InlineData("send\ndestination:/app/echo\n\n\0")]
    [InlineData("SEND\nDestination:/app/echo\n\n\0")]
    [InlineData("HELLO\n\n\0")]
    [InlineData("MESSAGE\ndestination:/app/echo\n\nx\0")]
    [InlineData("CONNECTED\nversion:1.2\n\n\0")]
    [InlineData("\0SEND\ndestination:/app/echo\n\n\0")]
    [InlineData("SEND\ndestination:/app/echo\nx\n\n\0")]
    [InlineData("SEND\ndestination:/app/echo\n:x\n\n\0")]
    [InlineData("SEND\ndestination:/app/echo\ncontent-length:1\n\nab\0")]
    [InlineData("SEND\ndestination:/app/echo\ncontent-length:abc\n\nab\0")]
    [InlineData("SEND\ndestination:/app/echo\ncontent-length:-1\n\nab\0")]
    [InlineData("SEND\ndestination:/app/echo\ncontent-length:2\ncontent-length:3\n\nab\0")]
    [InlineData("SUBSCRIBE\ndestination:/topic/echo\nid:1\n\nbody\0")]
    [InlineData("SEND\ndestination:/app/echo\nx:a\rb\n\n\0")]
    public async Task S12_04_S12_12_S12_76_AMB_02_AMB_03_AMB_05_AMB_06_AMB_21_AMB_30_K06_What_is_no_frame_is_refused_and_nothing_behind_it_is_read(string frame)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(frame + Send("later"));

        var error = await peer.RefusedAsync(1002);
        Assert.NotEmpty(error["message"]!);
        Assert.DoesNotContain("later", host.Echo.Bodies);
        Assert.Equal(0, host.Echo.Count);
    }

    [Fact]
    public async Task S12_05_S12_06_Receipts_come_back_as_they_were_escaped()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(Send("안녕 👋") + Send("a\\cb\\nc\\\\d\\re"));

        await peer.ReceiptAsync("안녕 👋");
        await peer.ReceiptAsync("a\\cb\\nc\\\\d\\re");
    }

    [Fact]
    public async Task S11_07_1_1_has_no_escape_for_CR()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync("1.1");

        await peer.SendAsync(Send("a\\cb\\nc\\\\d") + Send("a\\rb"));

        await peer.ReceiptAsync("a\\cb\\nc\\\\d");
        Assert.Contains("'\\r'", (await peer.RefusedAsync(1002))["message"]!.Replace("\\\\", "\\", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\\t")]
    [InlineData("a\\")]
    [InlineData("\\C")]
    public async Task S12_08_An_undefined_escape_is_fatal_and_named(string value)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"SEND\nreceipt:7\ndestination:/app/echo\nmy-header:{value}\n\nx\0");

        var error = await peer.RefusedAsync(1002);
        Assert.Contains("my-header", error["message"]);
        Assert.Equal("7", error["receipt-id"]); // S12-75: what was understood before the fault names the frame
    }

    [Fact]
    public async Task S10_10_K04_1_0_has_no_escapes()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync("1.0");

        await peer.SendAsync(Send("a\\cb\\t:c"));

        await peer.ReceiptAsync("a\\cb\\t:c");
    }

    [Fact]
    public async Task S12_11_AMB_28_Blanks_belong_to_values_but_not_at_their_ends_in_1_0()
    {
        await using var host = await StartAsync();
        await using var new12 = await host.ConnectAsync();
        await using var old10 = await host.ConnectAsync("1.0");

        await new12.SendAsync(Send("  a  "));
        await old10.SendAsync("SEND\ndestination: /app/echo\nreceipt: a b \n\nx\0");

        await new12.ReceiptAsync("  a  ");
        await old10.ReceiptAsync("a b");
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_13_S12_14_S12_15_S12_16_S12_17_K03_Bodies_arrive_octet_for_octet(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);
        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0");
        byte[] nuls = [0, 1, 0, 0xFF, (byte)'\n', 0];
        var korean = "안녕하세요 e\u0301 👨‍👩‍👧";

        await peer.SendAsync([.. Encoding.UTF8.GetBytes("SEND\ndestination:/app/echo\ncontent-length:6\n\n"), .. nuls, 0], isText: false);
        await peer.SendAsync($"SEND\ndestination:/app/echo\ncontent-type:application/xml;charset=utf-8\n\n{korean}\0");
        await peer.SendAsync("SEND\ndestination:/app/echo\ncontent-length:0\n\n\0");

        var binary = await peer.ReadAsync("MESSAGE");
        Assert.Equal(nuls, binary.Body);
        Assert.Equal(("6", null), (binary["content-length"], binary["content-type"]));
        Assert.Equal(Transport == StompTransport.Tcp, binary.IsText); // AMB-23; without messages there is no such thing
        var text = await peer.ReadAsync("MESSAGE");
        Assert.Equal((korean, Encoding.UTF8.GetByteCount(korean).ToString(System.Globalization.CultureInfo.InvariantCulture), "application/xml;charset=utf-8", true),
            (text.Text, text["content-length"], text["content-type"], text.IsText));
        Assert.Empty((await peer.ReadAsync("MESSAGE")).Body);
    }

    [Fact]
    public async Task AMB_04_Without_content_length_the_first_NUL_ends_the_body()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\nab\0cd\0");

        await peer.ReceiptAsync("1");
        await peer.RefusedAsync(1002);
        Assert.Equal(["ab"], host.Echo.Bodies);
    }

    [Fact]
    public async Task AMB_06_Content_length_is_ignored_where_there_is_no_body_and_1_0_ignores_the_body_too()
    {
        await using var host = await StartAsync();
        await using var new12 = await host.ConnectAsync();
        await using var old10 = await host.ConnectAsync("1.0");

        await new12.SendAsync("SUBSCRIBE\nid:1\ndestination:/topic/echo\nreceipt:1\ncontent-length:20\n\n\0");
        await old10.SendAsync("SUBSCRIBE\nid:1\ndestination:/topic/echo\nreceipt:1\n\nbody\0");

        await new12.ReceiptAsync("1");
        await old10.ReceiptAsync("1");
    }

    [Fact]
    public async Task S12_19_Of_repeated_headers_the_first_counts()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0");

        await peer.SendAsync("SEND\ndestination:/app/echo\ndestination:/app/other\nfoo:1\nfoo:2\nreceipt:a\nreceipt:b\n\nx\0");

        Assert.Equal("1", (await peer.ReadAsync("MESSAGE"))["foo"]);
        await peer.ReceiptAsync("a");
    }

    [Fact]
    public async Task S12_37_AMB_16_AMB_27_Own_headers_are_passed_on_in_the_words_of_each_version()
    {
        await using var host = await StartAsync();
        await using var sender = await host.ConnectAsync();
        await using var v12 = await host.ConnectAsync("1.2");
        await using var v11 = await host.ConnectAsync("1.1");
        await using var v10 = await host.ConnectAsync("1.0");
        foreach (var peer in new[] { v12, v11, v10 })
        {
            await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\nreceipt:r\n\n\0");
            await peer.ReceiptAsync("r");
        }

        await sender.SendAsync("SEND\ndestination:/app/echo\nx:한글\nurl:http://a\nl\\nf:a\\nevil\\c1\ncr:a\\rb\n\nbody\0");

        var (m12, m11, m10) = (await v12.ReadAsync("MESSAGE"), await v11.ReadAsync("MESSAGE"), await v10.ReadAsync("MESSAGE"));
        Assert.Equal(("한글", "http\\c//a", "a\\nevil\\c1", "a\\rb"), (m12["x"], m12["url"], m12["l\\nf"], m12["cr"]));
        Assert.Equal(("한글", "http\\c//a", "a\\nevil\\c1", "a\rb"), (m11["x"], m11["url"], m11["l\\nf"], m11["cr"]));
        Assert.Equal(("한글", "http://a"), (m10["x"], m10["url"]));
        Assert.DoesNotContain(m10.Headers, h => h.Key is "l" or "evil" or "cr" || h.Value.Contains("evil"));
    }

    [Fact]
    public async Task AMB_31_Header_octets_that_are_not_UTF_8_are_refused_and_body_octets_are_opaque()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync([.. "SEND\ndestination:/app/echo\nreceipt:1\n\n"u8, 0xC3, 0x28, 0], isText: false);
        await peer.SendAsync([.. "SEND\ndestination:/app/echo\nx:"u8, 0xC3, 0x28, .. "\n\nx\0"u8], isText: false);

        await peer.ReceiptAsync("1");
        Assert.Contains("line 3", (await peer.RefusedAsync(1002))["message"]);
    }

    [Fact]
    public async Task S12_20_K17_Limits_are_kept_while_the_bytes_arrive()
    {
        await using var host = await StartAsync();
        foreach (var start in new[]
        {
            "SEND\ndestination:/app/echo\ncontent-length:1000000000\n\n",
            "SEND\ndestination:/app/echo\n\n" + new string('x', 70_000),
            "SEND\nx:" + new string('x', 70_000),
            "SEND\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"h{i}:1\n")),
        })
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync(start);
            await peer.RefusedAsync(1009);
        }

        await using var endless = await host.ConnectAsync();
        await endless.SendAsync("SENDSENDSENDSENDSEND");
        await endless.RefusedAsync(1002);
    }

    [Fact]
    public async Task K18_Ten_thousand_frames_on_one_connection_are_none_too_many()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        var frame = Encoding.UTF8.GetBytes($"SEND\ndestination:/app/echo\n\n{new string('x', 1000)}\0");

        for (var i = 0; i < 100; i++)
        {
            var hundred = Enumerable.Repeat(frame, 100).SelectMany(bytes => bytes).ToArray();
            await peer.SendAsync(hundred[..(500 + i)]);
            await peer.SendAsync(hundred[(500 + i)..]);
        }

        await peer.SendAsync(Send("last"));
        await peer.ReceiptAsync("last");
        Assert.Equal(10_001, host.Echo.Bodies.Count);
    }

    [Fact]
    public async Task K11_LFs_in_a_body_are_no_heart_beats_wherever_the_body_is_cut()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        var frame = "SEND\ndestination:/app/echo\nreceipt:1\n\n\n\n\n\n\n\n\0";

        for (var cut = 1; cut < frame.Length; cut++)
        {
            await peer.SendAsync(frame[..cut]);
            await peer.SendAsync(frame[cut..]);
            await peer.ReceiptAsync("1");
        }

        Assert.All(host.Echo.Bodies, body => Assert.Equal("\n\n\n\n\n\n", body));
    }

    static string Send(string receipt) => $"SEND\ndestination:/app/echo\nreceipt:{receipt}\n\n{receipt}\0";
}
