using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Rooms;

enum RoomSort
{
    Active,
    New,
    Popular,
}

/// <summary>Which rooms are asked for, apart from words to search.</summary>
sealed record RoomFilter(string? Category, string? TagKey);

/// <summary>The listed rooms in an order, a page at a time. A page begins after the sort key of the last row before it, so
/// that no room comes twice or is missed because others moved. Each order is one walk along a partial index of
/// <see cref="ChatDb"/>; a hashtag's rooms are found by the hashtag and sorted.</summary>
static class Discovery
{
    public static readonly Expression<Func<Room, bool>> IsDiscoverable = r => r.Kind == RoomKind.Group && r.IsListed && r.DeletedAt == null;

    /// <summary>The same in SQL, word for word the filter of the partial indexes: else they would not be used.</summary>
    public const string Discoverable = "r.kind = 'group' AND r.is_listed AND r.deleted_at IS NULL";

    /// <summary>Where a room stands in an order: the sort key, then the id.</summary>
    public sealed record Place(long Key, Guid Id);

    public static async Task<List<Place>> PageAsync(
        ChatDb db, RoomFilter filter, RoomSort sort, Place? after, int limit, CancellationToken ct)
    {
        var (sql, values) = Statement(db, filter, sort, after, limit);
        var rows = await db.Database.SqlQueryRaw<Row>(sql, values).ToListAsync(ct);
        return rows.ConvertAll(row => new Place(row.Key, new Guid(row.Id, bigEndian: true)));
    }

    /// <summary>With {0}, {1} … where the values go.</summary>
    internal static (string Sql, object[] Values) Statement(ChatDb db, RoomFilter filter, RoomSort sort, Place? after, int limit)
    {
        var values = new List<object>();
        // CROSS JOIN keeps SQLite from walking the order's index past a million rooms to find the ten of a hashtag.
        var from = filter.TagKey is null ? "rooms r" : "room_tags t CROSS JOIN rooms r";
        var where = Discoverable;
        if (filter.TagKey is { } key)
            where += $" AND t.key = {Value(key)} AND r.id = t.room_id";
        if (filter.Category is { } category)
            where += $" AND r.category_slug = {Value(category)}";
        var (column, order) = sort switch
        {
            RoomSort.Active => ("r.active_at", "r.active_at DESC, r.id DESC"),
            RoomSort.Popular => ("r.member_count", "r.member_count DESC, r.id DESC"),
            _ => ("0", "r.id DESC"), // ids are UUIDv7: they sort by creation
        };
        if (after is not null)
            where += sort == RoomSort.New ? $" AND r.id < {Value(db.Raw(after.Id))}" : $" AND ({column}, r.id) < ({Value(after.Key)}, {Value(db.Raw(after.Id))})";
        var sql = $"SELECT {column} AS key, {db.Bytes("r.id")} AS id FROM {from} WHERE {where} ORDER BY {order} LIMIT {Value(limit)}";
        return (sql, [.. values]);

        string Value(object value)
        {
            values.Add(value);
            return $"{{{values.Count - 1}}}";
        }
    }

    sealed record Row(long Key, byte[] Id);
}
