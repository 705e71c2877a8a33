using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace SmallTalk.Stomp.Tests;

/// <summary>What the client writes, octet for octet, and what it makes of servers that cut, merge, dawdle and misbehave.</summary>
public class TheClientOnTheWire
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static async Task<(StompClient Client, ScriptedServer.Peer Peer)> ConnectAsync(
        ScriptedServer server, StompClientOptions? options = null, string headers = "version:1.2\n")
    {
        var connecting = StompClient.ConnectAsync(server.Address, options, Ct);
        var peer = await server.WelcomeAsync(headers);
        return (await connecting, peer);
    }

    static async Task<StompClientSubscription> SubscribeAsync(StompClient client, ScriptedServer.Peer peer, StompSubscribeOptions? options = null)
    {
        options ??= new StompSubscribeOptions();
        options.Id ??= "s";
        var subscribing = client.SubscribeAsync("/d", options, Ct);
        await peer.ReceiptAsync(await peer.ReadAsync("SUBSCRIBE"));
        return await subscribing;
    }

    [Fact]
    public async Task It_introduces_itself_and_leaves_in_order()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server, new StompClientOptions { Login = "민지", Passcode = "a:b\\c", VirtualHost = "shop" });
        await using var end = client;

        Assert.Equal(
            [
                new("accept-version", "1.0,1.1,1.2"), new("host", "shop"), new("heart-beat", "20000,20000"),
                new("login", "민지"), new("passcode", "a:b\\c"),
            ],
            peer.Connect!.Headers);
        var closing = client.CloseAsync(Ct);
        await peer.ReceiptAsync(await peer.ReadAsync("DISCONNECT"));
        Assert.Empty(await peer.ReadToEndAsync()); // its end comes first: it says goodbye, and nothing after it
        peer.Finish();
        var closure = await closing;
        Assert.Equal((null, null, null), (closure.CloseCode, closure.Error, closure.Exception));
    }

    [Fact]
    public async Task K04_A_password_that_would_be_another_header_is_not_sent()
    {
        await using var server = new ScriptedServer();

        var connecting = StompClient.ConnectAsync(server.Address, new StompClientOptions { Passcode = "x\nlogin:admin" }, Ct);

        Assert.Contains("passcode", (await Assert.ThrowsAsync<StompProtocolException>(() => connecting)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task K03_A_length_is_counted_in_octets()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server);
        await using var end = client;
        var text = "안녕 👋 é"; // the last one is an e and a combining accent

        var sending = client.SendAsync("/방", Encoding.UTF8.GetBytes(text), headers: [new("이름", "값:\n")], ct: Ct);
        var frame = await peer.ReadAsync("SEND");
        await peer.ReceiptAsync(frame);
        await sending;

        Assert.Equal($"{Encoding.UTF8.GetByteCount(text)}", frame["content-length"]);
        Assert.Equal((text, "/방", "값\\c\\n"), (frame.Text, frame["destination"], frame["이름"]));
    }

    [Fact]
    public async Task K11_K12_Frames_may_come_in_any_pieces_and_LFs_of_a_body_are_no_heart_beats()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server);
        await using var end = client;
        var subscription = await SubscribeAsync(client, peer);
        var frame = Encoding.UTF8.GetBytes("MESSAGE\r\nsubscription:s\nmessage-id:1\ndestination:/d\ncontent-length:9\n\n\n\n\0\n\n안\n\0\n");

        for (var cut = 0; cut <= frame.Length; cut++)
        {
            await peer.SendAsync(frame[..cut]);
            await peer.SendAsync(frame[cut..]);
        }

        await peer.SendAsync([.. frame, .. frame, .. frame[..10]]);
        await peer.SendAsync(frame[10..]);
        for (var i = 0; i < frame.Length + 4; i++)
            Assert.Equal("\n\n\0\n\n안\n", (await subscription.ReadAsync(Ct)).Text);
    }

    [Theory]
    [InlineData("1.0", "message-id:m\\c1", "message-id:m\\c1")]
    [InlineData("1.1", "message-id:m:1", "message-id:m\\c1,subscription:s")]
    [InlineData("1.2", "message-id:m1\nack:a:7", "id:a\\c7")]
    public async Task K24_An_ACK_names_its_message_as_the_version_does(string version, string message, string expected)
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server, headers: $"version:{version}\n");
        await using var end = client;
        var subscription = await SubscribeAsync(client, peer, new StompSubscribeOptions { Ack = StompAckMode.Client });
        await peer.SendAsync($"MESSAGE\nsubscription:s\ndestination:/d\n{message}\n\nx\0");
        var came = await subscription.ReadAsync(Ct);

        var acking = client.AckAsync(came, Ct);
        var ack = await peer.ReadAsync("ACK");
        await peer.ReceiptAsync(ack);
        await acking;
        if (version == "1.0")
        {
            expected += ",subscription:s";
            await Assert.ThrowsAsync<NotSupportedException>(() => client.NackAsync(came, Ct));
        }
        else
        {
            var nacking = client.NackAsync(came, Ct);
            var nack = await peer.ReadAsync("NACK");
            await peer.ReceiptAsync(nack);
            await nacking;
            Assert.Equal(ack.Headers.SkipLast(1), nack.Headers.SkipLast(1));
        }

        Assert.Equal(expected, string.Join(',', ack.Headers.SkipLast(1).Select(header => $"{header.Key}:{header.Value}")));
    }

    [Fact]
    public async Task K24_A_message_of_a_lost_connection_is_neither_acknowledged_nor_read_twice()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server, new StompClientOptions { Reconnect = new() { InitialDelay = TimeSpan.FromMilliseconds(10) } });
        await using var end = client;
        var subscription = await SubscribeAsync(client, peer, new StompSubscribeOptions { Ack = StompAckMode.ClientIndividual });
        await peer.MessageAsync("1", "read", more: "ack:1\n");
        await peer.MessageAsync("2", "waits", more: "ack:2\n");
        var read = await subscription.ReadAsync(Ct);
        await Eventually.TrueAsync(() => subscription.Last!["message-id"] == "2");

        peer.Reset();
        var next = await server.WelcomeAsync();
        var subscribe = await next.ReadAsync("SUBSCRIBE");
        Assert.Equal("client-individual", subscribe["ack"]);
        await next.ReceiptAsync(subscribe);
        await Assert.ThrowsAsync<StompConnectionLostException>(() => client.AckAsync(read, Ct));
        await next.MessageAsync("1", "read", more: "ack:8\n");
        await next.MessageAsync("2", "waits", more: "ack:9\n");

        Assert.Equal("8", (await subscription.ReadAsync(Ct))["ack"]);
        var again = await subscription.ReadAsync(Ct);
        var acking = client.AckAsync(again, Ct);
        var ack = await next.ReadAsync("ACK");
        Assert.Equal("9", ack["id"]);
        await next.ReceiptAsync(ack);
        await acking;
    }

    [Fact]
    public async Task A_transaction_binds_what_is_sent_and_acknowledged_in_it()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server);
        await using var end = client;
        var subscription = await SubscribeAsync(client, peer, new StompSubscribeOptions { Ack = StompAckMode.Client });
        await peer.MessageAsync("1", "x", more: "ack:1\n");
        var message = await subscription.ReadAsync(Ct);

        async Task<StompTransaction> BeginAsync()
        {
            var beginning = client.BeginAsync(Ct);
            await peer.ReceiptAsync(await peer.ReadAsync("BEGIN"));
            return await beginning;
        }

        await using var one = await BeginAsync();
        await one.SendAsync("/q", "1"u8.ToArray(), ct: Ct);
        await one.AckAsync(message, Ct);
        await one.NackAsync(message, Ct);
        var committing = one.CommitAsync(Ct);
        foreach (var command in new[] { "SEND", "ACK", "NACK", "COMMIT" })
        {
            var frame = await peer.ReadAsync(command);
            Assert.Equal(one.Id, frame["transaction"]);
            if (command == "COMMIT")
                await peer.ReceiptAsync(frame);
        }

        await committing;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => one.SendAsync("/q", default, ct: Ct));

        await using (var two = await BeginAsync())
            Assert.NotEqual(one.Id, two.Id);
        Assert.NotNull((await peer.ReadAsync("ABORT"))["transaction"]); // it was left without a COMMIT
    }

    [Fact]
    public async Task A_transaction_does_not_outlive_its_connection()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server, new StompClientOptions { Reconnect = new() { InitialDelay = TimeSpan.FromMilliseconds(10) } });
        await using var end = client;
        var beginning = client.BeginAsync(Ct);
        await peer.ReceiptAsync(await peer.ReadAsync("BEGIN"));
        await using var transaction = await beginning;

        peer.Reset();
        var next = await server.WelcomeAsync();
        await Eventually.TrueAsync(() => client.State == StompClientState.Connected);

        await Assert.ThrowsAsync<StompConnectionLostException>(() => transaction.SendAsync("/q", default, ct: Ct));
        await Assert.ThrowsAsync<StompConnectionLostException>(() => transaction.CommitAsync(Ct));
        var sending = client.SendAsync("/q", default, ct: Ct);
        await next.ReceiptAsync(await next.ReadAsync("SEND")); // and nothing of the transaction before it
        await sending;
    }

    [Fact]
    public async Task K05_An_ERROR_is_heard_though_the_server_breaks_off_while_the_client_writes()
    {
        await using var server = new ScriptedServer();
        for (var round = 0; round < 50; round++)
        {
            var (client, peer) = await ConnectAsync(server);
            await using var end = client;
            var writing = Task.Run(
                async () =>
                {
                    while (true)
                        await client.SendAndForgetAsync("/q", new byte[20_000], ct: Ct);
                },
                Ct);
            await peer.ReadAsync("SEND");
            await peer.SendAsync("ERROR\nmessage:enough\n\n\0");
            peer.Finish();
            await peer.DisposeAsync(); // with much unread: the system answers what is still written with a reset

            var closure = await client.Closed.WaitAsync(WirePeer.Patience, Ct);
            Assert.Equal("enough", closure.Error?["message"]);
            await Assert.ThrowsAsync<StompClosedException>(() => writing);
        }
    }

    [Fact]
    public async Task K06_Nothing_counts_after_an_ERROR_and_a_server_that_stays_is_left()
    {
        await using var server = new ScriptedServer();
        var clock = new FakeTimeProvider();
        var (client, peer) = await ConnectAsync(server, new StompClientOptions { Clock = clock });
        await using var end = client;
        var subscription = await SubscribeAsync(client, peer);

        await peer.SendAsync("ERROR\nmessage:no\n\n\0");
        await peer.MessageAsync("1", "late");

        Assert.Empty(await peer.ReadToEndAsync()); // the client ends its side at once
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return client.Closed.IsCompleted;
        });
        Assert.Equal("no", (await client.Closed).Error!["message"]);
        await Assert.ThrowsAsync<StompClosedException>(async () => await subscription.ReadAsync(Ct));
    }

    [Fact]
    public async Task K09_Any_octet_counts_as_a_beat()
    {
        await using var server = new ScriptedServer();
        var clock = new FakeTimeProvider();
        var (client, peer) = await ConnectAsync(
            server, new StompClientOptions { Clock = clock, HeartBeatReceive = TimeSpan.FromSeconds(1) }, "version:1.2\nheart-beat:1000,0\n");
        await using var end = client;
        var subscription = await SubscribeAsync(client, peer);

        // One frame, an octet every 1.2 intervals: slow, but alive.
        foreach (var octet in "MESSAGE\nsubscription:s\nmessage-id:1\ndestination:/d\n\nx\0"u8.ToArray())
        {
            var before = client.LastRead;
            clock.Advance(TimeSpan.FromSeconds(1.2));
            await peer.SendAsync([octet]);
            await Eventually.TrueAsync(() => client.LastRead > before);
        }

        Assert.Equal("x", (await subscription.ReadAsync(Ct)).Text);
        Assert.False(client.Closed.IsCompleted);
    }

    [Fact]
    public async Task K25_A_server_that_never_answers_costs_no_more_than_the_time_out()
    {
        await using var server = new ScriptedServer();
        var clock = new FakeTimeProvider();
        var options = new StompClientOptions { Clock = clock };
        var connecting = StompClient.ConnectAsync(server.Address, options, Ct);
        await server.AcceptAsync();
        await MovedOnAsync(connecting);
        Assert.Contains("15 s", (await Assert.ThrowsAsync<TimeoutException>(() => connecting)).Message, StringComparison.Ordinal);

        var (client, peer) = await ConnectAsync(server, options);
        await using var end = client;
        var closing = client.CloseAsync(Ct);
        await peer.ReadAsync("DISCONNECT");
        await MovedOnAsync(closing);
        Assert.IsType<TimeoutException>((await closing).Exception);

        Task MovedOnAsync(Task task) => Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return task.IsCompleted;
        });
    }

    [Fact]
    public async Task What_is_no_STOMP_ends_the_connection_with_the_reason()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server);
        await using var end = client;
        await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\n\0");

        Assert.IsType<StompProtocolException>((await client.Closed.WaitAsync(WirePeer.Patience, Ct)).Exception);
        var connecting = StompClient.ConnectAsync(server.Address, ct: Ct);
        await server.WelcomeAsync("version:9.9\n");
        await Assert.ThrowsAsync<StompProtocolException>(() => connecting);
    }

    [Fact]
    public async Task K17_A_frame_beyond_the_limit_is_refused_while_it_comes()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server, new StompClientOptions { MaxFrameBytes = 10_000 });
        await using var end = client;

        await peer.SendAsync($"MESSAGE\nsubscription:s\nmessage-id:1\ndestination:/d\ncontent-length:1000000000\n\n");

        Assert.IsType<StompProtocolException>((await client.Closed.WaitAsync(WirePeer.Patience, Ct)).Exception);
    }

    [Fact]
    public async Task K16_One_that_waits_slows_the_server_down_and_ends_when_it_would_wait_for_ever()
    {
        await using var server = new ScriptedServer();
        var clock = new FakeTimeProvider();
        var (client, peer) = await ConnectAsync(
            server, new StompClientOptions { Clock = clock, HeartBeatReceive = TimeSpan.FromSeconds(1) }, "version:1.2\nheart-beat:1000,0\n");
        await using var end = client;
        var subscription = await SubscribeAsync(client, peer, new StompSubscribeOptions { Capacity = 2, Overflow = StompOverflow.Wait });

        var flood = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
                await peer.MessageAsync($"{i}", $"{i}{new string('x', 100_000)}");
        }, Ct);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(subscription.Messages.Count <= 2);
            Assert.StartsWith($"{i}x", (await subscription.ReadAsync(Ct)).Text, StringComparison.Ordinal);
        }

        // It stops reading, and so does the client: not for want of a heart-beat, and not for ever.
        await Eventually.TrueAsync(() => subscription.Messages.Count == 2 && client.IsHeldUp);
        Assert.False(flood.IsCompleted);
        for (var i = 0; i < 29; i++)
            clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(client.Closed.IsCompleted);
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            return !client.IsHeldUp;
        });
        await flood;
        await subscription.ReadAsync(Ct);
        await subscription.ReadAsync(Ct);
        await Assert.ThrowsAsync<StompOverflowException>(async () => await subscription.ReadAsync(Ct));
        Assert.Equal("s", (await peer.ReadAsync("UNSUBSCRIBE"))["id"]);
    }

    [Fact]
    public async Task A_server_that_answers_no_SUBSCRIBE_is_not_waited_for()
    {
        await using var server = new ScriptedServer();
        var (client, peer) = await ConnectAsync(server, new StompClientOptions { Reconnect = new() { InitialDelay = TimeSpan.FromMilliseconds(10) } });
        await using var end = client;
        var subscription = await client.SubscribeAsync("/d", new StompSubscribeOptions { Id = "s", WaitsForReceipt = false, Overflow = StompOverflow.DropNewest, Capacity = 1 }, Ct);
        Assert.Null((await peer.ReadAsync("SUBSCRIBE"))["receipt"]);

        peer.Reset();
        var next = await server.WelcomeAsync();
        Assert.Null((await next.ReadAsync("SUBSCRIBE"))["receipt"]);
        for (var i = 0; i < 3; i++)
            await next.MessageAsync($"{i}", $"{i}");
        await Eventually.TrueAsync(() => subscription.Dropped == 2);

        Assert.Equal("0", (await subscription.ReadAsync(Ct)).Text);
        await client.UnsubscribeAsync(subscription, Ct);
        Assert.Equal("s", (await next.ReadAsync("UNSUBSCRIBE"))["id"]);
    }

    [Fact]
    public async Task Over_TLS_it_knows_whom_it_speaks_to()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=stomp.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var server = new ScriptedServer(certificate);

        var stranger = StompClient.ConnectAsync(server.Address, ct: Ct);
        await Assert.ThrowsAnyAsync<Exception>(async () => await (await server.AcceptAsync()).ReadAsync("CONNECT"));
        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => stranger);
        var (client, peer) = await ConnectAsync(server, new StompClientOptions
        {
            ConfigureTls = tls => tls.RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString(),
        });
        await using var end = client;
        var sending = client.SendAsync("/q", "secret"u8.ToArray(), ct: Ct);
        var sent = await peer.ReadAsync("SEND");
        await peer.ReceiptAsync(sent);
        await sending;

        Assert.Equal("secret", sent.Text);
        var closing = client.CloseAsync(Ct);
        await peer.ReceiptAsync(await peer.ReadAsync("DISCONNECT"));
        Assert.Empty(await peer.ReadToEndAsync());
        await peer.DisposeAsync();
        Assert.Null((await closing).Exception);
    }

    [Fact]
    public async Task It_knows_four_schemes()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => StompClient.ConnectAsync(new Uri("http://localhost"), ct: Ct));
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => StompClient.ConnectAsync(new Uri("stomp://127.0.0.1:1"), ct: Ct));
        await Assert.ThrowsAsync<WebSocketException>(() => StompClient.ConnectAsync(new Uri("ws://127.0.0.1:1"), ct: Ct));
    }
}
