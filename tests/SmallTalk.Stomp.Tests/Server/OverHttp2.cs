using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SmallTalk.Stomp.Tests;

public class OverHttp2
{
    [Fact]
    public async Task A_WebSocket_inside_HTTP_2_works_as_one_of_its_own()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var host = await StompHost.StartAsync(protocols: HttpProtocols.Http2);
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        var options = new StompClientOptions
        {
            Invoker = http,
            ConfigureWebSocket = socket =>
            {
                socket.HttpVersion = HttpVersion.Version20;
                socket.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            },
        };
        await using var one = await StompClient.ConnectAsync(host.WebSocketAddress, options, ct);
        await using var other = await StompClient.ConnectAsync(host.WebSocketAddress, options, ct);
        var echo = await one.SubscribeAsync("/topic/echo", ct: ct);

        await other.SendAsync("/app/echo", new byte[30_000], ct: ct);
        await other.SendAsync("/app/echo", "hi"u8.ToArray(), ct: ct);

        Assert.Equal(30_000, (await echo.ReadAsync(ct)).Body.Length);
        Assert.Equal("hi", (await echo.ReadAsync(ct)).Text);
        Assert.Equal(1000, (int)(await one.CloseAsync(ct)).CloseCode!);
        other.Abort();
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
    }
}
