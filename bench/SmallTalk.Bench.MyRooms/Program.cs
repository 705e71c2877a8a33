using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.History;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

// What 'my rooms' cost somebody who is in many and far behind in each: docs/adr/0005-unread.md.
//   dotnet run -c Release --project bench/SmallTalk.Bench.MyRooms [rooms [behind]]
// "difference" is for who has written nothing since they read, "counted" for who has, in every room.
const int Rounds = 9;
const int Page = 100;
var rooms = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 500;
var behind = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000;

var folder = Directory.CreateTempSubdirectory("smalltalk-bench-");
await using (var node = SmallTalk.Server.Program.Build([$"--SmallTalk:Data={folder.FullName}", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Error"]))
{
    await node.StartAsync();
    var me = Guid.CreateVersion7();
    var ids = await FillAsync(node.Services, me, rooms, behind);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rooms:N0} rooms, {behind:N0} unread in each, medians of {Rounds}"));
    foreach (var hasWritten in (bool[])[false, true])
    {
        await WriteAsync(node.Services, db => db.Memberships.ExecuteUpdateAsync(set => set
            .SetProperty(m => m.HasWritten, hasWritten).SetProperty(m => m.Own, 100).SetProperty(m => m.OwnTo, m => m.ReadSeq + (behind / 2))));
        Console.WriteLine(hasWritten ? "counted" : "difference");
        Print($"unread of all {rooms}", await MedianAsync(s => Unread.OfRoomsAsync(Db(s), me, ids, default)));
        Print($"unread of {Page}", await MedianAsync(s => Unread.OfRoomsAsync(Db(s), me, ids[..Math.Min(Page, rooms)], default)));
        Print($"a page of {Page}", await MedianAsync(s => s.GetRequiredService<MyRooms>().PageAsync(me, Relation.Joined, SearchQuery.Parse(null)!, null, Page, default)));
        Print("the total", await MedianAsync(s => Unread.TotalAsync(Db(s), me, default)));
    }
    await node.StopAsync();

    async Task<double> MedianAsync<T>(Func<IServiceProvider, Task<T>> work)
    {
        var times = new List<double>();
        for (var i = 0; i <= Rounds; i++)
        {
            await using var scope = node.Services.CreateAsyncScope();
            var start = Stopwatch.GetTimestamp();
            await work(scope.ServiceProvider);
            if (i > 0) // the first one compiles
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return times.Order().ElementAt(Rounds / 2);
    }
}
folder.Delete(recursive: true);

static void Print(string what, double milliseconds) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-20} {milliseconds,8:F2} ms"));

static ChatDb Db(IServiceProvider services) => services.GetRequiredService<ChatDb>();

static async Task WriteAsync(IServiceProvider services, Func<ChatDb, Task<int>> work)
{
    await using var scope = services.CreateAsyncScope();
    var db = Db(scope.ServiceProvider);
    await using var write = await db.BeginWriteAsync(default);
    await work(db);
    await write.CommitAsync();
}

static async Task<List<Guid>> FillAsync(IServiceProvider services, Guid me, int rooms, int behind)
{
    var now = DateTimeOffset.UtcNow;
    var people = Enumerable.Range(0, 200).Select(_ => Guid.CreateVersion7()).ToArray();
    var ids = Enumerable.Range(0, rooms).Select(_ => Guid.CreateVersion7()).ToList();
    await WriteAsync(services, db =>
    {
        foreach (var (i, id) in people.Append(me).Index())
            db.Users.Add(new User { Id = id, UserName = $"사람 {i}", NormalizedUserName = $"{id}" });
        foreach (var (i, id) in ids.Index())
        {
            var at = now.AddMinutes(-i);
            db.Rooms.Add(new Room
            {
                Id = id,
                Name = $"방 {i}",
                CreatorId = me,
                OwnerId = me,
                MemberLimit = 100,
                MemberCount = 21,
                LastSeq = behind + 100,
                Version = behind + 100,
                CreatedAt = at,
                LastMessageAt = at,
                ActiveAt = at,
            });
            db.Memberships.Add(new Membership { RoomId = id, UserId = me, Role = Role.Owner, JoinedAt = at, LastVisitedAt = at, ReadSeq = 100 });
        }
        return db.SaveChangesAsync();
    });
    // Rooms are talked in at the same time: a room's rows lie far apart.
    for (var seq = 1; seq <= behind + 100; seq += 100)
    {
        var from = seq;
        await WriteAsync(services, async db =>
        {
            for (var s = from; s < from + 100; s++)
            {
                await db.Database.ExecuteSqlAsync($"""
                    INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, created_at, is_hidden, deleted_at)
                    SELECT r.id, {s}, {s}, (SELECT id FROM users WHERE id <> {me} LIMIT 1 OFFSET abs(random()) % 200),
                        hex(r.id) || '-' || {s}, '오늘도 만나서 반가웠어요, 다음에 또 봐요', {now}, FALSE,
                        CASE WHEN {s} % 100 = 0 THEN {now} END
                    FROM rooms r
                    """);
            }
            return 0;
        });
    }
    return ids;
}
