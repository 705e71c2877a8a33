using System.Text.Json;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class Reconnecting
{
    [Fact] // R7
    public async Task Leaves_no_hole_however_often_the_line_is_cut_while_others_write()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await using var author = await owner.ConnectAsync();
        await using var line = new Line(server.Address);
        using var stop = new CancellationTokenSource();
        var posted = 0;
        var posting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await author.SayAsync(room, $"{++posted}");
                await Task.Delay(1);
            }
        });

        var held = new Follower();
        for (var round = 0; round < 100; round++)
        {
            await using var live = await minji.ConnectAsync(through: line);
            var sees = await live.WatchAsync(room, held.Version, held.Epoch);
            held.Follow(sees);
            await sees.UntilAsync(came => came.Count(f => f.TypeName() == "message") > round % 7);
            line.Cut();
            await sees.EndAsync();
            held.Take(sees);
        }
        await stop.CancelAsync();
        await posting;
        await using (var live = await minji.ConnectAsync())
        {
            var sees = await live.WatchAsync(room, held.Version, held.Epoch);
            held.Follow(sees);
            await sees.UntilAsync(came => held.Version >= posted || came.Any(f => f.TypeName() == "message" && f.Seq() == posted));
            held.Take(sees);
        }

        Assert.Equal(Enumerable.Range(1, posted).Select(i => (long)i), held.Came.Select(m => m.Seq())); // each once, in order, over all connections
    }

    [Fact] // R8
    public async Task Brings_the_edits_and_deletions_of_the_time_between()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        for (var i = 1; i <= 8; i++)
            await owner.PostAsync(room, $"{i}번");
        var page = await minji.HistoryAsync(room);

        await owner.EditAsync(room, 5, "고친 5번");
        await owner.DeleteMessageAsync(room, 7);
        await using var live = await minji.ConnectAsync();
        var sees = await live.WatchAsync(room, page.GetProperty("version").GetInt64(), page.GetProperty("epoch").GetString());

        await sees.SeesAsync(seq: 7);
        Assert.Equal([("고친 5번", 5), ("", 7)], sees.Messages.Select(m => (m.Words(), m.Seq())));
        Assert.DoesNotContain(sees.Came, f => f.ToString().Contains("7번", StringComparison.Ordinal));
    }

    [Theory] // after any run of posts, edits, deletions, cuts and repeats, what a subscriber holds equals a fresh GET
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Holds_what_a_fresh_look_shows_after_any_run(int seed)
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var people = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => server.SignUpAsync()));
        var room = await owner.CreateRoomAsync();
        foreach (var person in people)
            await person.JoinAsync(room);
        await using var line = new Line(server.Address);

        // Three write at random, at the same time.
        var writing = Task.WhenAll(people.Select(async (person, n) =>
        {
            var chance = new Random((seed * 100) + n);
            await using var live = await person.ConnectAsync();
            var last = 0L;
            for (var i = 0; i < 120; i++)
            {
                switch (chance.Next(10))
                {
                    case < 6:
                        last = (await live.SayAsync(room, $"{n}:{i}", $"{n}-{i}")).Seq();
                        break;
                    case 6 when last > 0:
                        await live.SayAsync(room, $"{n}:{i}", $"{n}-{i - 1}"); // perhaps a repeat
                        break;
                    case 7 when last > 0:
                        await person.EditAsync(room, chance.NextInt64(1, last + 1), $"고침 {n}:{i}"); // mine or refused
                        break;
                    case 8 when last > 0:
                        await person.DeleteMessageAsync(room, last);
                        break;
                    case 9 when last > 0:
                        await owner.DeleteMessageAsync(room, chance.NextInt64(1, last + 1));
                        break;
                }
            }
        }));
        // One follows with a line that is cut again and again.
        var held = new Follower();
        var luck = new Random(seed);
        while (!writing.IsCompleted)
        {
            try
            {
                await using var live = await owner.ConnectAsync(through: line);
                var sees = await live.WatchAsync(room, held.Version, held.Epoch);
                held.Follow(sees);
                await Task.WhenAny(writing, Task.Delay(luck.Next(30)));
                line.Cut();
                await sees.EndAsync();
                held.Take(sees);
            }
            catch (Exception e) when (e is StompClientException or System.Net.WebSockets.WebSocketException or TimeoutException)
            {
                // cut while it was connecting
            }
        }
        await writing;
        await using var end = await owner.ConnectAsync();
        var rest = await end.WatchAsync(room, held.Version, held.Epoch);
        held.Follow(rest);
        await rest.UntilAsync(came => rest.Version == Math.Max(held.Version, came.Where(f => f.TypeName() == "message").Select(f => f.GetProperty("version").GetInt64()).DefaultIfEmpty(0).Max()));
        held.Take(rest);

        var fresh = await owner.WholePastAsync(room);
        Assert.Equal(fresh.Select(m => m.ToString()), Inbox.Hold(held.Came).Select(m => m.ToString()));
        Assert.Equal(held.Came.Select(m => m.GetProperty("version").GetInt64()).Distinct().Count(), held.Came.Count); // nothing twice in the same version
    }

    [Fact]
    public async Task Of_many_at_once_is_served_from_memory()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();
        await using var author = await owner.ConnectAsync();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => author.SayAsync(room, $"{i}")));

        var people = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => owner.ConnectAsync()));
        var inboxes = await Task.WhenAll(people.Select((live, i) => live.WatchAsync(room, after: i)));

        for (var i = 0; i < inboxes.Length; i++)
        {
            await inboxes[i].SeesAsync(seq: 300);
            Assert.Equal(300 - i, inboxes[i].Messages.Count);
        }
        foreach (var live in people)
            await live.DisposeAsync();
    }

    /// <summary>A client across its connections: what it has been sent, and the version that it asks from.</summary>
    sealed class Follower
    {
        public List<JsonElement> Came { get; } = [];

        public long Version { get; private set; }

        public string? Epoch { get; private set; }

        public void Follow(Inbox sees) => Epoch = sees.Epoch;

        public void Take(Inbox sees)
        {
            Assert.DoesNotContain(sees.Came, f => f.TypeName() == "reset");
            Came.AddRange(sees.Messages);
            if (sees.Messages.Count > 0)
                Version = sees.Messages.Max(m => m.GetProperty("version").GetInt64());
        }
    }
}
