using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Search;

/// <summary>The rooms that are filed under a gram with these ranks.</summary>
sealed record GramList(string Gram, RoomRank.Range Ranks);

/// <summary>Which list is the shortest, found by counting no further than it takes.</summary>
static class GramLists
{
    // SQLite compounds at most 500 SELECTs.
    const int AtATime = 50;

    public static async Task<Dictionary<GramList, int>> CountAsync(ChatDb db, IEnumerable<GramList> lists, int upTo, CancellationToken ct)
    {
        var counts = new Dictionary<GramList, int>();
        foreach (var chunk in lists.Distinct().Chunk(AtATime))
        {
            var sql = string.Join(" UNION ALL ", chunk.Select((_, i) =>
                $"SELECT {i} AS i, (SELECT COUNT(*) FROM (SELECT 1 FROM room_grams WHERE gram = {{{3 * i}}} AND place BETWEEN {{{(3 * i) + 1}}} AND {{{(3 * i) + 2}}} LIMIT {upTo}) AS counted) AS count"));
            object[] values = [.. chunk.SelectMany(list => (object[])[list.Gram, list.Ranks.Best, list.Ranks.Worst])];
            foreach (var row in await db.Database.SqlQueryRaw<Row>(sql, values).ToListAsync(ct))
                counts[chunk[row.I]] = row.Count;
        }
        return counts;
    }

    sealed record Row(int I, int Count);
}
