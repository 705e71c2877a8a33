using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Search;

/// <summary>Finds rooms by words. The rarest gram of the query (or the hashtag, when it is rarer still) says which rooms to
/// look at; each is compared with the whole query and ranked. So the cost grows with the rooms under the rarest gram, which
/// are few more than the matches, and not with the rooms there are; and under a gram the places where the best matches are
/// come first, so that a page that they fill is not kept waiting by the rest: docs/adr/0004-room-search.md.</summary>
sealed class RoomSearch(ChatDb db)
{
    /// <summary>One syllable can be in every second room. Names are looked at before the rest, newer rooms before older.</summary>
    internal const int MostLookedAt = 20_000;

    /// <summary>Tests need not make twenty thousand rooms.</summary>
    internal int LookedAt { get; init; } = MostLookedAt;

    // How far grams are counted: as far as it takes until one is known to be rarer than that.
    static readonly int[] Probes = [200, 5_000, MostLookedAt];

    /// <summary>Where a room stands in the results: its rank, then the sort key, then the id.</summary>
    public sealed record Place(int Rank, long Key, Guid Id);

    /// <summary>Best match first, ties in the order of <paramref name="sort"/>.</summary>
    public async Task<List<Place>> PageAsync(
        SearchQuery query, RoomFilter filter, RoomSort sort, Place? after, int limit, CancellationToken ct)
    {
        if (query.Words.Count == 0)
            return [];
        var seen = new HashSet<Guid>();
        var found = new List<Place>();
        var sources = (await RarestAsync(query, filter, ct)).OrderBy(source => source.BestRank(GramPlace.NameStart)).ToList();
        foreach (var source in sources)
        {
            var place = GramPlace.NameStart;
            if (IsFull(source.BestRank(place)))
                break; // and of the other sources none can do better
            var others = sources.SkipWhile(other => other != source).Skip(1).Select(other => other.BestRank(GramPlace.NameStart)).ToList();
            await foreach (var row in Candidates(source, filter, sort).WithCancellation(ct))
            {
                if (row.Place != (int)place)
                {
                    place = (GramPlace)row.Place;
                    if (IsFull(others.Append(source.BestRank(place)).Min()))
                        break;
                }
                var id = UuidToBytes.Back(row.Id);
                if (seen.Add(id) && RoomRank.Of(query, new RoomText(row.Name, row.Tags, row.Description)) is { } rank)
                    Keep(new Place(rank, row.Key, id));
            }
        }
        found.Sort(Order);
        return found.Count > limit ? found[..limit] : found;

        void Keep(Place place)
        {
            if (after is null || Order.Compare(place, after) > 0)
                found.Add(place);
        }

        // Whatever comes from here on has no better rank than this.
        bool IsFull(int bestToCome) => found.Count >= limit && found.Count(place => place.Rank < bestToCome) >= limit;
    }

    static readonly Comparer<Place> Order = Comparer<Place>.Create((a, b) =>
        a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.Key != b.Key ? b.Key.CompareTo(a.Key) : b.Id.CompareTo(a.Id));

    /// <summary>Where to look: a gram, or the hashtag of the filter.</summary>
    sealed record Source(string Sql, string Value, bool IsStart = false, bool IsOtherKeyboard = false)
    {
        public int BestRank(GramPlace place) => RoomRank.BestOf(place, IsStart) + (IsOtherKeyboard ? RoomRank.OtherKeyboard : 0);
    }

    const string ByGram = "SELECT 1 FROM room_grams WHERE gram = {0}";
    const string ByTag = "SELECT 1 FROM room_tags WHERE key = {0}";

    /// <summary>A word needs a source for each of its readings; the word with the fewest rooms is looked up.</summary>
    async Task<IReadOnlyList<Source>> RarestAsync(SearchQuery query, RoomFilter filter, CancellationToken ct)
    {
        // [word][reading][gram]
        var words = query.Words
            .Select(word => word.Select(reading => SourcesOf(reading, isOnlyWord: query.Words.Count == 1)).ToList())
            .ToList();
        if (filter.TagKey is { } key)
            words.Add([[new Source(ByTag, key)]]);
        var all = words.SelectMany(word => word).SelectMany(reading => reading).Distinct().ToList();
        var counts = new Dictionary<Source, int>();
        foreach (var upTo in Probes)
        {
            counts = await CountAsync(all, upTo, ct);
            if (words.Exists(word => word.TrueForAll(reading => reading.Exists(source => counts[source] < upTo))))
                break;
        }
        return words
            .Select(word => word.ConvertAll(reading => reading.MinBy(source => counts[source])!))
            .MinBy(sources => sources.Sum(source => (long)counts[source]))!
            .Where(source => counts[source] > 0)
            .ToList();
    }

    static List<Source> SourcesOf(SearchQuery.Reading reading, bool isOnlyWord)
    {
        var isOne = reading.Pattern.Text.EnumerateRunes().Count() == 1;
        return [.. Grams.OfPattern(reading.Pattern).Select(gram => new Source(ByGram, gram, isOnlyWord && isOne, reading.IsOtherKeyboard))];
    }

    async Task<Dictionary<Source, int>> CountAsync(IReadOnlyList<Source> sources, int upTo, CancellationToken ct)
    {
        var counts = new Dictionary<Source, int>();
        foreach (var chunk in sources.Chunk(50)) // SQLite compounds at most 500 SELECTs
        {
            var sql = string.Join(" UNION ALL ", chunk.Select((source, i) =>
                $"SELECT {i} AS i, (SELECT COUNT(*) FROM ({source.Sql.Replace("{0}", $"{{{i}}}", StringComparison.Ordinal)} LIMIT {upTo})) AS count"));
            foreach (var row in await db.Database.SqlQueryRaw<Counted>(sql, [.. chunk.Select(source => (object)source.Value)]).ToListAsync(ct))
                counts[chunk[row.I]] = row.Count;
        }
        return counts;
    }

    IAsyncEnumerable<Candidate> Candidates(Source source, RoomFilter filter, RoomSort sort)
    {
        var key = sort switch
        {
            RoomSort.Active => "r.active_at",
            RoomSort.Popular => "r.member_count",
            _ => "0",
        };
        // CROSS JOIN: SQLite keeps this order, from the few to the many.
        var from = source.Sql == ByTag
            ? "room_tags g CROSS JOIN room_texts t ON t.room_id = g.room_id CROSS JOIN rooms r ON r.id = t.room_id WHERE g.key = {0}"
            : "room_grams g CROSS JOIN room_texts t ON t.number = g.number CROSS JOIN rooms r ON r.id = t.room_id WHERE g.gram = {0}";
        var (place, order) = source.Sql == ByTag ? ("0", "") : ("g.place", "ORDER BY g.place, g.number DESC");
        var sql = $"SELECT r.id, {key} AS key, {place} AS place, t.name, t.tags, t.description FROM {from} AND {Discovery.Discoverable}"
            + (filter.Category is null ? "" : " AND r.category_slug = {1}")
            + (filter.TagKey is null ? "" : " AND EXISTS (SELECT 1 FROM room_tags x WHERE x.room_id = r.id AND x.key = {2})")
            + $" {order} LIMIT {LookedAt}";
        return db.Database.SqlQueryRaw<Candidate>(sql, source.Value, filter.Category ?? "", filter.TagKey ?? "").AsAsyncEnumerable();
    }

    sealed record Counted(int I, int Count);

    sealed record Candidate(byte[] Id, long Key, int Place, string Name, string Tags, string Description);
}
