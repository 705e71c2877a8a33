using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Bench.Search;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

// What a search costs as rooms grow: docs/adr/0004-room-search.md and 0006.
//   dotnet run -c Release --project bench/SmallTalk.Bench.Search [rooms [folder]]
// The server's own search on its own store, which is filled past EF. A folder that is given is kept, and not filled again. Words
// are drawn as in speech (few are frequent); 줌바댄스 is in 50 rooms however many there are, 축구 in one of a hundred.
const int Rounds = 7;
const int PageRows = 31; // 30 and whether there are more
var size = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
var isKept = args.Length > 1;
var folder = isKept ? Directory.CreateDirectory(args[1]) : Directory.CreateTempSubdirectory("smalltalk-bench-");
var words = new Words();
if (!File.Exists(Path.Combine(folder.FullName, "filled")))
{
    await using (var node = Node())
    {
        await node.StartAsync(); // makes the schema
        await node.StopAsync();
    }
    Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools(); // they hold the file
    Filling.Fill(Path.Combine(folder.FullName, "smalltalk.db"), words, size);
    await File.WriteAllTextAsync(Path.Combine(folder.FullName, "filled"), "");
}
await using (var node = Node())
{
    await node.StartAsync();
    await using var scope = node.Services.CreateAsyncScope();
    var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
    var rooms = await db.Rooms.CountAsync();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{rooms:N0} rooms, {folder.EnumerateFiles("smalltalk.db*").Sum(f => f.Length) / 1e6:N0} MB\n{"query",-14} {"first page",11} {"a page after 20",16}"));
    foreach (var query in (string[])["줌바댄스", "ㅈㅂㄷㅅ", "줌바댄ㅅ", "wnaqkeostm", "줌바댄스 모임", "축구", "축구 모임", "ㅊㄱ", "축ㄱ", "구", "축", "ㅇ", "a", "soccer", "없는말없는말"])
    {
        var page = await SearchAsync(query, null);
        var times = new List<double>();
        for (var i = 0; i < Rounds; i++)
            times.Add((await SearchAsync(query, null)).Milliseconds);
        var after = page.Last;
        for (var i = 0; i < 19 && after is not null; i++)
            after = (await SearchAsync(query, after)).Last;
        var late = after is null ? "–" : (await SearchAsync(query, after)).Milliseconds.ToString("F1", CultureInfo.InvariantCulture) + " ms";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{query,-14} {times.Order().ElementAt(Rounds / 2),8:F1} ms {late,16}"));
    }
    Console.WriteLine($"\n{"a mix of",-28} {"number",7} {"p50",8} {"p99",8} {"most",8}");
    var all = new List<double>();
    foreach (var (kind, queries) in words.Queries(new Random(5), 120))
    {
        var times = new List<double>();
        foreach (var query in queries)
            times.Add((await SearchAsync(query, null)).Milliseconds);
        all.AddRange(times);
        Print(kind, times);
    }
    Print("all of them", all);
    await node.StopAsync();

    async Task<(double Milliseconds, RoomSearch.Place? Last)> SearchAsync(string typed, RoomSearch.Place? after)
    {
        await using var request = node.Services.CreateAsyncScope();
        var search = new RoomSearch(request.ServiceProvider.GetRequiredService<ChatDb>());
        var start = Stopwatch.GetTimestamp();
        var page = await search.PageAsync(SearchQuery.Parse(typed)!, new RoomFilter(null, null), RoomSort.Active, after, PageRows, default);
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, page.Count == PageRows ? page[^2] : null);
    }
}
if (!isKept)
    folder.Delete(recursive: true);

Microsoft.AspNetCore.Builder.WebApplication Node() => SmallTalk.Server.Program.Build(
    [$"--SmallTalk:Data={folder.FullName}", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error"]);

static void Print(string what, List<double> times)
{
    var sorted = times.Order().ToList();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what,-28} {sorted.Count,7} {sorted[sorted.Count / 2],5:F1} ms {sorted[(int)Math.Ceiling(0.99 * sorted.Count) - 1],5:F1} ms {sorted[^1],5:F1} ms"));
}
