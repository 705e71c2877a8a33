using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Bench.Growth;
using SmallTalk.Server.Data;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Messages.Log;

// What must not grow with what lies behind: docs/performance.md, "What does not grow".
//   dotnet run -c Release --project bench/SmallTalk.Bench.Growth [messages rooms folder]
// One room with so many messages and so many other rooms with one each, beside a store with 10 of both: what reading, catching up, writing
// and starting cost on each. A folder that is given is kept, and not filled again.
const int Rounds = 200;
if (args is [Serving.Argument, .. var plain])
{
    await using var node = SmallTalk.Server.Program.Build(plain);
    await node.RunAsync();
    return;
}
var messages = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 10_000_000;
var rooms = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100_000;
var isKept = args.Length > 2;
var folder = isKept ? Directory.CreateDirectory(args[2]) : Directory.CreateTempSubdirectory("smalltalk-bench-");

_ = await MeasureAsync(folder.CreateSubdirectory("small"), Math.Min(messages, 2_200), 10); // compiles
var small = await MeasureAsync(folder.CreateSubdirectory("small"), Math.Min(messages, 2_200), 10);
var large = await MeasureAsync(folder.CreateSubdirectory("large"), messages, rooms);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{"",-44} {Math.Min(messages, 2_200),11:N0} {messages,15:N0} messages\n{"",-44} {10,11:N0} {rooms,15:N0} other rooms"));
foreach (var (what, value) in large)
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-44} {small[what],11:F2} {value,15:F2}"));
if (!isKept)
    folder.Delete(recursive: true);

async Task<Dictionary<string, double>> MeasureAsync(DirectoryInfo data, long messages, int rooms)
{
    var results = new Dictionary<string, double>();
    var key = Path.Combine(data.FullName, "filled");
    string[] arguments = [$"--SmallTalk:Data={data.FullName}", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error"];
    if (!File.Exists(key))
    {
        string token;
        Guid me;
        await using (var node = SmallTalk.Server.Program.Build(arguments))
        {
            await node.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(node.Urls.First()) };
            using var signedUp = await http.PostAsJsonAsync("/api/accounts", new { nickname = "민지", password = "correct horse battery" });
            var session = await signedUp.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();
            (token, me) = (session.GetProperty("accessToken").GetString()!, session.GetProperty("user").GetProperty("id").GetGuid());
            await node.StopAsync();
        }
        SqliteConnection.ClearAllPools(); // they hold the file
        var room = Filling.Fill(Path.Combine(data.FullName, "smalltalk.db"), me, messages, rooms);
        await File.WriteAllLinesAsync(key, [token, $"{room}", $"{me}"]);
    }
    var (access, roomId, meId) = await File.ReadAllLinesAsync(key) is [var a, var b, var c] ? (a, Guid.Parse(b), Guid.Parse(c)) : throw new InvalidDataException(key);

    results["start until ready, ms"] = await StartAsync(data);
    await using (var node = SmallTalk.Server.Program.Build(arguments))
    {
        await node.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(node.Urls.First()) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", access);
        foreach (var (what, query) in ((string, string)[])[
            ("newest 50, ms", ""), ("50 around the first, ms", "?around=1"), ("50 around the middle, ms", $"?around={messages / 2}"), ("50 around the last, ms", $"?around={messages}")])
        {
            results[$"HTTP: {what}"] = await MedianAsync(async () =>
            {
                using var answer = await http.GetAsync($"/api/rooms/{roomId}/messages{query}");
                await answer.EnsureSuccessStatusCode().Content.CopyToAsync(Stream.Null);
            });
        }
        foreach (var missed in (int[])[1, 50, 500, 2_000])
        {
            results[$"catching up on {missed:N0}, ms"] = await MedianAsync(async () =>
            {
                await using var scope = node.Services.CreateAsyncScope();
                await Past.ChangesAsync(scope.ServiceProvider.GetRequiredService<ChatDb>(), roomId, messages - missed, messages, default);
            });
        }
        var log = node.Services.GetRequiredService<MessageLog>();
        results["one message alone, until it is stored, ms"] = await MedianAsync(() =>
            log.AppendAsync(new Post(roomId, meId, Guid.CreateVersion7().ToString(), "오늘도 만나서 반가웠어요, 다음에 또 봐요", replyTo: null), default));
        foreach (var _ in (int[])[1, 2]) // the first time warms up
        {
            const int Many = 20_000;
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            await Task.WhenAll(Enumerable.Range(0, Many).Select(_ =>
                log.AppendAsync(new Post(roomId, meId, Guid.CreateVersion7().ToString(), "오늘도 만나서 반가웠어요, 다음에 또 봐요", replyTo: null), default)));
            results["a message of many, µs of CPU"] = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / Many;
        }
        await node.StopAsync();
    }
    SqliteConnection.ClearAllPools();
    return results;
}

static async Task<double> MedianAsync(Func<Task> work)
{
    var times = new List<double>();
    for (var i = 0; i < Rounds; i++)
    {
        var start = Stopwatch.GetTimestamp();
        await work();
        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
    return times.Order().ElementAt(Rounds / 2);
}

// A process of its own, from its start until it says that it is ready; the median of three.
static async Task<double> StartAsync(DirectoryInfo data)
{
    var times = new List<double>();
    for (var i = 0; i < 3; i++)
    {
        var port = 20_000 + Random.Shared.Next(20_000);
        var start = Stopwatch.GetTimestamp();
        using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [
            .. Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : Array.Empty<string>(),
            Serving.Argument, $"--SmallTalk:Data={data.FullName}", $"--urls=http://127.0.0.1:{port}", "--Logging:LogLevel:Default=Error", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error"]))!;
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                using var ready = await http.GetAsync($"http://127.0.0.1:{port}/health/ready");
                if (ready.StatusCode == HttpStatusCode.OK)
                    break;
            }
            catch (HttpRequestException) when (!server.HasExited)
            {
            }
            await Task.Delay(5);
        }
        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        server.Kill();
        await server.WaitForExitAsync();
    }
    return times.Order().ElementAt(1);
}
