using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Search;

/// <summary>Two tables that searching reads: what of each listed room is searched (<c>room_texts</c>), and under which
/// <see cref="Grams"/> it is filed (<c>room_grams</c>). They change in the transaction that changes the room, so what is
/// found is what is there. All of it follows from the rooms: it is built anew when <see cref="Grams.Version"/> has changed.</summary>
static class RoomIndex
{
    /// <summary>After any change to what is searched of a room, in the same write transaction.</summary>
    public static async Task UpdateAsync(ChatDb db, Room room, IReadOnlyList<string> tags, CancellationToken ct)
    {
        if (room is { Kind: RoomKind.Group, IsListed: true, DeletedAt: null })
            await ReplaceAsync(db, room.Number, RoomText.Of(room.Name, tags, room.Description), ct);
        else
            await ReplaceAsync(db, room.Number, null, ct);
    }

    public static async Task RemoveAsync(ChatDb db, Guid roomId, CancellationToken ct) =>
        await ReplaceAsync(db, await db.Rooms.Where(r => r.Id == roomId).Select(r => r.Number).SingleAsync(ct), null, ct);

    static async Task ReplaceAsync(ChatDb db, long number, RoomText? text, CancellationToken ct)
    {
        var old = await db.Set<SearchedRoom>().AsNoTracking().SingleOrDefaultAsync(t => t.Number == number, ct);
        var oldText = old is null ? null : new RoomText(old.Name, old.Tags, old.Description);
        if (oldText == text)
            return;
        if (text is null)
            await db.Database.ExecuteSqlAsync($"DELETE FROM room_texts WHERE number = {number}", ct);
        else
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO room_texts (number, name, tags, description) VALUES ({number}, {text.Name}, {text.Tags}, {text.Description})
                ON CONFLICT (number) DO UPDATE SET name = excluded.name, tags = excluded.tags, description = excluded.description
                """, ct);
        var (before, after) = (FiledUnder(oldText), FiledUnder(text));
        await ForEachAsync(db, "DELETE FROM room_grams WHERE gram = @gram AND place = @place AND number = @number", before.Except(after), number, ct);
        await ForEachAsync(db, "INSERT INTO room_grams (gram, place, number) VALUES (@gram, @place, @number)", after.Except(before), number, ct);
    }

    /// <summary>The rooms' grams, each with the rank that it gives: see <see cref="RoomGram"/>.</summary>
    internal static HashSet<(string Gram, int Place)> FiledUnder(RoomText? text)
    {
        if (text is null)
            return [];
        var filed = new HashSet<(string Gram, int Place)>();
        foreach (var (gram, fit) in Grams.OfText(text.Name, isShort: true))
            filed.Add((gram, RoomRank.InName(fit)));
        foreach (var tags in text.Tags.Split(RoomText.TagEnd).SelectMany(tag => Grams.OfText(tag, isShort: true)).GroupBy(each => each.Key, each => each.Value))
            filed.Add((tags.Key, RoomRank.InTag(tags.Min())));
        foreach (var (gram, fit) in Grams.OfText(text.Description, isShort: false))
            filed.Add((gram, RoomRank.InDescription(fit)));
        return filed;
    }

    /// <summary>A room has hundreds of grams: one prepared statement, not hundreds of EF commands, inside the writers' turn; where the store
    /// is far away, one round trip.</summary>
    static async Task ForEachAsync(ChatDb db, string sql, IEnumerable<(string Gram, int Place)> grams, long number, CancellationToken ct)
    {
        var connection = db.Database.GetDbConnection();
        var transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        if (connection.CanCreateBatch)
        {
            await using var batch = connection.CreateBatch();
            batch.Transaction = transaction;
            foreach (var (text, where) in grams)
            {
                var one = batch.CreateBatchCommand();
                one.CommandText = sql;
                foreach (var (name, value) in (ReadOnlySpan<(string, object)>)[("@gram", text), ("@place", where), ("@number", number)])
                {
                    var parameter = one.CreateParameter();
                    (parameter.ParameterName, parameter.Value) = (name, value);
                    one.Parameters.Add(parameter);
                }
                batch.BatchCommands.Add(one);
            }
            if (batch.BatchCommands.Count > 0)
                await batch.ExecuteNonQueryAsync(ct);
            return;
        }
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        var (gram, place) = (Parameter("@gram"), Parameter("@place"));
        Parameter("@number").Value = number;
        foreach (var (text, where) in grams)
        {
            (gram.Value, place.Value) = (text, where);
            await command.ExecuteNonQueryAsync(ct);
        }

        DbParameter Parameter(string name)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
            return parameter;
        }
    }

    /// <summary>Builds the index when there is none, or one by other rules.</summary>
    internal sealed class Upkeep(IServiceScopeFactory scopes) : IHostedService
    {
        const string Fact = "room-index";
        const int ChunkRooms = 200;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
            var version = Grams.Version.ToString(CultureInfo.InvariantCulture);
            if (await db.StoreFacts.AnyAsync(f => f.Name == Fact && f.Value == version, cancellationToken))
                return;
            await using (var write = await db.BeginWriteAsync(cancellationToken))
            {
                await db.Set<RoomGram>().ExecuteDeleteAsync(cancellationToken);
                await db.Set<SearchedRoom>().ExecuteDeleteAsync(cancellationToken);
                await write.CommitAsync();
            }
            var last = Guid.Empty;
            while (await AddChunkAsync(db, last, cancellationToken) is { } next)
                last = next;
            await using (var write = await db.BeginWriteAsync(cancellationToken))
            {
                // Last: a start that is cut off before begins again.
                await db.Database.ExecuteSqlAsync($"""
                    INSERT INTO store_facts (name, value) VALUES ({Fact}, {version}) ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """, cancellationToken);
                await write.CommitAsync();
            }
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        static async Task<Guid?> AddChunkAsync(ChatDb db, Guid after, CancellationToken ct)
        {
            var ids = await db.Rooms.Where(Discovery.IsDiscoverable).Where(r => r.Id > after)
                .OrderBy(r => r.Id).Select(r => r.Id).Take(ChunkRooms).ToListAsync(ct);
            if (ids.Count == 0)
                return null;
            await using var write = await db.BeginWriteAsync(ct);
            await db.LockRoomsAsync(ids, ct); // another node may be at work already
            var rooms = await db.Rooms.AsNoTracking().Where(r => ids.Contains(r.Id)).ToListAsync(ct);
            var tags = (await db.Tags.AsNoTracking().Where(t => ids.Contains(t.RoomId)).ToListAsync(ct)).ToLookup(t => t.RoomId, t => t.Text);
            foreach (var room in rooms)
                await UpdateAsync(db, room, [.. tags[room.Id]], ct);
            await write.CommitAsync();
            return ids[^1];
        }
    }
}
