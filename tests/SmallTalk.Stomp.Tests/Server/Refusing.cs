using System.Globalization;
using System.Text;

namespace SmallTalk.Stomp.Tests;

public sealed class RefusingOverWebSocket() : Refusing(StompTransport.WebSocket);

public sealed class RefusingOverTcp() : Refusing(StompTransport.Tcp);

public abstract class Refusing(StompTransport transport) : OverBothTransports(transport)
{
    static readonly StompRefusal TooLong = new("too-long", 400, "The text is too long.");

    sealed record Post(string ClientId, string Text, long? ReplyTo);

    [Fact]
    public async Task A_refused_SEND_is_told_at_the_refusal_destination_and_costs_nothing_else()
    {
        await using var host = await StartAsync(
            options => options.EchoedMembers.Add("clientId"),
            stomp => stomp.MapSend("/app/rooms/{room}/messages", (long room, Post post) => post.Text.Length > 3 ? TooLong : null));
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");

        await peer.SendAsync("SEND\ndestination:/app/rooms/7/messages\nreceipt:1\n\n" + """{"clientId":"c-1","text":"hallo"}""" + "\0");
        await peer.SendAsync("SEND\ndestination:/app/rooms/7/messages\nreceipt:2\n\n" + """{"clientId":"c-2","text":"ok"}""" + "\0");

        var told = await peer.ReadAsync("MESSAGE");
        Assert.Equal(
            """{"type":"refusal","code":"too-long","title":"The text is too long.","destination":"/app/rooms/7/messages","receipt":"1","clientId":"c-1"}""",
            told.Text);
        Assert.Equal(("e", "/user/queue/errors"), (told["subscription"], told["destination"]));
        await peer.ReceiptAsync("2");
    }

    [Fact]
    public async Task S12_38_Without_that_subscription_it_is_an_ERROR_and_the_close()
    {
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/no", () => TooLong));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/no\nreceipt:1\n\n\0SEND\ndestination:/app/echo\nreceipt:2\n\nlater\0");

        var error = await peer.RefusedAsync(1008);
        Assert.Equal(("The text is too long.", "1", "too-long"), (error["message"], error["receipt-id"], error["code"]));
        Assert.Contains("\"code\":\"too-long\"", error.Text);
        Assert.Equal(error.Body.Length.ToString(CultureInfo.InvariantCulture), error["content-length"]); // S12-15
        Assert.Empty(host.Echo.Bodies);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"clientId":"x"}""")]
    [InlineData("""{"clientId":"x","text":null}""")]
    [InlineData("""{"clientId":"x","text":7}""")]
    [InlineData("""{"clientId":"x","text":"a","replyTo":"b"}""")]
    [InlineData("""{"clientId":"x","text":"a"} x""")]
    public async Task A_body_that_is_not_what_the_handler_reads_is_refused(string body)
    {
        var calls = 0;
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/post", (Post post) => { calls++; }));
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");

        await peer.SendAsync($"SEND\ndestination:/app/post\nreceipt:1\n\n{body}\0");

        Assert.Contains("\"code\":\"bad-body\"", (await peer.ReadAsync("MESSAGE")).Text);
        Assert.Equal(0, calls);
        Assert.Empty(host.Log.Errors);
    }

    [Fact]
    public async Task A_body_of_octets_that_are_not_UTF_8_is_a_bad_body()
    {
        await using var host = await StartAsync(map: stomp => stomp.MapSend("/app/post", (Post post) => { }));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync([.. "SEND\ndestination:/app/post\n\n{\"clientId\":\"x\",\"text\":\""u8, 0xC3, 0x28, .. "\"}\0"u8], isText: false);

        Assert.Equal("bad-body", (await peer.RefusedAsync(1008))["code"]);
    }

    [Fact]
    public async Task A_refused_SUBSCRIBE_names_its_id_and_leaves_none()
    {
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/secret", () => StompRefusals.NotAllowed));
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");

        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/secret\nreceipt:1\n\n\0SUBSCRIBE\nid:s2\ndestination:/topic/nowhere\n\n\0");

        Assert.Equal(
            """{"type":"refusal","code":"not-allowed","title":"This connection can't do that.","destination":"/topic/secret","receipt":"1","subscription":"s"}""",
            (await peer.ReadAsync("MESSAGE")).Text);
        Assert.Contains("\"subscription\":\"s2\"", (await peer.ReadAsync("MESSAGE")).Text);
        Assert.Single(host.Server.Connections.Single().Subscriptions);
        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\nreceipt:2\n\n\0");
        await peer.ReceiptAsync("2");
    }

    [Fact]
    public async Task A_title_comes_in_the_language_of_the_connection_and_an_application_may_write_its_own_body()
    {
        await using var host = await StartAsync(
            options =>
            {
                options.TranslateTitle = (refusal, language) => refusal.Code == "too-long" && language.Name == "ko" ? "글이 너무 길어요." : null;
                options.Authenticate = (connect, _, _) => ValueTask.FromResult(StompAuthentication.Accept(new(), connection =>
                    connection.Language = CultureInfo.GetCultureInfo(connect["accept-language"] ?? connection.AcceptLanguage)));
            },
            stomp => stomp.MapSend("/app/no", () => TooLong));
        await using var peer = await host.OpenAsync(extraHeaders: "Accept-Language: ko\r\n");
        var spoken = Transport == StompTransport.Tcp ? "accept-language:ko\n" : ""; // there is no handshake to say it in
        await peer.SendAsync($"CONNECT\naccept-version:1.2\n{spoken}\n\0SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0SEND\ndestination:/app/no\n\n\0");

        await peer.ReadAsync("CONNECTED");
        using var body = System.Text.Json.JsonDocument.Parse((await peer.ReadAsync("MESSAGE")).Body);
        Assert.Equal("글이 너무 길어요.", body.RootElement.GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_handler_that_fails_costs_its_connection_only_and_tells_nothing_of_why()
    {
        await using var host = await StartAsync(map: stomp =>
        {
            stomp.MapSend("/app/broken", void () => throw new InvalidOperationException("secret"));
            stomp.MapSend("/app/broken-later", () => StompResult.When(Task.FromException<IStompResult?>(new InvalidOperationException("secret"))));
        });
        foreach (var destination in new[] { "/app/broken", "/app/broken-later" })
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync($"SEND\ndestination:{destination}\nreceipt:1\n\n\0SEND\ndestination:/app/echo\n\nx\0");
            var error = await peer.RefusedAsync(1011);
            Assert.Equal(("internal error", "1"), (error["message"], error["receipt-id"]));
        }

        await using var other = await host.ConnectAsync();
        Assert.Empty(host.Echo.Bodies);
        Assert.Equal(2, host.Log.Errors.Count(line => line.Contains("secret")));
    }

    [Theory]
    [InlineData("message-id:1")]
    [InlineData("subscription:1")]
    [InlineData("ack:1")]
    [InlineData("transaction:1")]
    public async Task AMB_29_S12_39_Headers_that_are_the_servers_and_a_transaction_that_is_not_open_are_refused_in_a_SEND(string header)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"SEND\ndestination:/app/echo\n{header}\n\nx\0");

        await peer.RefusedAsync(1002);
        Assert.Empty(host.Echo.Bodies);
    }

    [Theory]
    [InlineData("1.2", "BEGIN\nreceipt:1\n\n\0", "without transaction")]
    [InlineData("1.2", "BEGIN\ntransaction:t\nreceipt:1\n\n\0", "not offered")]
    [InlineData("1.2", "COMMIT\nreceipt:1\n\n\0", "without transaction")]
    [InlineData("1.1", "COMMIT\ntransaction:t\nreceipt:1\n\n\0", "not open")]
    [InlineData("1.0", "ABORT\ntransaction:t\nreceipt:1\n\n\0", "not open")]
    [InlineData("1.2", "ACK\nreceipt:1\n\n\0", "without the headers")]
    [InlineData("1.2", "ACK\nid:1\nreceipt:1\n\n\0", "waits for none")]
    [InlineData("1.1", "ACK\nmessage-id:1\nreceipt:1\n\n\0", "without the headers")]
    [InlineData("1.1", "NACK\nmessage-id:1\nsubscription:1\nreceipt:1\n\n\0", "waits for none")]
    [InlineData("1.0", "ACK\nreceipt:1\n\n\0", "without the headers")]
    [InlineData("1.0", "NACK\nmessage-id:1\nreceipt:1\n\n\0", "not a command of 1.0")]
    public async Task S12_59_S12_62_S10_57_AMB_09_AMB_10_What_is_not_offered_is_refused_clearly(string version, string frame, string message)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync(frame);

        var error = await peer.RefusedAsync(1002);
        Assert.Contains(message, error["message"]);
        Assert.Equal("1", error["receipt-id"]);
    }

    [Theory]
    [InlineData("1.2", "a\\cb\\n\\\\")]
    [InlineData("1.1", "a\\cb\\n\\\\")]
    [InlineData("1.0", "a:b\\n")]
    public async Task S12_74_S12_75_K04_An_ERROR_is_escaped_as_its_session_asks(string version, string receipt)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync($"UNSUBSCRIBE\nid:no\nreceipt:{receipt}\n\n\0");

        var error = await peer.RefusedAsync(1002);
        Assert.Equal(receipt, error["receipt-id"]);
        Assert.NotEmpty(error["message"]!);
    }

    [Fact]
    public async Task S12_73_K05_AMB_22_The_ERROR_arrives_though_the_client_goes_on_sending()
    {
        await using var host = await StartAsync();
        var megabyte = new byte[1024 * 1024];
        Array.Fill(megabyte, (byte)'x');
        var flood = Transport == StompTransport.WebSocket ? WirePeer.Encode(1, megabyte, isFinal: true) : megabyte;

        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) =>
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync("SEND\nno destination\n\n\0");
            var flooding = peer.SendRawAsync(flood);
            var begin = TimeProvider.System.GetTimestamp();
            await peer.RefusedAsync(1002);
            Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(3)); // the deadline is later
            await flooding;
        });
    }

    [Fact]
    public async Task Refusals_can_carry_members_and_come_later()
    {
        var later = new TaskCompletionSource<IStompResult?>();
        await using var host = await StartAsync(
            options => options.EchoedMembers.Add("clientId"),
            stomp => stomp.MapSend("/app/later", (Post post) => StompResult.When(later.Task)));
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");

        await peer.SendAsync("SEND\ndestination:/app/later\nreceipt:1\n\n" + """{"text":"x","nested":{"clientId":"no"},"clientId":"안"}""" + "\0" + "SEND\ndestination:/app/echo\nreceipt:2\n\n\0");

        await peer.ReceiptAsync("2");
        later.SetResult(new SlowMode(7));
        Assert.Equal(
            """{"type":"refusal","code":"slow-mode","title":"Wait.","destination":"/app/later","receipt":"1","clientId":"안","retryAfter":7}""",
            (await peer.ReadAsync("MESSAGE")).Text);
    }

    sealed record SlowMode(int Seconds) : IStompRefusal
    {
        public string Code => "slow-mode";

        public int Status => 429;

        public string TitleIn(CultureInfo language) => "Wait.";

        public void WriteMembers(System.Text.Json.Utf8JsonWriter json) => json.WriteNumber("retryAfter", Seconds);
    }

    [Fact]
    public void Only_short_strings_and_numbers_of_the_top_level_are_echoed()
    {
        Assert.Equal(["\"a\"", "7"], Echo("""{"x":[1,{"a":2}],"a":"a","b":7}"""));
        Assert.Equal(["\"a\""], Echo("""{"a":"a","b":{"b":1"""));
        Assert.Empty(Echo("""{"a":{"a":"x"},"b":null}"""));
        Assert.Empty(Echo("""["a"]"""));
        Assert.Empty(Echo("{\"a\":\"" + new string('x', 300) + "\"}"));
        Assert.Empty(Echo("""{"a":"x"""));
        Assert.Empty(Echo(""));

        static IEnumerable<string> Echo(string body) =>
            RefusalBody.Echo(Encoding.UTF8.GetBytes(body), ["a", "b"]).Select(echo => Encoding.UTF8.GetString(echo.Value.Span));
    }
}
