using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Data;
using SmallTalk.Server.History;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.History;

public sealed class AHistoryOfFiveHundredRooms(ITestOutputHelper output)
{
    const int Rooms = 500;
    const int UnreadInEach = 5;

    [Fact]
    public async Task Costs_as_many_statements_as_one_of_a_single_room()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await FillAsync(server, minji, Rooms);
        await FillAsync(server, jun, 1);

        var (many, ofMany) = await CountStatementsAsync(server, minji);
        var (one, ofOne) = await CountStatementsAsync(server, jun);

        Assert.Equal((100, 1), (ofMany, ofOne));
        Assert.Equal(one, many);
    }

    [Fact]
    public async Task Answers_within_a_blink_and_counts_all_of_them()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await FillAsync(server, minji, Rooms);

        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 20; i++) // the best of many: the machine runs other tests too
        {
            var start = Stopwatch.GetTimestamp();
            Assert.Equal(100, (await minji.MyRoomsAsync()).Count);
            var took = Stopwatch.GetElapsedTime(start);
            best = took < best ? took : best;
        }
        output.WriteLine($"100 of {Rooms} rooms over HTTP: {best.TotalMilliseconds:0.0} ms");

        Assert.InRange(best, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.Equal(1_000, await minji.UnreadTotalAsync()); // 999+
    }

    [Fact]
    public async Task Counts_the_deleted_by_their_own_index()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var plan = (await QueryPlan.OfAsync(db, Unread.Count(db, db.Memberships, minji.Id))).Split('\n');

        if (TestStore.IsPostgres)
        {
            Assert.Equal(2 * 16, plan.Count(step => step.Contains("Index Only Scan using messages_", StringComparison.Ordinal) && step.Contains("_sender_id_deleted_at_idx", StringComparison.Ordinal)));
            Assert.DoesNotContain(plan, step => step.Contains("Seq Scan", StringComparison.Ordinal));
            return;
        }
        // Whether the person has written or not; and where it is counted row by row, by the messages' index.
        Assert.Equal(2, plan.Count(step => step.Contains("USING COVERING INDEX ix_messages_deleted (room_id=? AND seq>?)", StringComparison.Ordinal)));
        Assert.Equal(2, plan.Count(step => step.Contains("ix_messages_room_id_seq", StringComparison.Ordinal)));
    }

    static async Task<(int Statements, int Rooms)> CountStatementsAsync(TestServer server, TestUser user)
    {
        await using var scope = server.Services.CreateAsyncScope();
        using var counter = new StatementCounter(scope.ServiceProvider.GetRequiredService<ChatDb>());
        var page = await scope.ServiceProvider.GetRequiredService<MyRooms>()
            .PageAsync(user.Id, Relation.Joined, SearchQuery.Parse(null)!, null, 100, CancellationToken.None);
        return (counter.Count, page!.Items.Count);
    }

    static async Task FillAsync(TestServer server, TestUser user, int rooms)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await using var write = await db.BeginWriteAsync(CancellationToken.None);
        var now = DateTimeOffset.UtcNow;
        var other = Guid.CreateVersion7();
        var id = TestStore.IsPostgres ? 0 : await db.Messages.MaxAsync(m => (long?)m.Id) ?? 0;
        db.Users.Add(new Server.Accounts.User { Id = other, UserName = $"다른 사람 {other}", NormalizedUserName = other.ToString() });
        for (var i = 0; i < rooms; i++)
        {
            var room = Guid.CreateVersion7();
            var at = now.AddMinutes(-i);
            db.Rooms.Add(new Room
            {
                Id = room,
                Kind = RoomKind.Group,
                Name = $"방 {i}",
                OwnerId = user.Id,
                CreatorId = other,
                JoinRule = JoinRule.Open,
                MemberLimit = 10,
                MemberCount = 1,
                LastSeq = UnreadInEach,
                Version = UnreadInEach,
                CreatedAt = at,
                LastMessageAt = at,
                ActiveAt = at,
            });
            db.Memberships.Add(new Membership { RoomId = room, UserId = user.Id, Role = Role.Owner, JoinedAt = at, LastVisitedAt = at });
            for (var seq = 1; seq <= UnreadInEach; seq++)
            {
                db.Messages.Add(new Message
                {
                    Id = ++id,
                    RoomId = room,
                    Seq = seq,
                    Version = seq,
                    SenderId = other,
                    ClientId = $"{room}-{seq}",
                    Text = "안녕",
                    CreatedAt = at,
                });
            }
        }
        await db.SaveChangesAsync();
        await write.CommitAsync();
    }

    /// <summary>Counts what one <see cref="ChatDb"/> sends to the store.</summary>
    sealed class StatementCounter : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        readonly ChatDb _db;
        readonly List<IDisposable> _subscriptions = [];

        public StatementCounter(ChatDb db)
        {
            _db = db;
            _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        public int Count { get; private set; }

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == DbLoggerCategory.Name)
                _subscriptions.Add(value.Subscribe(this));
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key == RelationalEventId.CommandExecuted.Name && value.Value is CommandEventData command && ReferenceEquals(command.Context, _db))
                Count++;
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => _subscriptions.ForEach(s => s.Dispose());
    }
}
