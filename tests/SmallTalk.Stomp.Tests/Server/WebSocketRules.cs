using System.Text;

namespace SmallTalk.Stomp.Tests;

/// <summary>RFC 6455 under STOMP: the handshake, splitting, control frames, what is refused.</summary>
public class WebSocketRules
{
    [Theory]
    [InlineData(null, null, "1.2")]
    [InlineData("v10.stomp", "v10.stomp", "1.0")]
    [InlineData("v11.stomp", "v11.stomp", "1.1")]
    [InlineData("v12.stomp", "v12.stomp", "1.2")]
    [InlineData("v10.stomp, v11.stomp, v12.stomp", "v12.stomp", "1.2")]
    [InlineData("v10.stomp,v11.stomp", "v11.stomp", "1.1")]
    [InlineData("mqtt", null, "1.2")]
    [InlineData("mqtt, v11.stomp", "v11.stomp", "1.1")]
    public async Task K13_AMB_25_One_of_the_offered_subprotocols_is_answered_and_caps_the_version(string? offered, string? answered, string version)
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.OpenAsync(offered);

        await peer.SendAsync("CONNECT\naccept-version:1.0,1.1,1.2\n\n\0");

        Assert.Equal(101, peer.Status);
        var lines = peer.ResponseHead.Split("\r\n").Where(line => line.StartsWith("Sec-WebSocket-Protocol:", StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.Equal(answered is null ? [] : [$"Sec-WebSocket-Protocol: {answered}"], lines);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", peer.ResponseHead, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", peer.ResponseHead, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(version, (await peer.ReadAsync("CONNECTED"))["version"]);
    }

    [Fact]
    public async Task A_version_above_the_subprotocol_is_no_common_version()
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.OpenAsync("v11.stomp");

        await peer.SendAsync("CONNECT\naccept-version:1.2\n\n\0");

        await peer.RefusedAsync(1002);
    }

    [Fact]
    public async Task An_ordinary_request_is_told_to_upgrade()
    {
        await using var host = await StompHost.StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };

        using var answer = await http.GetAsync(new Uri("/ws", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(426, (int)answer.StatusCode);
        Assert.Equal("websocket", answer.Headers.Upgrade.ToString());
    }

    [Fact]
    public async Task K23_A_page_of_another_origin_is_refused_at_the_handshake()
    {
        await using var host = await StompHost.StartAsync(options => options.AllowOrigin = StompOrigin.IsAbsentOrSame);

        await using var foreign = await host.OpenAsync(extraHeaders: "Origin: https://evil.example\r\n");
        await using var nowhere = await host.OpenAsync(extraHeaders: "Origin: null\r\n");
        await using var otherPort = await host.OpenAsync(extraHeaders: $"Origin: http://127.0.0.1:{host.Address.Port + 1}\r\n");
        await using var otherScheme = await host.OpenAsync(extraHeaders: $"Origin: https://127.0.0.1:{host.Address.Port}\r\n");
        await using var twice = await host.OpenAsync(extraHeaders: $"Origin: http://127.0.0.1:{host.Address.Port}\r\nOrigin: https://evil.example\r\n");
        await using var own = await host.OpenAsync(extraHeaders: $"Origin: http://127.0.0.1:{host.Address.Port}\r\n");
        await using var program = await host.OpenAsync();

        Assert.Equal([403, 403, 403, 403, 403, 101, 101],
            new[] { foreign, nowhere, otherPort, otherScheme, twice, own, program }.Select(peer => peer.Status));
    }

    [Fact]
    public async Task AMB_23_AMB_24_K12_Frames_may_be_cut_and_joined_anywhere_in_text_and_binary()
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.ConnectAsync();
        var frame = Encoding.UTF8.GetBytes("SEND\ndestination:/app/echo\nreceipt:1\n\n안녕 👋\0");

        // Two messages, text and binary, cut inside a character when binary.
        for (var cut = 1; cut < frame.Length; cut++)
        {
            await peer.SendAsync(frame[..cut], isText: false);
            await peer.SendAsync(frame[cut..], isText: false);
            await peer.ReceiptAsync("1");
        }

        // One text message in fragments, also cut inside a character.
        for (var cut = 1; cut < frame.Length; cut++)
        {
            await peer.SendRawAsync([.. WirePeer.Encode(1, frame.AsSpan(0, cut), isFinal: false), .. WirePeer.Encode(9, "hi"u8, isFinal: true), .. WirePeer.Encode(0, frame.AsSpan(cut), isFinal: true)]);
            await peer.ReceiptAsync("1");
        }

        // Octet by octet on the TCP stream.
        foreach (var octet in WirePeer.Encode(1, frame, isFinal: true))
            await peer.SendRawAsync([octet]);
        await peer.ReceiptAsync("1");

        // Several in one message.
        await peer.SendAsync([.. frame, (byte)'\n', .. frame, .. frame]);
        await peer.ReceiptAsync("1");
        await peer.ReceiptAsync("1");
        await peer.ReceiptAsync("1");
        Assert.All(host.Echo.Bodies, body => Assert.Equal("안녕 👋", body));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200)]
    [InlineData(60_000)]
    public async Task Messages_of_every_length_class_arrive_whole(int length)
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0");
        var body = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));

        await peer.SendAsync($"SEND\ndestination:/app/echo\n\n{body}\0");

        Assert.Equal(body, (await peer.ReadAsync("MESSAGE")).Text);
    }

    [Fact]
    public async Task A_ping_gets_a_pong_with_the_same_octets()
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendRawAsync(WirePeer.Encode(9, "still there?"u8, isFinal: true));

        var (opcode, payload) = await peer.ReadWebSocketFrameAsync();
        Assert.Equal((10, "still there?"), (opcode, Encoding.ASCII.GetString(payload)));
    }

    [Fact]
    public async Task A_close_is_answered_with_its_code_and_then_TCP_ends()
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendCloseAsync(4321);

        await peer.ClosedAsync(4321);
        await peer.EndOfStreamAsync();
    }

    public static TheoryData<byte[], int> Violations => new()
    {
        { [0x81, 0x01, (byte)'x'], 1002 },                                              // not masked
        { [0xC1, 0x81, 0, 0, 0, 0, (byte)'x'], 1002 },                                  // a reserved bit
        { [0x83, 0x81, 0, 0, 0, 0, (byte)'x'], 1002 },                                  // an unknown opcode
        { [0x09, 0x80, 0, 0, 0, 0], 1002 },                                             // a ping in pieces
        { [0x89, 0xFE, 0, 126, 0, 0, 0, 0], 1002 },                                     // a ping too long
        { [0x80, 0x81, 0, 0, 0, 0, (byte)'x'], 1002 },                                  // a continuation of nothing
        { [0x01, 0x81, 0, 0, 0, 0, (byte)'\n', 0x81, 0x81, 0, 0, 0, 0, (byte)'\n'], 1002 }, // a message within a message
        { [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002 },                  // an impossible length
        { [0x88, 0x81, 0, 0, 0, 0, 3], 1002 },                                          // half a close code
        { [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1002 },                                 // 1005 is no code to send
        { [0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28], 1007 },                                 // text that is not UTF-8
        { [0x81, 0x81, 0, 0, 0, 0, 0xC3], 1007 },                                       // text that ends inside a character
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Octets_that_are_no_WebSocket_frames_close_with_a_code(byte[] octets, int code)
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.OpenAsync();

        await peer.SendRawAsync(octets);

        await peer.ClosedAsync(code);
    }

    [Fact]
    public async Task A_frame_in_text_that_is_not_UTF_8_has_no_effect()
    {
        await using var host = await StompHost.StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync([.. "SEND\ndestination:/app/echo\nreceipt:1\n\n"u8, 0xC3, 0x28, 0], isText: true);

        await peer.ClosedAsync(1007);
        Assert.Empty(host.Echo.Bodies);
    }

    [Fact]
    public void A_close_reason_is_cut_between_characters()
    {
        var frame = WebSocketFrames.Close(1002, new string('가', 60));

        Assert.Equal(2 + 2 + 123, frame.Length);
        Assert.Equal(new string('가', 41), Encoding.UTF8.GetString(frame.AsSpan(4)));
    }

    [Fact]
    public void Text_in_pieces_is_checked_across_the_cuts()
    {
        var octets = Encoding.UTF8.GetBytes("a가👋é");
        for (var first = 0; first <= octets.Length; first++)
        {
            for (var second = first; second <= octets.Length; second++)
            {
                Utf8Progress text = default;
                Assert.True(text.TryContinue(octets.AsSpan(0, first)));
                Assert.True(text.TryContinue(octets.AsSpan(first, second - first)));
                Assert.True(text.TryContinue(octets.AsSpan(second)));
                Assert.True(text.IsComplete);
            }
        }

        Utf8Progress surrogate = default;
        Assert.True(surrogate.TryContinue([0xED]));
        Assert.False(surrogate.TryContinue([0xA0])); // UTF-8 has no surrogates
    }
}
