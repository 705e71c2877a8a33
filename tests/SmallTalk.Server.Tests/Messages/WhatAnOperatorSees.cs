using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

/// <summary>The figures of the log and the fan-out, each against something that is known.</summary>
public sealed class WhatAnOperatorSees
{
    [Fact]
    public async Task Of_entries_that_wait_is_their_number_and_then_one_batch_of_them()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        using var seen = new Measurements(server, Telemetry.Name);
        var log = server.Services.GetRequiredService<MessageLog>();
        List<LogEntry> entries = [.. Enumerable.Range(1, 37).Select(i => new Post(room, minji.Id, $"c{i}", $"{i}번", replyTo: null))];
        entries.Add(new Post(room, minji.Id, "c1", "한 번 더", replyTo: null));
        entries.Add(new Edit(room, minji.Id, 1, "고침"));
        entries.Add(new Deletion(room, minji.Id, 2));
        entries.Add(new Post(room, Guid.NewGuid(), "s", "모르는 사람", replyTo: null));
        entries.Add(new ReadMark(room, minji.Id, 30));

        int waiting;
        await using (var store = await TestStore.OpenAsync(server.Folder))
        {
            // Somebody else writes: on SQLite the store, on PostgreSQL the room. What comes first there waits within its transaction.
            await store.ExecuteAsync(TestStore.IsPostgres ? "BEGIN; SELECT FROM rooms FOR UPDATE" : "BEGIN IMMEDIATE");
            await log.EnqueueAsync(new Visit(room, minji.Id), default);
            await Waiting.UntilAsync(() => seen.Of("smalltalk.log.batch.size").Count == 1, seen.ToString);
            foreach (var entry in entries)
                await log.EnqueueAsync(entry, default);
            waiting = (int)seen.Now("smalltalk.log.queue.length");
            await store.ExecuteAsync("ROLLBACK");
        }
        await Task.WhenAll(entries.Select(entry => entry.Answer));

        await Waiting.UntilAsync(() => seen.Sum("smalltalk.log.entries") == 43, seen.ToString);
        Assert.Equal((42, 0), (waiting, seen.Now("smalltalk.log.queue.length")));
        Assert.Equal([1, 42], seen.Of("smalltalk.log.batch.size"));
        Assert.Equal(2, seen.Of("smalltalk.log.turn.wait_time").Count);
        var (wait, whole, commit) = (seen.Of("smalltalk.log.turn.wait_time")[0], seen.Of("smalltalk.log.transaction.duration")[1], seen.Of("smalltalk.log.commit.duration")[1]);
        Assert.True(wait >= 0 && commit > 0 && commit < whole && whole < 30, seen.ToString());
        Assert.Equal((37, 1, 1), (Entries("post", "stored"), Entries("post", "unchanged"), Entries("post", "refused")));
        Assert.Equal((1, 1, 1), (Entries("edit", "stored"), Entries("deletion", "stored"), Entries("read", "stored")));
        double Entries(string kind, string outcome) => seen.Sum("smalltalk.log.entries", ("smalltalk.entry.kind", kind), ("smalltalk.entry.outcome", outcome));
    }

    [Fact]
    public async Task Of_a_full_disk_is_the_code_of_the_store_and_what_it_cost()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        var log = server.Services.GetRequiredService<MessageLog>();
        await minji.PostAsync(room, "먼저");
        using var seen = new Measurements(server, Telemetry.Name);
        await AFullDisk.BeginAsync(server);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40)
            .Select(i => log.AppendAsync(new Post(room, minji.Id, $"{i}", new string('가', 4_000), replyTo: null), default)));

        var failed = answers.Count(answer => answer.Refusal is not null);
        await Waiting.UntilAsync(() => seen.Sum("smalltalk.log.entries") == 40, seen.ToString);
        Assert.Equal(failed, seen.Sum("smalltalk.log.entries", ("smalltalk.entry.outcome", "failed")));
        Assert.NotEmpty(seen.Of("smalltalk.log.transaction.duration", ("error.type", AFullDisk.ErrorType)));
    }

    [Fact]
    public async Task Of_replays_tells_memory_and_the_store_apart()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await minji.PostAsync(room, "하나");
        await jun.PostAsync(room, "둘");
        await server.FillAsync(room, 1_200);
        using var seen = new Measurements(server, Telemetry.Name);
        await using var live = await minji.ConnectAsync();

        var far = await live.WatchAsync(room, after: 0); // 800 by four reads, then the newest 500 are read into memory
        await far.SeesAsync(seq: 1_200);
        Assert.Equal((800, 400, 5), (FromStore(), FromTail(), seen.Of("smalltalk.fanout.read.duration").Count));

        var near = await live.WatchAsync(room, after: 1_170);
        await near.SeesAsync(seq: 1_200);
        await live.WatchAsync(room);
        await live.WatchAsync(room, after: 1_300);
        Assert.Equal((800, 430, 5), (FromStore(), FromTail(), seen.Of("smalltalk.fanout.read.duration").Count));
        Assert.Equal((1, 2, 1), (Started("live"), Started("caught_up"), Started("reset")));
        Assert.Equal(1, seen.Now("smalltalk.fanout.rooms"));
        Assert.InRange(seen.Now("smalltalk.fanout.tail.usage"), 500 * 200, 512 * 1024);

        double FromStore() => seen.Sum("smalltalk.fanout.replayed.messages", ("smalltalk.replay.source", "store"));
        double FromTail() => seen.Sum("smalltalk.fanout.replayed.messages", ("smalltalk.replay.source", "tail"));
        double Started(string how) => seen.Sum("smalltalk.fanout.started", ("smalltalk.start", how));
    }

    [Fact]
    public async Task Of_live_messages_is_a_time_for_each_batch_and_of_a_kick_its_reason()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var live = await jun.ConnectAsync();
        var sees = await live.WatchAsync(room);
        using var seen = new Measurements(server, Telemetry.Name);

        for (var i = 1; i <= 3; i++)
        {
            await minji.PostAsync(room, $"{i}");
            await sees.SeesAsync(seq: i);
        }
        await minji.KickAsync(room, jun);

        await Waiting.UntilAsync(() => seen.Of("smalltalk.fanout.delivery.duration").Count == 3, seen.ToString);
        await Waiting.UntilAsync(() => seen.Sum("smalltalk.fanout.ended") == 1, seen.ToString);
        Assert.Equal(1, seen.Sum("smalltalk.fanout.ended", ("smalltalk.end.reason", "kicked")));
        Assert.Equal(0, seen.Now("smalltalk.fanout.queue.length"));
        Assert.Empty(seen.Of("smalltalk.fanout.replayed.messages"));
    }
}
