using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Friends;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Server.Rooms;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

/// <summary>The log alone, without accounts and sockets around it, on a real store.</summary>
public sealed class TheMessageLog
{
    [Fact]
    public async Task Numbers_what_many_post_at_once_without_a_gap()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 8);
        var log = server.Services.GetRequiredService<MessageLog>();

        var answers = await Task.WhenAll(people.SelectMany(person => Enumerable.Range(0, 250)
            .Select(i => log.AppendAsync(new Post(room, person, $"c{i}", $"{i}번째 메시지", replyTo: null), TestContext.Current.CancellationToken))));

        Assert.All(answers, answer => Assert.True(answer is { Refusal: null, IsNew: true }));
        Assert.Equal(Enumerable.Range(1, 2_000).Select(i => (long)i), answers.Select(a => a.Message!.Seq).Order());
        Assert.Equal(Enumerable.Range(1, 2_000).Select(i => (long)i), answers.Select(a => a.Message!.Version).Order());
        foreach (var ofOne in answers.GroupBy(a => a.Message!.Sender.Id)) // and each person's own in the order in which they came
            Assert.Equal(ofOne.OrderBy(a => a.Message!.Seq).Select(a => a.Message!.ClientId), ofOne.Select(a => a.Message!.ClientId));
        var stored = await ReadAsync(server, db => db.Rooms.SingleAsync(r => r.Id == room));
        Assert.Equal((2_000, 2_000), (stored.LastSeq, stored.Version));
        Assert.InRange(stored.LastMessageAt!.Value - stored.ActiveAt, TimeSpan.Zero, Room.ActiveStep);
    }

    [Fact]
    public async Task Stores_a_message_once_however_often_it_comes()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 2);
        var log = server.Services.GetRequiredService<MessageLog>();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(i => log.AppendAsync(new Post(room, people[0], "same", $"text {i}", replyTo: null), default)));
        var other = await log.AppendAsync(new Post(room, people[1], "same", "another person's", replyTo: null), default);

        Assert.Single(answers, a => a.IsNew);
        Assert.Single(answers.Select(a => (a.Message!.Seq, a.Message.Version, a.Message.CreatedAt, a.Message.Text)).Distinct());
        Assert.True(other is { IsNew: true, Message.Seq: 2 });
    }

    [Fact]
    public async Task Answers_with_what_is_left_of_a_message_that_was_changed()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 2);
        var log = server.Services.GetRequiredService<MessageLog>();
        await log.AppendAsync(new Post(room, people[1], "a", "the-first-secret", replyTo: null), default);
        await log.AppendAsync(new Post(room, people[1], "b", "the-second-secret", replyTo: null), default);

        var edited = await log.AppendAsync(new Edit(room, people[1], 1, "harmless"), default);
        var hidden = await log.AppendAsync(new Deletion(room, people[0], 2), default);

        Assert.True(edited.Message is { Seq: 1, Version: 3, Text: "harmless", EditedAt: not null, DeletedAt: null, Hidden: null });
        Assert.True(hidden.Message is { Seq: 2, Version: 4, Text: "", DeletedAt: not null, Hidden: true });
    }

    [Fact]
    public async Task Refuses_who_may_not_write_and_takes_their_neighbours()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 3);
        var log = server.Services.GetRequiredService<MessageLog>();
        await log.AppendAsync(new Post(room, people[0], "first", "hello", replyTo: null), default);
        LogEntry[] entries =
        [
            new Post(room, people[1], "a", "in the middle", replyTo: 1),
            new Post(room, Guid.NewGuid(), "b", "a stranger", replyTo: null),
            new Post(Guid.NewGuid(), people[1], "c", "nowhere", replyTo: null),
            new Post(room, people[1], "d", "an answer to nothing", replyTo: 99),
            new Edit(room, people[1], 1, "not mine"),
            new Edit(room, people[1], 77, "not there"),
            new Deletion(room, people[1], 1),
            new Post(room, people[2], "e", "the last", replyTo: null),
        ];

        foreach (var entry in entries)
            await log.EnqueueAsync(entry, default);
        var answers = await Task.WhenAll(entries.Select(entry => entry.Answer));

        Assert.Equal(
            [null, "not-a-member", "no-such-room", "no-such-reply", "not-your-message", "no-such-message", "not-your-message", null],
            answers.Select(a => a.Refusal?.Code));
        Assert.Equal((2, 3), (answers[0].Message!.Seq, answers[7].Message!.Seq));
    }

    [Fact]
    public async Task Refuses_a_member_whose_removal_was_committed_first()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 2);
        var log = server.Services.GetRequiredService<MessageLog>();
        await log.AppendAsync(new Post(room, people[1], "a", "still in", replyTo: null), default); // the log knows the member now

        await WriteAsync(server, db => db.Memberships.Where(m => m.UserId == people[1])
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.LeftAt, DateTimeOffset.UtcNow)));
        var late = await log.AppendAsync(new Post(room, people[1], "b", "too late", replyTo: null), default);
        var repeat = await log.AppendAsync(new Post(room, people[1], "a", "still in", replyTo: null), default);

        Assert.Equal("not-a-member", late.Refusal?.Code);
        Assert.Equal("not-a-member", repeat.Refusal?.Code);
    }

    [Fact]
    public async Task Ends_writing_in_a_direct_room_when_one_blocks_the_other()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 2, RoomKind.Direct);
        var log = server.Services.GetRequiredService<MessageLog>();
        var before = await log.AppendAsync(new Post(room, people[1], "a", "hi", replyTo: null), default);

        await WriteAsync(server, db =>
        {
            db.Blocks.Add(new Block { UserId = people[0], BlockedId = people[1], Since = DateTimeOffset.UtcNow });
            return db.SaveChangesAsync();
        });
        var blocked = await log.AppendAsync(new Post(room, people[1], "b", "hello?", replyTo: null), default);
        var blocker = await log.AppendAsync(new Post(room, people[0], "c", "bye", replyTo: null), default);
        var stranger = await log.AppendAsync(new Post(room, Guid.NewGuid(), "d", "who are you", replyTo: null), default);

        Assert.Null(before.Refusal);
        Assert.Equal(["blocked", "blocked", "no-such-room"], new[] { blocked, blocker, stranger }.Select(a => a.Refusal?.Code));
    }

    [Fact]
    public async Task Fails_one_that_cannot_be_stored_alone()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 1);
        var log = server.Services.GetRequiredService<MessageLog>();
        await using (var store = await TestStore.OpenAsync(server.Folder))
        {
            await store.ExecuteAsync(TestStore.IsPostgres
                ? """
                CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$;
                CREATE TRIGGER poison BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.text = 'poison') EXECUTE FUNCTION poison()
                """
                : "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.text = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END");
        }

        Post[] entries = [Saying("one"), Saying("poison"), Saying("two")];
        foreach (var entry in entries)
            await log.EnqueueAsync(entry, default);
        Post Saying(string text) => new(room, people[0], text, text, replyTo: null);

        Assert.Equal(1, (await entries[0].Answer).Message?.Seq);
        await Assert.ThrowsAnyAsync<DbException>(() => entries[1].Answer);
        Assert.Equal(2, (await entries[2].Answer).Message?.Seq);
    }

    [Fact]
    public async Task Refuses_a_batch_that_the_disk_does_not_take_and_goes_on_when_it_does()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 1);
        var log = server.Services.GetRequiredService<MessageLog>();
        await log.AppendAsync(new Post(room, people[0], "before", "before", replyTo: null), default);
        await AFullDisk.BeginAsync(server);

        var full = await Task.WhenAll(Enumerable.Range(0, 40)
            .Select(i => log.AppendAsync(new Post(room, people[0], $"full{i}", new string('가', 4_000), replyTo: null), default)));
        await AFullDisk.EndAsync(server);
        var after = await log.AppendAsync(new Post(room, people[0], "after", "after", replyTo: null), default);

        Assert.Contains(full, answer => answer.Refusal?.Code == "not-stored");
        var stored = full.Count(answer => answer.Refusal is null);
        Assert.Equal(stored + 2, after.Message?.Seq);
        Assert.Equal(stored + 2, await ReadAsync(server, db => db.Messages.CountAsync(m => m.RoomId == room)));
    }

    [Fact]
    public async Task Keeps_everything_that_it_took_before_the_node_stopped()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        List<LogEntry> entries = [];
        Guid room;
        await using (var server = await TestServer.StartOnAsync(folder))
        {
            (room, var people) = await RoomOfAsync(server, 1);
            var log = server.Services.GetRequiredService<MessageLog>();
            for (var i = 0; i < 3_000; i++)
            {
                entries.Add(new Post(room, people[0], $"c{i}", "안녕", replyTo: null));
                await log.EnqueueAsync(entries[^1], default);
            }
        }

        Assert.All(await Task.WhenAll(entries.Select(entry => entry.Answer)), answer => Assert.Null(answer.Refusal));
        await using var again = await TestServer.StartOnAsync(folder);
        Assert.Equal(3_000, await ReadAsync(again, db => db.Messages.CountAsync(m => m.RoomId == room)));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Marks_as_read_never_backwards_and_never_past_the_end()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 2);
        var log = server.Services.GetRequiredService<MessageLog>();
        for (var i = 0; i < 5; i++)
            await log.AppendAsync(new Post(room, people[0], $"c{i}", "글", replyTo: null), default);

        long[] marks = [3, 2, 99, -5];
        var readings = new List<Reading?>();
        foreach (var seq in marks)
            readings.Add((await log.AppendAsync(new ReadMark(room, people[1], seq), default)).Reading);

        Assert.Equal([(3, true), (3, false), (5, true), (5, false)], readings.Select(r => (r!.ReadSeq, r.HasMoved)));
        Assert.Equal(5, await ReadAsync(server, db => db.Memberships.Where(m => m.UserId == people[1]).Select(m => m.ReadSeq).SingleAsync()));
    }

    [Fact]
    public async Task Counts_as_unread_what_is_new_not_deleted_and_not_ones_own()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 2);
        var (busy, _) = await RoomOfAsync(server, 0);
        await JoinAsync(server, busy, people[0], people[1]);
        var log = server.Services.GetRequiredService<MessageLog>();
        for (var i = 0; i < 6; i++)
            await log.AppendAsync(new Post(room, people[i % 2], $"c{i}", "글", replyTo: null), default);
        await log.AppendAsync(new Deletion(room, people[0], 3), default);
        await Task.WhenAll(Enumerable.Range(0, 1_100).Select(i => log.AppendAsync(new Post(busy, people[0], $"c{i}", "글", replyTo: null), default)));
        await log.AppendAsync(new ReadMark(room, people[1], 2), default);

        var (ofRooms, total, mine) = await ReadAsync(server, async db => (
            await Unread.OfRoomsAsync(db, people[1], [room, busy], default),
            await Unread.TotalAsync(db, people[1], default),
            await Unread.OfRoomAsync(db, people[0], busy, default)));

        Assert.Equal(1, ofRooms[room]); // of 3 to 6: 3 is deleted, 4 and 6 are their own
        Assert.Equal(Unread.Cap, ofRooms[busy]);
        Assert.Equal(Unread.Cap, total);
        Assert.Equal(0, mine);
    }

    [Fact]
    public async Task Knows_what_is_unread_after_any_run_of_posts_deletions_and_reading()
    {
        await using var server = await TestServer.StartAsync();
        var (room, people) = await RoomOfAsync(server, 3);
        var log = server.Services.GetRequiredService<MessageLog>();
        var random = new Random(11);
        var (last, steps) = (0L, new List<string>());
        for (var i = 0; i < 400; i++)
        {
            var (who, seq) = (people[random.Next(3)], random.NextInt64(last + 2));
            if (i % 9 == 0) // the log forgets what it knew of the members
                await WriteAsync(server, db => db.Rooms.Where(r => r.Id == room).ExecuteUpdateAsync(set => set.SetProperty(r => r.Name, $"방 {i}")));
            LogEntry entry = random.Next(i / 100 % 2 == 0 ? 10 : 6) switch // by turns nobody reads for long
            {
                < 5 => new Post(room, who, $"c{i}", "글", replyTo: null),
                < 6 => new Deletion(room, who, seq),
                < 8 => new ReadMark(room, who, seq),
                _ => new ReadMark(room, who, last),
            };
            last = Math.Max(last, (await log.AppendAsync(entry, default)).Message?.Seq ?? 0);
            steps.Add($"{entry.GetType().Name} {Array.IndexOf(people, who)} {seq}");

            foreach (var person in people)
            {
                var (counted, unread) = await ReadAsync(server, async db =>
                {
                    var readSeq = await db.Memberships.Where(m => m.RoomId == room && m.UserId == person).Select(m => m.ReadSeq).SingleAsync();
                    return (await db.Messages.CountAsync(m => m.RoomId == room && m.Seq > readSeq && m.DeletedAt == null && m.SenderId != person),
                        await Unread.OfRoomAsync(db, person, room, default));
                });
                Assert.True(counted == unread, $"{unread} for {counted} of {Array.IndexOf(people, person)} after {string.Join(", ", steps)}");
            }
        }
    }

    static async Task<(Guid Room, Guid[] People)> RoomOfAsync(TestServer server, int count, RoomKind kind = RoomKind.Group)
    {
        var now = DateTimeOffset.UtcNow;
        var room = new Room { Id = Guid.CreateVersion7(), Kind = kind, Name = "방", CreatedAt = now, ActiveAt = now, MemberCount = count, MemberLimit = 100 };
        var people = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray();
        await WriteAsync(server, async db =>
        {
            db.Rooms.Add(room);
            db.Users.AddRange(people.Select(id => new User { Id = id, UserName = $"사람{id:N}", NormalizedUserName = $"{id:N}", CreatedAt = now }));
            return await db.SaveChangesAsync();
        });
        await JoinAsync(server, room.Id, people);
        return (room.Id, people);
    }

    static Task JoinAsync(TestServer server, Guid room, params Guid[] people) => WriteAsync(server, db =>
    {
        db.Memberships.AddRange(people.Select((id, i) => new Membership
        {
            RoomId = room,
            UserId = id,
            Role = i == 0 ? Role.Owner : Role.Member,
            JoinedAt = DateTimeOffset.UtcNow,
        }));
        return db.SaveChangesAsync();
    });

    static async Task<T> ReadAsync<T>(TestServer server, Func<ChatDb, Task<T>> read)
    {
        await using var scope = server.Services.CreateAsyncScope();
        return await read(scope.ServiceProvider.GetRequiredService<ChatDb>());
    }

    static async Task WriteAsync<T>(TestServer server, Func<ChatDb, Task<T>> write)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await using var transaction = await db.BeginWriteAsync(default);
        await write(db);
        await transaction.CommitAsync();
    }
}
