namespace SmallTalk.Stomp.Tests.Conformance;

public sealed class SendingAndSubscribingOverWebSocket() : SendingAndSubscribing(StompTransport.WebSocket);

public sealed class SendingAndSubscribingOverTcp() : SendingAndSubscribing(StompTransport.Tcp);

/// <summary>"SEND", "SUBSCRIBE", "UNSUBSCRIBE", "MESSAGE".</summary>
public abstract class SendingAndSubscribing(StompTransport transport) : OverBothTransports(transport)
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_36_SEND_needs_a_destination(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync("SEND\nreceipt:1\n\nx\0");

        var error = await peer.RefusedAsync(1002);
        Assert.Equal("1", error["receipt-id"]);
        Assert.Contains("destination", error["message"]);
    }

    [Fact]
    public async Task S12_37_Own_headers_are_passed_on_in_their_order()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0SEND\ndestination:/app/echo\nx\\cy:한글\nempty:\nb:1\na:2\n\nx\0");

        var message = await peer.ReadAsync("MESSAGE");
        Assert.Equal([("x\\cy", "한글"), ("empty", ""), ("b", "1"), ("a", "2")],
            message.Headers.Select(h => (h.Key, h.Value)).Where(h => h.Key is "x\\cy" or "empty" or "b" or "a"));
    }

    [Theory]
    [InlineData("1.0", "id:1\n")]
    [InlineData("1.1", "id:1\n")]
    [InlineData("1.2", "id:1\n")]
    public async Task S12_40_SUBSCRIBE_needs_a_destination(string version, string headers)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync($"SUBSCRIBE\n{headers}receipt:1\n\n\0");

        Assert.Contains("destination", (await peer.RefusedAsync(1002))["message"]);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_41_SUBSCRIBE_needs_an_id(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync("SUBSCRIBE\ndestination:/topic/echo\nreceipt:1\n\n\0");

        Assert.Contains("id", (await peer.RefusedAsync(1002))["message"]);
        Assert.Equal(0, host.Echo.Count);
    }

    [Fact]
    public async Task S12_45_A_subscription_that_cannot_be_is_an_ERROR_and_the_close()
    {
        await using var host = await StartAsync(map: stomp => stomp.MapSubscribe("/topic/secret", () => StompRefusals.NotAllowed));
        foreach (var destination in new[] { "/topic/secret", "/topic/nowhere" })
        {
            await using var peer = await host.ConnectAsync();
            await peer.SendAsync($"SUBSCRIBE\nid:1\ndestination:{destination}\nreceipt:7\n\n\0SUBSCRIBE\nid:2\ndestination:/topic/echo\nreceipt:8\n\n\0");
            Assert.Equal("7", (await peer.RefusedAsync(1008))["receipt-id"]);
        }

        Assert.Equal(0, host.Echo.Count);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_68_A_MESSAGE_carries_destination_message_id_and_subscription_once_each_and_the_servers_first(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0");
        for (var i = 0; i < 3; i++)
            await peer.SendAsync("SEND\ndestination:/app/echo\ndestination:/forged\nx:1\n\nx\0");

        var ids = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            var message = await peer.ReadAsync("MESSAGE");
            Assert.Equal(("/topic/echo", "s"), (message["destination"], message["subscription"]));
            Assert.True(ids.Add(message["message-id"]!));
            Assert.All(new[] { "destination", "message-id", "subscription" }, name => Assert.Single(message.Headers, h => h.Key == name));
            Assert.Equal("x", message.Headers[^2].Key); // only the body's length is behind it
        }
    }

    [Fact]
    public async Task S12_69_The_destination_of_a_MESSAGE_is_what_its_sender_or_the_route_says()
    {
        await using var host = await StartAsync(map: stomp =>
        {
            stomp.MapSubscribe("/topic/rooms/{room}", (string room, StompSubscription subscription, StompHost.EchoRoom echo) => echo.Add(subscription));
            stomp.MapSend("/topic/rooms/{room}", (StompFrame frame, StompHost.EchoRoom echo) =>
                echo.Post(new StompMessage(frame.GetHeader("destination")!, frame.Body.ToArray())));
        });
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/rooms/1\n\n\0SEND\ndestination:/topic/rooms/1\n\nx\0SEND\ndestination:/app/echo\n\nx\0");

        Assert.Equal("/topic/rooms/1", (await peer.ReadAsync("MESSAGE"))["destination"]);
        Assert.Equal("/topic/echo", (await peer.ReadAsync("MESSAGE"))["destination"]);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.1")]
    [InlineData("1.2")]
    public async Task S12_70_A_RECEIPT_names_the_receipt_and_has_no_body(string version)
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync(version);

        await peer.SendAsync("SEND\ndestination:/app/echo\nreceipt:a b/7\n\nx\0");

        var receipt = await peer.ReceiptAsync("a b/7");
        Assert.Empty(receipt.Body);
        Assert.Single(receipt.Headers, h => h.Key == "receipt-id");
    }

    [Fact]
    public async Task AMB_18_A_SEND_that_nothing_handles_is_refused()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/nowhere\nreceipt:1\n\nx\0SEND\ndestination:/app/echo\n\nx\0");

        var error = await peer.RefusedAsync(1008);
        Assert.Equal(("1", "no-such-destination"), (error["receipt-id"], error["code"]));
        Assert.Empty(host.Echo.Bodies);
    }
}
