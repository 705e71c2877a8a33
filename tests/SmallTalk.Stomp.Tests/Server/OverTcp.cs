using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;

namespace SmallTalk.Stomp.Tests;

/// <summary>What is peculiar to a bare stream.</summary>
public class OverTcp
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task S12_67_S12_72_One_who_closed_its_sending_half_still_gets_every_receipt()
    {
        var outcomes = new System.Collections.Concurrent.ConcurrentQueue<TaskCompletionSource<IStompResult?>>();
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapSend("/app/log", () =>
        {
            var outcome = new TaskCompletionSource<IStompResult?>();
            outcomes.Enqueue(outcome);
            return StompResult.When(outcome.Task);
        }), transport: StompTransport.Tcp);
        await using var leaving = await host.ConnectAsync();
        await using var polite = await host.ConnectAsync();

        await leaving.SendAsync("SEND\ndestination:/app/log\nreceipt:1\n\n\0SEND\ndestination:/app/echo\nreceipt:2\n\nx\0SEND\ndestination:/app");
        await leaving.SendCloseAsync();
        await polite.SendAsync("SEND\ndestination:/app/echo\nreceipt:1\n\ny\0DISCONNECT\nreceipt:bye\n\n\0");
        await polite.SendCloseAsync();

        await leaving.ReceiptAsync("2");
        outcomes.Single().SetResult(null);
        await leaving.ReceiptAsync("1");
        await leaving.ClosedAsync(1000);
        await polite.ReceiptAsync("1");
        await polite.ReceiptAsync("bye");
        await polite.ClosedAsync(1000);
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0);
    }

    [Fact]
    public async Task Receivers_on_both_transports_share_one_message()
    {
        await using var host = await StompHost.StartAsync();
        await using var web = await host.ConnectAsync();
        await using var tcp = await WirePeer.OpenTcpAsync(host.TcpEndPoint);
        await tcp.SendAsync("CONNECT\naccept-version:1.2\n\n\0");
        await tcp.ReadAsync("CONNECTED");
        foreach (var peer in new[] { web, tcp })
        {
            await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0");
            await peer.ReceiptAsync("r");
        }

        foreach (var length in new[] { 0, 1, 20, 100, 200, 60_000, 70_000 })
        {
            host.Echo.Post(new StompMessage("/topic/echo", Encoding.ASCII.GetBytes(new string('x', length))));
            var (one, other) = (await web.ReadAsync("MESSAGE"), await tcp.ReadAsync("MESSAGE"));
            Assert.Equal(length, other.Body.Length);
            Assert.Equal(one.ToString(), other.ToString());
        }

        Assert.Equal([StompTransport.WebSocket, StompTransport.Tcp], host.Server.Connections.Select(c => c.Transport).Order());
    }

    [Fact]
    public async Task A_browser_that_comes_by_is_refused_and_changes_nothing()
    {
        await using var host = await StompHost.StartAsync(transport: StompTransport.Tcp);
        await using var peer = await host.OpenAsync();

        await peer.SendAsync("POST / HTTP/1.1\r\nHost: x\r\n\r\nCONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/app/echo\n\nx\0");

        Assert.Contains("'POST / HTTP/1.1'", (await peer.RefusedAsync(1002))["message"]);
        Assert.Empty(host.Echo.Bodies);
    }

    [Fact]
    public async Task A_frame_larger_than_every_buffer_between_arrives_whole()
    {
        const int Length = 5 * 1024 * 1024;
        await using var host = await StompHost.StartAsync(
            options => options.MaxFrameBytes = options.OutboundQueueBytes = 8 * 1024 * 1024, transport: StompTransport.Tcp);
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:a\ndestination:/topic/echo\nreceipt:r\n\n\0");
        await peer.ReceiptAsync("r");

        var sending = peer.SendAsync($"SEND\ndestination:/app/echo\ncontent-length:{Length}\n\n{new string('x', Length)}\0");

        Assert.Equal(Length, (await peer.ReadAsync("MESSAGE")).Body.Length);
        await sending;
    }

    [Fact]
    public async Task K25_The_kernel_asks_after_a_silent_peer()
    {
        await using var host = await StompHost.StartAsync(
            options => (options.PingInterval, options.PingTimeout) = (TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(8)),
            transport: StompTransport.Tcp);
        await using var peer = await host.ConnectAsync();

        // /proc/net/tcp names the timer of each socket: 02 is the keep-alive's.
        var port = $":{host.TcpEndPoint.Port:X4} ";
        Assert.SkipUnless(File.Exists("/proc/net/tcp"), "needs Linux");
        var line = (await File.ReadAllLinesAsync("/proc/net/tcp", Ct)).Single(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var local, _, "01", ..]
            && (local + " ").EndsWith(port, StringComparison.Ordinal));
        Assert.StartsWith("02:", line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[5]);
    }

    [Fact]
    public async Task Within_TLS_it_is_the_same_and_the_ERROR_arrives_though_the_client_goes_on_sending()
    {
        using var certificate = Certificate();
        var port = FreePort();
        await using var host = await StompHost.StartAsync(build: builder => builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(certificate)
                .UseStomp(stomp => stomp.MapSend("/app/echo", (StompFrame frame, StompHost.EchoRoom room) => room.Post(frame))))));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, Ct);
        await using var tls = new SslStream(tcp.GetStream(), false, (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString());
        await tls.AuthenticateAsClientAsync("localhost");

        await tls.WriteAsync("CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/app/echo\nreceipt:1\n\nx\0NONSENSE\n\n\0"u8.ToArray(), Ct);
        await tls.WriteAsync(new byte[1024 * 1024], Ct);
        using var patience = new CancellationTokenSource(WirePeer.Patience);
        using var seen = new MemoryStream();
        var begin = TimeProvider.System.GetTimestamp();
        await tls.CopyToAsync(seen, patience.Token);

        Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(3), "it waited for the deadline");
        Assert.Matches("^CONNECTED\n[^\0]*\0RECEIPT\nreceipt-id:1\n\n\0ERROR\nmessage:[^\0]*\0$", Encoding.UTF8.GetString(seen.ToArray()));
        Assert.Equal(["x"], host.Echo.Bodies);
    }

    static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
