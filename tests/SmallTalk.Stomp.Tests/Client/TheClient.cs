using System.Text;

namespace SmallTalk.Stomp.Tests;

public class TheClient
{
    static readonly StompRefusal Full = new("full", 409, "No seat is left.");

    [Fact]
    public async Task Sends_with_receipts_and_reads_its_subscriptions()
    {
        await using var host = await StompHost.StartAsync();
        await using var minji = await StompClient.ConnectAsync(host.WebSocketAddress);
        await using var jun = await StompClient.ConnectAsync(host.WebSocketAddress, new StompClientOptions { AcceptVersion = "1.1" });
        var echo = await minji.SubscribeAsync("/topic/echo");

        var receipt = await jun.SendAsync("/app/echo", Encoding.UTF8.GetBytes("안녕 👋"), "text/plain", [new("x", "가:나\\다\n라")]);

        Assert.Equal(StompCommand.Receipt, receipt.Command);
        var message = await echo.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("안녕 👋", "text/plain", "가:나\\다\n라"), (message.Text, message["content-type"], message["x"]));
        Assert.Equal((StompVersion.V12, StompVersion.V11), (minji.Version, jun.Version));
        var closure = await minji.CloseAsync(TestContext.Current.CancellationToken);
        Assert.Equal(StompCloseCode.Normal, (int)closure.CloseCode!);
    }

    [Fact]
    public async Task Hears_a_refusal_as_an_exception_of_the_call_and_lives_on()
    {
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapSend("/app/seats", () => Full));
        await using var client = await StompClient.ConnectAsync(
            host.WebSocketAddress, new StompClientOptions { RefusalDestination = "/user/queue/errors" });

        var refusal = await Assert.ThrowsAsync<StompRefusedException>(() => client.SendAsync("/app/seats", default));
        await client.SendAsync("/app/echo", default, ct: TestContext.Current.CancellationToken);

        Assert.Equal(("full", "No seat is left."), (refusal.Code, refusal.Title));
    }
}
