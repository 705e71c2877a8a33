using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

// What a search costs as rooms grow, by grams and by reading every text: docs/adr/0004-room-search.md.
//   dotnet run -c Release --project bench/SmallTalk.Bench.Search [rooms …]
// The server's own index and search, on its own store. Words are drawn as in speech (few are frequent); 줌바댄스 is in 50
// rooms however many there are, 축구 in one of a hundred.
const int Rounds = 7;
string[] queries = ["줌바댄스", "ㅈㅂㄷㅅ", "줌바댄ㅅ", "wnaqkeostm", "줌바댄스 모임", "축구", "ㅊㄱ", "축ㄱ", "구", "ㅇ", "soccer", "없는말없는말"];
var sizes = args.Length > 0 ? args.Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray() : [10_000, 100_000];

foreach (var size in sizes)
{
    var folder = Directory.CreateTempSubdirectory("smalltalk-bench-");
    await using (var node = SmallTalk.Server.Program.Build([$"--SmallTalk:Data={folder.FullName}", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error"]))
    {
        await node.StartAsync();
        var clock = Stopwatch.StartNew();
        await FillAsync(node.Services, size);
        var mega = new DirectoryInfo(folder.FullName).EnumerateFiles("smalltalk.db*").Sum(f => f.Length) / 1e6;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n{size:N0} rooms, {mega:N0} MB, {clock.Elapsed.TotalMilliseconds / size:F2} ms to file one\n{"query",-14} {"found",7} {"first page",11} {"read all",9}"));
        foreach (var query in queries)
        {
            await using var scope = node.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
            var parsed = SearchQuery.Parse(query)!;
            var filter = new RoomFilter(null, null);
            var found = (await new RoomSearch(db).PageAsync(parsed, filter, RoomSort.Active, null, int.MaxValue, default)).Count;
            var page = await MedianAsync(() => new RoomSearch(db).PageAsync(parsed, filter, RoomSort.Active, null, 31, default));
            var text = $"%{parsed.Words[0][0].Pattern.Text}%";
            var all = await MedianAsync(() => db.Database.SqlQuery<int>(
                $"SELECT COUNT(*) AS \"Value\" FROM room_texts WHERE name LIKE {text} OR tags LIKE {text} OR description LIKE {text}").ToListAsync());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{query,-14} {found,7:N0} {page,8:F1} ms {all,6:F1} ms"));
        }
        await node.StopAsync();
    }
    folder.Delete(recursive: true);
}

static async Task<double> MedianAsync<T>(Func<Task<T>> work)
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

static async Task FillAsync(IServiceProvider services, int size)
{
    const int Chunk = 500;
    var random = new Random(1);
    var words = Enumerable.Range(0, 5_000).Select(i => i switch
    {
        3 => "모임",
        _ when i % 12 == 5 => Latin(random),
        _ => string.Concat(Enumerable.Range(0, random.Next(2, 4)).Select(_ => Hangul.Compose(
            "ㄱㄴㄷㄹㅁㅂㅅㅇㅇㅇㅈㅊㅋㅌㅍㅎ"[random.Next(16)], "ㅏㅓㅗㅜㅡㅣㅐㅔㅕㅛ"[random.Next(10)], "\0\0\0\0\0ㄱㄴㄹㅁㅂㅅㅇ"[random.Next(12)]))),
    }).ToArray();
    for (var done = 0; done < size; done += Chunk)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await using var write = await db.BeginWriteAsync(default);
        var now = DateTimeOffset.UtcNow;
        for (var i = done; i < done + Chunk; i++)
        {
            var name = Words(2) + (i % 100 == 0 ? " 축구" : "") + (i % (size / 50) == 1 ? " 줌바댄스" : "") + (i % 1_000 == 2 ? " soccer" : "");
            var draft = new RoomDraft(
                name, "sports", Words(10), [.. Enumerable.Range(0, random.Next(4)).Select(_ => Words(1)).Distinct().Select(t => new RoomTag(RoomFields.TagKey(t), t))],
                JoinRule.Open, IsListed: true, null, 1_500);
            await Founding.AddAsync(db, draft, null, Guid.CreateVersion7(now), now, default);
        }
        await write.CommitAsync();
    }

    string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => words[(int)(Math.Pow(random.NextDouble(), 3) * words.Length)]));
}

static string Latin(Random random) => string.Concat(Enumerable.Range(0, random.Next(3, 8)).Select(i => (i % 2 == 0 ? "bcdfgklmnprst" : "aeiou")[random.Next(i % 2 == 0 ? 13 : 5)]));
