using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests;

public sealed class ANodeThatStops
{
    [Fact]
    public async Task Says_that_it_is_not_ready_sends_its_people_away_and_keeps_what_it_acknowledged()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        await using var node = await NodeProcess.StartAsync(folder, ("SmallTalk:StopDelay", "00:00:02"));
        using var http = new HttpClient { BaseAddress = node.Address };
        var (room, token) = await FoundAsync(http);
        var clients = new List<StompClient>();
        for (var i = 0; i < 30; i++)
            clients.Add(await StompClient.ConnectAsync(node.Live, new StompClientOptions { BearerToken = token }, TestContext.Current.CancellationToken));
        var acknowledged = new ConcurrentDictionary<string, long>();
        var writing = clients.Take(4).Select((client, n) => Task.Run(() => WriteAsync(client, n))).ToList();
        await Waiting.UntilAsync(() => acknowledged.Count > 100, () => $"{acknowledged.Count} acknowledged. {node.Output}");

        var time = Stopwatch.StartNew();
        var closed = Task.WhenAll(clients.Select(async client => (Closure: await client.Closed, At: time.Elapsed)));
        var stopping = node.StopAsync();
        await ReadinessIsAsync(http, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/categories", TestContext.Current.CancellationToken)).StatusCode); // others are still served
        var code = await stopping;

        Assert.True(code == 0, $"It ended with {code}. {node.Output}");
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await Task.WhenAll(writing);
        var ends = await closed;
        Assert.All(ends, end => Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, end.Closure.CloseCode));
        Assert.True(ends.Max(end => end.At) - ends.Min(end => end.At) > TimeSpan.FromSeconds(1), "All were sent away in the same moment.");
        await using var again = await NodeProcess.StartAsync(folder);
        using var after = new HttpClient { BaseAddress = again.Address };
        after.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var stored = (await after.AllMessagesAsync(room)).ToDictionary(m => m.GetProperty("clientId").GetString()!, m => m.Seq());
        Assert.All(acknowledged, pair => Assert.Equal(pair.Value, stored[pair.Key]));
        foreach (var client in clients)
            await client.DisposeAsync();
        await again.StopAsync();
        Directory.Delete(folder, recursive: true);

        async Task WriteAsync(StompClient client, int n)
        {
            for (var i = 0; !client.Closed.IsCompleted; i++)
            {
                var clientId = $"{n}-{i}";
                try
                {
                    var receipt = await client.SendAsync(
                        $"/app/rooms/{room}/messages", JsonSerializer.SerializeToUtf8Bytes(new { clientId, text = clientId }), "application/json");
                    acknowledged[clientId] = receipt.Seq();
                }
                catch (StompClientException)
                {
                    return; // sent away
                }
            }
        }
    }

    [Fact]
    public async Task Does_so_within_ten_seconds_though_its_store_and_a_client_hang()
    {
        Assert.SkipWhen(TestStore.IsPostgres, "The lock that makes SQLite hang is its own");
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        await using var node = await NodeProcess.StartAsync(folder);
        using var http = new HttpClient { BaseAddress = node.Address };
        var (room, _) = await FoundAsync(http);
        using var deaf = new System.Net.Sockets.TcpClient();
        await deaf.ConnectAsync(node.Address.Host, node.Address.Port, TestContext.Current.CancellationToken);
        await deaf.GetStream().WriteAsync("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await using var locked = await TestStore.OpenAsync(folder);
        await locked.ExecuteAsync("BEGIN IMMEDIATE");
        var waiting = http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = "c", text = "언제까지나" }, TestContext.Current.CancellationToken);

        var time = Stopwatch.StartNew();
        var code = await node.StopAsync();

        Assert.True(code == 0, $"It ended with {code}. {node.Output}");
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        var refused = await Record.ExceptionAsync(async () => (await waiting).EnsureSuccessStatusCode());
        Assert.IsType<HttpRequestException>(refused);
        await locked.ExecuteAsync("ROLLBACK");
        await locked.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    static async Task ReadinessIsAsync(HttpClient http, HttpStatusCode status)
    {
        for (var patience = Stopwatch.StartNew(); (await http.GetAsync("/health/ready")).StatusCode != status; await Task.Delay(20))
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), $"/health/ready did not become {status}");
    }

    static async Task<(Guid Room, string Token)> FoundAsync(HttpClient http)
    {
        var tokens = await (await http.PostAsJsonAsync("/api/accounts", new { nickname = "오래된 이웃", password = TestUser.Password })).JsonAsync();
        var token = tokens.GetProperty("accessToken").GetString()!;
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var room = await (await http.PostAsJsonAsync("/api/rooms", new { name = "튼튼한 방", category = "sports", joinRule = "open" })).JsonAsync();
        return (room.GetProperty("id").GetGuid(), token);
    }
}
