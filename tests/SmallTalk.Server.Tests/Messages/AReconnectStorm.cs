using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Server.Data;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class AReconnectStorm
{
    const int Rooms = 5;

    [Fact]
    public async Task Leaves_everybody_whole_and_reads_the_store_for_rooms_and_not_for_people()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var rooms = new Guid[Rooms];
        for (var i = 0; i < Rooms; i++)
            rooms[i] = await owner.CreateRoomAsync();
        var crowd = await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            var person = await server.SignUpAsync();
            if (i % 3 != 0) // the rest look in from outside
                await person.JoinAsync(rooms[i % Rooms]);
            return (Person: person, Room: rooms[i % Rooms]);
        }));
        await using var author = await owner.ConnectAsync();
        using var calm = new SemaphoreSlim(0);
        using var stop = new CancellationTokenSource();
        var posted = 0;
        var posting = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; posted++)
            {
                foreach (var room in rooms)
                    await author.SayAsync(room, $"{posted + 1}");
                calm.Release();
            }
        });
        await using var line = new Line(server.Address);
        var before = await Task.WhenAll(crowd.Select(one => ComeAsync(one.Person, one.Room, line, after: 0)));
        for (var i = 0; i < 5; i++)
            await calm.WaitAsync();

        using var reads = new ReadsOf(server);
        line.Cut();
        foreach (var one in before)
            await one.Sees.EndAsync();
        var after = await Task.WhenAll(crowd.Zip(before, (one, cut) => ComeAsync(one.Person, one.Room, line, Follow(cut.Sees))));
        var readInStorm = reads.Count;
        await stop.CancelAsync();
        await posting;
        foreach (var one in after)
            await one.Sees.SeesAsync(seq: posted);

        foreach (var (cut, back) in before.Zip(after))
        {
            // Each once, in order, over both connections.
            Assert.Equal(Enumerable.Range(1, posted).Select(i => (long)i), cut.Sees.Messages.Concat(back.Sees.Messages).Select(m => m.Seq()));
            await cut.Live.DisposeAsync();
            await back.Live.DisposeAsync();
        }
        Assert.InRange(readInStorm, 0, 10 * Rooms);

        static long Follow(Inbox sees) => Math.Max(sees.Version, sees.Messages is [.., var last] ? last.GetProperty("version").GetInt64() : 0);
    }

    [Fact]
    public async Task Does_not_bring_back_who_was_removed_while_away()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync(password: "열려라 참깨");
        await minji.JoinAsync(room, "열려라 참깨");
        await jun.JoinAsync(room, "열려라 참깨");
        await WatchOnceAsync(minji, room);
        await WatchOnceAsync(jun, room);

        Assert.Equal(HttpStatusCode.NoContent, await owner.KickAsync(room, minji).StatusAsync());
        Assert.Equal(HttpStatusCode.NoContent, await jun.LeaveAsync(room).StatusAsync());

        foreach (var gone in new[] { minji, jun })
        {
            await using var live = await gone.ConnectAsync();
            var refused = await Assert.ThrowsAsync<StompRefusedException>(() => live.WatchAsync(room));
            Assert.Equal("not-a-member", refused.Code);
        }
    }

    [Fact]
    public async Task Does_not_bring_back_who_looked_in_before_the_door_was_shut()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await WatchOnceAsync(minji, room);

        Assert.Equal(HttpStatusCode.OK, await owner.EditRoomAsync(room, new { joinRule = "password", password = "열려라 참깨" }).StatusAsync());

        await using var live = await minji.ConnectAsync();
        var refused = await Assert.ThrowsAsync<StompRefusedException>(() => live.WatchAsync(room));
        Assert.Equal("not-a-member", refused.Code);
    }

    [Fact]
    public async Task Finds_no_room_that_was_deleted_meanwhile()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await WatchOnceAsync(minji, room);

        Assert.Equal(HttpStatusCode.NoContent, await owner.DeleteRoomAsync(room).StatusAsync());

        await using var live = await minji.ConnectAsync();
        var refused = await Assert.ThrowsAsync<StompRefusedException>(() => live.WatchAsync(room));
        Assert.Equal("no-such-room", refused.Code);
    }

    [Fact]
    public async Task Counts_as_a_visit_of_who_has_joined_since_looking_in()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await WatchOnceAsync(minji, room);
        await minji.JoinAsync(room);
        var joined = await VisitedAsync();

        clock.Advance(TimeSpan.FromSeconds(40));
        await WatchOnceAsync(minji, room);

        await minji.PostAsync(room, "왔어요"); // behind the visit in the log, and answered when it is stored
        Assert.NotEqual(joined, await VisitedAsync());

        async Task<string?> VisitedAsync() => (await minji.GetRoomAsync(room)).GetProperty("me").GetProperty("lastVisitedAt").GetString();
    }

    [Fact]
    public void Keeps_no_right_that_was_read_while_it_was_taken()
    {
        var readers = new KnownReaders();
        var minji = Guid.CreateVersion7();

        var (_, asOf) = readers.Find(minji); // she subscribes, and the store says that she may
        readers.Forget(minji); // meanwhile she is removed
        readers.Remember(minji, isMember: true, asOf);

        Assert.Null(readers.Find(minji).IsMember);
    }

    [Fact]
    public async Task Lets_nobody_through_who_is_removed_while_everybody_comes_back()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync(password: "열려라 참깨");
        var crowd = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            var person = await server.SignUpAsync();
            await person.JoinAsync(room, "열려라 참깨");
            await WatchOnceAsync(person, room);
            return person;
        }));
        await using var author = await owner.ConnectAsync();

        // All return at once, half of them are removed at once; then one word that none of those may hear.
        var returning = crowd.Select(async person =>
        {
            var live = await person.ConnectAsync();
            try
            {
                return (Live: live, Sees: await live.WatchAsync(room));
            }
            catch (StompRefusedException)
            {
                return (Live: live, Sees: (Inbox?)null);
            }
        }).ToList();
        var kicks = await Task.WhenAll(crowd.Where((_, i) => i % 2 == 0).Select(person => owner.KickAsync(room, person).StatusAsync()));
        await author.SayAsync(room, "우리끼리");
        var back = await Task.WhenAll(returning);

        Assert.All(kicks, status => Assert.Equal(HttpStatusCode.NoContent, status));
        for (var i = 0; i < crowd.Length; i++)
        {
            if (i % 2 != 0)
                await back[i].Sees!.SeesAsync(seq: 1);
            else if (back[i].Sees is { } sees)
            {
                Assert.NotNull(await sees.EndAsync());
                Assert.Empty(sees.Messages);
            }
            await back[i].Live.DisposeAsync();
        }
    }

    static async Task<(LiveUser Live, Inbox Sees)> ComeAsync(TestUser person, Guid room, Line line, long after)
    {
        var live = await person.ConnectAsync(through: line);
        return (live, await live.WatchAsync(room, after));
    }

    static async Task WatchOnceAsync(TestUser person, Guid room)
    {
        await using var live = await person.ConnectAsync();
        await live.WatchAsync(room);
    }

    /// <summary>What one of the servers of this process reads from its store.</summary>
    sealed class ReadsOf : IDisposable
    {
        readonly MeterListener _listener = new();
        long _count;

        public ReadsOf(TestServer server)
        {
            var meters = server.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == StoreReads.CounterName && instrument.Meter.Scope == meters)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _count, count));
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
