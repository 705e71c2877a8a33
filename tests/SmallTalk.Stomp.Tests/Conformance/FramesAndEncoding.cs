using System.Globalization;
using System.Text;

namespace SmallTalk.Stomp.Tests.Conformance;

public sealed class FramesAndEncodingOverWebSocket() : FramesAndEncoding(StompTransport.WebSocket);

public sealed class FramesAndEncodingOverTcp() : FramesAndEncoding(StompTransport.Tcp);

/// <summary>"STOMP Frames", "Value Encoding", "Body", "Standard Headers", and what we do where they are silent.</summary>
public abstract class FramesAndEncoding(StompTransport transport) : OverBothTransports(transport)
{
    [Theory]
    [InlineData("send\ndestination:/app/echo\n\nx\0", "'send' is not a command")]
    [InlineData("Send\ndestination:/app/echo\n\nx\0", "'Send' is not a command")]
    [InlineData("SEND\nDestination:/app/echo\n\nx\0", "destination")]
    [InlineData("SUBSCRIBE\nID:1\ndestination:/topic/echo\n\n\0", "id")]
    public async Task S12_04_Commands_and_header_names_are_case_sensitive(string frame, string message)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(frame);

        Assert.Contains(message, (await peer.RefusedAsync(1002))["message"]);
        Assert.Empty(host.Echo.Bodies);
    }

    [Theory]
    [InlineData("SUBSCRIBE\nid:1\ndestination:/topic/echo\nreceipt:1\n\nbody\0")]
    [InlineData("UNSUBSCRIBE\nid:1\nreceipt:1\n\nbody\0")]
    [InlineData("ACK\nid:1\nreceipt:1\n\nbody\0")]
    [InlineData("NACK\nid:1\nreceipt:1\n\nbody\0")]
    [InlineData("BEGIN\ntransaction:1\nreceipt:1\n\nbody\0")]
    [InlineData("COMMIT\ntransaction:1\nreceipt:1\n\nbody\0")]
    [InlineData("ABORT\ntransaction:1\nreceipt:1\n\nbody\0")]
    [InlineData("DISCONNECT\nreceipt:1\n\nbody\0")]
    public async Task S12_12_Only_SEND_may_have_a_body_of_the_frames_of_a_client(string frame)
    {
        await using var host = await StartAsync();
        foreach (var version in new[] { "1.1", "1.2" })
        {
            await using var peer = await host.ConnectAsync(version);
            await peer.SendAsync(frame);
            Assert.Contains("must not have a body", (await peer.RefusedAsync(1002))["message"]);
        }
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_13_So_many_octets_as_content_length_says_are_the_body_NULs_included(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);
        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0");
        byte[] body = [0, .. "SEND\n\n"u8, 0, 0xFF, 0];

        await peer.SendAsync([.. Encoding.ASCII.GetBytes($"SEND\ndestination:/app/echo\ncontent-length:{body.Length}\n\n"), .. body, 0], isText: false);
        await peer.SendAsync("SEND\ndestination:/app/echo\ncontent-length:6\n\n안녕\0");

        Assert.Equal(body, (await peer.ReadAsync("MESSAGE")).Body);
        Assert.Equal("안녕", (await peer.ReadAsync("MESSAGE")).Text);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_14_Without_content_length_the_first_NUL_ends_the_body(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\nall\n\nof it\n\0SEND\ndestination:/app/echo\nreceipt:2\n\n\0");

        await peer.ReceiptAsync("1");
        await peer.ReceiptAsync("2");
        Assert.Equal(["all\n\nof it\n", ""], host.Echo.Bodies);
    }

    [Fact]
    public async Task S12_15_MESSAGE_and_ERROR_with_a_body_carry_their_exact_content_length()
    {
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/no", () => new StompRefusal("no", 400, "안 돼요.")));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\n\n안녕 👋\0SEND\ndestination:/app/no\n\nx\0");

        foreach (var frame in new[] { await peer.ReadAsync("MESSAGE"), await peer.ReadAsync("ERROR") })
        {
            Assert.NotEmpty(frame.Body);
            Assert.Equal(frame.Body.Length.ToString(CultureInfo.InvariantCulture), frame["content-length"]);
        }
    }

    [Fact]
    public async Task S12_16_Content_type_is_passed_on_unchanged_and_never_invented()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\ncontent-type:application/xml;charset=utf-8\n\nx\0"
            + "SEND\ndestination:/app/echo\n\nx\0");

        Assert.Equal("application/xml;charset=utf-8", (await peer.ReadAsync("MESSAGE"))["content-type"]);
        Assert.Null((await peer.ReadAsync("MESSAGE"))["content-type"]);
    }

    [Fact]
    public async Task S12_17_UTF_8_bodies_arrive_octet_for_octet()
    {
        const string Text = "안녕하세요 e\u0301 👨‍👩‍👧 \uFEFF ﷺ";
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\ncontent-type:text/plain\n\n{Text}\0");

        Assert.Equal(Encoding.UTF8.GetBytes(Text), (await peer.ReadAsync("MESSAGE")).Body);
    }

    [Theory]
    [InlineData("SEND\ndestination:/app/echo\ncontent-length:1\n\nab\0", "no NUL after 1 bytes")]
    [InlineData("SEND\ndestination:/app/echo\ncontent-length:0\n\nab\0", "no NUL after 0 bytes")]
    public async Task AMB_02_A_content_length_smaller_than_the_body_is_refused(string frame, string message)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync(frame);

        Assert.Contains(message, (await peer.RefusedAsync(1002))["message"]!.Replace("\\c", ":", StringComparison.Ordinal));
        Assert.Empty(host.Echo.Bodies);
    }

    [Theory]
    [InlineData("abc", 1002)]
    [InlineData("-1", 1002)]
    [InlineData("+2", 1002)]
    [InlineData(" 2", 1002)]
    [InlineData("2 ", 1002)]
    [InlineData("0x2", 1002)]
    [InlineData("２", 1002)]
    [InlineData("", 1002)]
    [InlineData("2147483648", 1009)]
    [InlineData("18446744073709551618", 1009)]
    [InlineData("99999999999999999999999999999999", 1009)]
    public async Task AMB_03_A_content_length_is_digits_within_the_limit_and_judged_before_the_body(string length, int code)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"SEND\ndestination:/app/echo\ncontent-length:{length}\n"); // nothing behind it: it is certain already

        Assert.Contains("content-length", (await peer.RefusedAsync(code))["message"]);
    }

    [Theory]
    [InlineData("no-colon", "without a colon")]
    [InlineData(":value", "without a name")]
    [InlineData(":", "without a name")]
    public async Task AMB_05_A_header_without_colon_or_name_is_refused_with_its_line(string line, string message)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"SEND\ndestination:/app/echo\nreceipt:7\n{line}\n\nx\0");

        var error = await peer.RefusedAsync(1002);
        Assert.Contains("line 4", error["message"]);
        Assert.Contains(message, error["message"]);
        Assert.Equal("7", error["receipt-id"]);
    }

    [Fact]
    public async Task AMB_27_A_raw_colon_in_a_value_is_accepted_and_written_as_an_escape()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\nurl:http://a:80/b\n\nx\0");

        Assert.Equal("http\\c//a\\c80/b", (await peer.ReadAsync("MESSAGE"))["url"]);
    }

    [Fact]
    public async Task AMB_30_Two_content_lengths_that_differ_are_refused_and_two_that_agree_are_one()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\ncontent-length:2\ncontent-length:2\n\nab\0");
        await peer.ReceiptAsync("1");
        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:2\ncontent-length:2\ncontent-length:3\n\nabc\0");

        Assert.Contains("content-length", (await peer.RefusedAsync(1002))["message"]);
        Assert.Equal(["ab"], host.Echo.Bodies);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task K03_Lengths_are_counted_in_octets_both_ways(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);
        await peer.SendAsync("SUBSCRIBE\nid:구독\ndestination:/topic/echo\n\n\0");
        foreach (var text in new[] { "한", "👋🏽", "e\u0301", "ａ", "한 글 👨‍👩‍👧" })
        {
            await peer.SendAsync($"SEND\ndestination:/app/echo\n제목:{text}\ncontent-length:{Encoding.UTF8.GetByteCount(text)}\n\n{text}\0");
            var message = await peer.ReadAsync("MESSAGE");
            Assert.Equal((text, text, "구독"), (message.Text, message["제목"], message["subscription"]));
            Assert.Equal(Encoding.UTF8.GetByteCount(text).ToString(CultureInfo.InvariantCulture), message["content-length"]);
        }
    }
}
