using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests;

/// <summary>Of OpenTelemetry, as operators run one.</summary>
public sealed class ACollector
{
    [Fact]
    public async Task Gets_what_the_node_measures_and_traces()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        await using var collector = await Receiver.StartAsync();
        await using var node = await NodeProcess.StartAsync(
            folder,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"), ("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_SERVICE_NAME", "our-chat"));
        using var http = new HttpClient { BaseAddress = node.Address };
        var tokens = await (await http.PostAsJsonAsync("/api/accounts", new { nickname = "보는 사람", password = TestUser.Password })).JsonAsync();
        var token = tokens.GetProperty("accessToken").GetString()!;
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var room = (await (await http.PostAsJsonAsync("/api/rooms", new { name = "방", category = "sports", joinRule = "open" })).JsonAsync()).GetProperty("id").GetGuid();
        await using var live = await StompClient.ConnectAsync(node.Live, new StompClientOptions { BearerToken = token });
        await live.SubscribeAsync($"/topic/rooms/{room}", new StompSubscribeOptions { Headers = { ["after"] = "0" } });

        await live.SendAsync($"/app/rooms/{room}/messages", Encoding.UTF8.GetBytes("""{"clientId":"1","text":"비밀 이야기"}"""), "application/json");

        string[] metrics =
        [
            "smalltalk.log.batch.size", "smalltalk.log.commit.duration", "smalltalk.log.queue.length", "smalltalk.log.entries",
            "smalltalk.fanout.delivery.duration", "smalltalk.fanout.started", "smalltalk.fanout.rooms", "smalltalk.fanout.tail.usage",
            "stomp.server.connections", "messaging.process.duration", "dotnet.gc.collections", "http.server.request.duration", "kestrel.active_connections",
        ];
        await collector.HasAsync("/v1/metrics", [.. metrics, "our-chat"]);
        await collector.HasAsync("/v1/traces", ["send /app/rooms/{roomId}/messages", "subscribe /topic/rooms/{roomId}", "our-chat"]);
        Assert.DoesNotContain("비밀 이야기", collector.Came("/v1/traces") + collector.Came("/v1/metrics"), StringComparison.Ordinal);
        Assert.DoesNotContain(token, collector.Came("/v1/traces") + collector.Came("/v1/metrics"), StringComparison.Ordinal);
        await node.StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task That_is_away_keeps_no_node_from_its_work_nor_from_stopping()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        string nowhere;
        await using (var gone = await Receiver.StartAsync())
            nowhere = gone.Address;
        await using var node = await NodeProcess.StartAsync(
            folder, ("OTEL_EXPORTER_OTLP_ENDPOINT", nowhere), ("OTEL_METRIC_EXPORT_INTERVAL", "100"), ("OTEL_BSP_SCHEDULE_DELAY", "100")); // by gRPC
        using var http = new HttpClient { BaseAddress = node.Address };

        for (var i = 0; i < 20; i++)
            Assert.True((await http.GetAsync("/health/ready")).IsSuccessStatusCode);

        await node.StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("http://127.0.0.1:1", true)]
    public async Task Costs_a_node_that_has_none_not_even_the_loading_of_a_library(string? endpoint, bool isLoaded)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads what the process has mapped from /proc.");
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        await using var node = await NodeProcess.StartAsync(folder, endpoint is null ? [] : [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]);

        var maps = await File.ReadAllTextAsync($"/proc/{node.Id}/maps", TestContext.Current.CancellationToken);

        Assert.Contains("SmallTalk.Stomp.dll", maps, StringComparison.Ordinal);
        Assert.Equal(isLoaded, maps.Contains("OpenTelemetry", StringComparison.Ordinal));
        node.Kill();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Takes OTLP over HTTP. Names are strings in protobuf, so they stand in the bytes as they are.</summary>
    sealed class Receiver : IAsyncDisposable
    {
        readonly WebApplication _app;
        readonly ConcurrentQueue<(string Path, string Body)> _came = [];

        Receiver(WebApplication app)
        {
            _app = app;
            app.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                _came.Enqueue((context.Request.Path, Encoding.UTF8.GetString(body.ToArray())));
                context.Response.ContentType = "application/x-protobuf"; // an empty answer: all was taken
            });
        }

        public string Address => _app.Urls.First();

        public static async Task<Receiver> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var receiver = new Receiver(builder.Build());
            await receiver._app.StartAsync();
            return receiver;
        }

        public string Came(string path) => string.Concat(_came.Where(request => request.Path == path).Select(request => request.Body));

        public Task HasAsync(string path, string[] names) => Waiting.UntilAsync(
            () => Missing(path, names).Length == 0,
            () => $"{path} of {_came.Count} requests has no {string.Join(", ", Missing(path, names))}");

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        string[] Missing(string path, string[] names)
        {
            var came = Came(path);
            return [.. names.Where(name => !came.Contains(name, StringComparison.Ordinal))];
        }
    }
}
