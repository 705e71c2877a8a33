using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Testing;

namespace SmallTalk.Stomp.Tests;

/// <summary>Acknowledgements and transactions of the client where they mean something: at the in-memory broker.</summary>
public class TheClientAtABroker
{
    static readonly StompSubscribeOptions Individually = new() { Ack = StompAckMode.ClientIndividual };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static Task<StompHost> StartAsync(StompTransport transport) => StompHost.StartAsync(transport: transport, map: stomp => stomp.MapBroker());

    static int Waiting(StompHost host) => host.Services.GetRequiredService<StompBroker>().QueueLength("/queue/work");

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task K24_What_is_acknowledged_is_done_and_what_is_not_comes_to_another(StompTransport transport)
    {
        await using var host = await StartAsync(transport);
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        await using var other = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        var work = await client.SubscribeAsync("/queue/work", Individually, Ct);
        await client.SendAsync("/queue/work", "1"u8.ToArray(), ct: Ct);
        await client.SendAsync("/queue/work", "2"u8.ToArray(), ct: Ct);
        var (first, second) = (await work.ReadAsync(Ct), await work.ReadAsync(Ct));
        var others = await other.SubscribeAsync("/queue/work", Individually, Ct);

        await client.AckAsync(second, Ct);
        await client.NackAsync(first, Ct);

        var again = await others.ReadAsync(Ct);
        Assert.Equal("1", again.Text);
        await other.AckAsync(again, Ct);
        Assert.Equal(0, Waiting(host));
    }

    [Theory]
    [InlineData(StompTransport.WebSocket)]
    [InlineData(StompTransport.Tcp)]
    public async Task A_transaction_takes_effect_as_a_whole_or_not_at_all(StompTransport transport)
    {
        await using var host = await StartAsync(transport);
        await using var client = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        var work = await client.SubscribeAsync("/queue/work", Individually, Ct);
        var news = await client.SubscribeAsync("/topic/news", ct: Ct);
        await client.SendAsync("/queue/work", "job"u8.ToArray(), ct: Ct);
        var job = await work.ReadAsync(Ct);

        await using (var undone = await client.BeginAsync(Ct))
        {
            await undone.SendAsync("/topic/news", "never"u8.ToArray(), ct: Ct);
            await undone.AckAsync(job, Ct);
            await undone.AbortAsync(Ct);
        }

        Assert.Equal(1, Waiting(host));
        await using var done = await client.BeginAsync(Ct);
        await done.SendAsync("/topic/news", "done"u8.ToArray(), ct: Ct);
        await done.AckAsync(job, Ct);
        await done.CommitAsync(Ct);

        Assert.Equal("done", (await news.ReadAsync(Ct)).Text);
        Assert.Equal(0, Waiting(host));
    }

    [Fact]
    public async Task Work_that_a_cut_interrupts_comes_again_and_is_done_once()
    {
        await using var host = await StartAsync(StompTransport.WebSocket);
        await using var line = new Line(host.Address);
        await using var worker = await StompClient.ConnectAsync(
            new UriBuilder(line.Address) { Scheme = "ws", Path = "/ws" }.Uri,
            new StompClientOptions { Reconnect = new StompReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(10) } }, Ct);
        await using var boss = await StompClient.ConnectAsync(host.ClientAddress, ct: Ct);
        var work = await worker.SubscribeAsync("/queue/work", Individually, Ct);
        for (var i = 0; i < 5; i++)
            await boss.SendAsync("/queue/work", new[] { (byte)('0' + i) }, ct: Ct);
        var interrupted = await work.ReadAsync(Ct);

        line.Cut();

        await Eventually.TrueAsync(() => worker.State == StompClientState.Reconnecting || work.Last!.Connection != interrupted.Connection);
        await Assert.ThrowsAsync<StompConnectionLostException>(() => worker.AckAsync(interrupted, Ct));
        var done = new List<string>();
        while (done.Count < 5)
        {
            var job = await work.ReadAsync(Ct);
            await worker.AckAsync(job, Ct);
            done.Add(job.Text);
        }

        Assert.Equal(["0", "1", "2", "3", "4"], done.Order());
        Assert.Equal(0, Waiting(host));
    }
}
