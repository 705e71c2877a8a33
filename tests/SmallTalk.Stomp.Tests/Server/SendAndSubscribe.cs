namespace SmallTalk.Stomp.Tests;

public class SendAndSubscribe
{
    [Fact]
    public async Task A_message_goes_from_one_connection_to_another()
    {
        await using var host = await StompHost.StartAsync();
        await using var minji = await host.ConnectAsync();
        await using var jun = await host.ConnectAsync("1.1");

        await minji.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:1\n\n\0");
        await minji.ReceiptAsync("1");
        await jun.SendAsync("SEND\ndestination:/app/echo\nreceipt:2\ncontent-type:text/plain\n\n안녕하세요 👋\0");

        await jun.ReceiptAsync("2");
        var message = await minji.ReadAsync("MESSAGE");
        Assert.Equal("안녕하세요 👋", message.Text);
        Assert.Equal("a", message["subscription"]);
    }
}
