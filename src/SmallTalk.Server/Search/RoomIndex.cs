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
            await ReplaceAsync(db, room.Id, RoomText.Of(room.Name, tags, room.Description), ct);
        else
            await RemoveAsync(db, room.Id, ct);
    }

    public static Task RemoveAsync(ChatDb db, Guid roomId, CancellationToken ct) => ReplaceAsync(db, roomId, null, ct);

    static async Task ReplaceAsync(ChatDb db, Guid roomId, RoomText? text, CancellationToken ct)
    {
        var old = await db.Database
            .SqlQuery<Entry>($"SELECT number, name, tags, description FROM room_texts WHERE room_id = {UuidToBytes.Of(roomId)}")
            .SingleOrDefaultAsync(ct);
        var oldText = old is null ? null : new RoomText(old.Name, old.Tags, old.Description);
        if (oldText == text)
            return;
        long number;
        if (old is not null && text is not null)
        {
            number = old.Number;
            await db.Database.ExecuteSqlAsync(
                $"UPDATE room_texts SET name = {text.Name}, tags = {text.Tags}, description = {text.Description} WHERE number = {number}", ct);
        }
        else if (text is not null)
        {
            number = (await db.Database.SqlQuery<long>($"""
                INSERT INTO room_texts (room_id, name, tags, description)
                VALUES ({UuidToBytes.Of(roomId)}, {text.Name}, {text.Tags}, {text.Description}) RETURNING number AS "Value"
                """).ToListAsync(ct)).Single();
        }
        else
        {
            number = old!.Number;
            await db.Database.ExecuteSqlAsync($"DELETE FROM room_texts WHERE number = {number}", ct);
        }
        var (before, after) = (FiledUnder(oldText), FiledUnder(text));
        await ForEachAsync(db, "DELETE FROM room_grams WHERE gram = @gram AND place = @place AND number = @number", before.Except(after), number, ct);
        await ForEachAsync(db, "INSERT INTO room_grams (gram, place, number) VALUES (@gram, @place, @number)", after.Except(before), number, ct);
    }

    /// <summary>Each gram once, where it counts most.</summary>
    static HashSet<(string Gram, GramPlace Place)> FiledUnder(RoomText? text)
    {
        var places = new Dictionary<string, GramPlace>(StringComparer.Ordinal);
        if (text is not null)
        {
            File(Grams.OfStart(text.Name), GramPlace.NameStart);
            File(Grams.OfText(text.Name), GramPlace.Name);
            File(text.Tags.Split(RoomText.TagEnd).SelectMany(Grams.OfText), GramPlace.Tags);
            File(Grams.OfText(text.Description), GramPlace.Description);
        }
        return [.. places.Select(filed => (filed.Key, filed.Value))];

        void File(IEnumerable<string> grams, GramPlace place)
        {
            foreach (var gram in grams)
                places.TryAdd(gram, place);
        }
    }

    /// <summary>A room has hundreds of grams: one prepared statement, not hundreds of EF commands, inside the writers' turn.</summary>
    static async Task ForEachAsync(ChatDb db, string sql, IEnumerable<(string Gram, GramPlace Place)> grams, long number, CancellationToken ct)
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        command.CommandText = sql;
        var (gram, place) = (Parameter("@gram"), Parameter("@place"));
        Parameter("@number").Value = number;
        foreach (var (text, where) in grams)
        {
            (gram.Value, place.Value) = (text, (int)where);
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

    sealed record Entry(long Number, string Name, string Tags, string Description);

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
            var rooms = await db.Rooms.AsNoTracking().Where(Discovery.IsDiscoverable).Where(r => r.Id > after)
                .OrderBy(r => r.Id).Take(ChunkRooms).ToListAsync(ct);
            if (rooms.Count == 0)
                return null;
            var ids = rooms.ConvertAll(r => r.Id);
            var tags = (await db.Tags.AsNoTracking().Where(t => ids.Contains(t.RoomId)).ToListAsync(ct)).ToLookup(t => t.RoomId, t => t.Text);
            await using var write = await db.BeginWriteAsync(ct);
            foreach (var room in rooms)
                await UpdateAsync(db, room, [.. tags[room.Id]], ct);
            await write.CommitAsync();
            return ids[^1];
        }
    }
}
