using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class AnAcknowledgedMessage
{
    [Fact]
    public async Task Survives_a_killed_server_and_is_there_exactly_once()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        var acknowledged = new Dictionary<string, long>(StringComparer.Ordinal);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        (Guid Id, string Token)? room = null;
        for (var round = 0; round < 3; round++)
        {
            await using var node = await NodeProcess.StartAsync(folder);
            room ??= await FoundAsync(node);
            var clients = new List<StompClient>();
            for (var i = 0; i < 4; i++)
                clients.Add(await StompClient.ConnectAsync(node.Live, new StompClientOptions { BearerToken = room.Value.Token, RefusalDestination = "/user/queue/errors" }));

            var writing = clients.Select((client, n) => Task.Run(async () =>
            {
                var pending = new List<Task>();
                for (var i = 0; ; i++)
                {
                    var clientId = $"{round}-{n}-{i}";
                    lock (asked)
                        asked.Add(clientId);
                    var sent = client.SendAsync(
                        $"/app/rooms/{room.Value.Id}/messages", JsonSerializer.SerializeToUtf8Bytes(new { clientId, text = $"글 {clientId}" }), "application/json");
                    pending.Add(sent.ContinueWith(
                        done =>
                        {
                            if (done.IsCompletedSuccessfully)
                            {
                                lock (acknowledged)
                                    acknowledged.Add(clientId, done.Result.Seq());
                            }
                        },
                        TaskScheduler.Default));
                    if (client.Closed.IsCompleted)
                        break;
                    if (pending.Count % 50 == 0)
                        await Task.WhenAny(Task.WhenAll(pending.TakeLast(50)), client.Closed);
                }
                await Task.WhenAll(pending);
            })).ToList();
            var enough = acknowledged.Count + 500;
            await Waiting.UntilAsync(() =>
            {
                lock (acknowledged)
                    return acknowledged.Count >= enough;
            }, () => $"{acknowledged.Count} of {enough} acknowledged. {node.Output}");
            node.Kill();
            await Task.WhenAll(writing);
            foreach (var client in clients)
                await client.DisposeAsync();
        }

        await using var after = await NodeProcess.StartAsync(folder);
        using var http = new HttpClient { BaseAddress = after.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", room!.Value.Token);
        var past = await http.AllMessagesAsync(room.Value.Id);
        Assert.Equal(Enumerable.Range(1, past.Count).Select(i => (long)i), past.Select(m => m.Seq()));
        var stored = past.ToDictionary(m => m.GetProperty("clientId").GetString()!, m => m.Seq()); // throws when one is there twice
        Assert.True(acknowledged.Count >= 1_500);
        Assert.All(acknowledged, pair => Assert.Equal(pair.Value, stored[pair.Key]));
        Assert.Subset(asked, stored.Keys.ToHashSet());
        await after.StopAsync();
        if (!TestStore.IsPostgres)
        {
            await using var store = await TestStore.OpenAsync(folder);
            Assert.Equal("ok", await store.ExecuteAsync("PRAGMA integrity_check"));
        }
        Directory.Delete(folder, recursive: true);
    }

    static async Task<(Guid, string)> FoundAsync(NodeProcess node)
    {
        using var http = new HttpClient { BaseAddress = node.Address };
        var tokens = await (await http.PostAsJsonAsync("/api/accounts", new { nickname = "오래된 이웃", password = TestUser.Password })).JsonAsync();
        var token = tokens.GetProperty("accessToken").GetString()!;
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var room = await (await http.PostAsJsonAsync("/api/rooms", new { name = "튼튼한 방", category = "sports", joinRule = "open" })).JsonAsync();
        return (room.GetProperty("id").GetGuid(), token);
    }
}
