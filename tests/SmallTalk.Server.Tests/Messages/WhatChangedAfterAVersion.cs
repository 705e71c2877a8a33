using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Data;
using SmallTalk.Server.Messages;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class WhatChangedAfterAVersion
{
    [Fact]
    public async Task Is_the_same_as_reading_all_messages_and_leaving_out_what_was_known()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();
        var random = new Random(7);
        var posted = 0;
        HashSet<int> deleted = [];
        for (var step = 0; step < 150; step++)
        {
            // Runs of edits at the end too, where the walk begins.
            var seq = random.Next(2) == 0 ? random.Next(1, posted + 1) : Math.Max(1, posted - random.Next(4));
            var answer = posted == 0 || deleted.Contains(seq) || random.Next(3) == 0 ? await owner.PostAsync(room, $"{++posted}번")
                : random.Next(3) == 0 && deleted.Add(seq) ? await owner.DeleteMessageAsync(room, seq)
                : await owner.EditAsync(room, seq, $"{step}째");
            answer.EnsureSuccessStatusCode();
        }

        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var all = await db.Messages.AsNoTracking().OrderBy(m => m.Version).ToListAsync(TestContext.Current.CancellationToken);
        var end = all[^1].Version;
        Assert.Equal(150, end); // each step is a change
        for (var after = 0L; after <= end; after++)
        {
            for (var upTo = after + 1; upTo <= end; upTo += 1 + random.Next(40))
            {
                var changes = await Past.ChangesAsync(db, all[0].RoomId, after, upTo, TestContext.Current.CancellationToken);
                Assert.Equal(all.Where(m => m.Version > after && m.Version <= upTo).Select(m => (m.Version, m.Seq)), changes.Select(m => (m.Version, m.Seq)));
            }
        }
    }

    [Fact]
    public async Task Is_read_by_ranges_of_two_indexes()
    {
        await using var server = await TestServer.StartAsync();
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();

        var plan = await QueryPlan.OfAsync(db, Past.Changes(db, Guid.NewGuid(), after: 5, upTo: 9));

        if (TestStore.IsPostgres)
        {
            Assert.Contains("_room_id_version_idx", plan, StringComparison.Ordinal);
            Assert.Contains("_pkey", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            return;
        }
        Assert.Contains("USING INDEX ix_messages_changed (room_id=? AND version>? AND version<?)", plan, StringComparison.Ordinal);
        Assert.Contains("USING INDEX ix_messages_room_id_seq (room_id=? AND seq>?)", plan, StringComparison.Ordinal);
        Assert.Contains("USING INDEX ix_messages_room_id_seq (room_id=?)", plan, StringComparison.Ordinal); // from the end to the first that was known
        Assert.DoesNotContain("SCAN messages", plan, StringComparison.Ordinal);
    }
}
