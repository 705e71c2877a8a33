using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Search;

/// <summary>Finds rooms by words, best rank first, among equals in the order asked for: docs/adr/0006-search-of-a-million.md.
/// Where few rooms are under a gram of the query, all of them are compared with it. A word that is itself a gram may be in
/// very many rooms; but there each rank is a list of the index, and the first rooms of a list are found either by looking all
/// of it up, when it is short, or by walking the rooms in the order asked for until enough of them are in it. So a page costs at
/// most about the square root of (page × rooms), whatever was typed.</summary>
sealed class RoomSearch(ChatDb db)
{
    /// <summary>Of the rooms under a gram that is not the whole query, so many are compared in each part of a room, best places
    /// first, newer rooms before older.</summary>
    internal const int MostCompared = 2_500;

    /// <summary>So many are compared sooner than walked to.</summary>
    internal const int Few = 1_000;

    const int AtATime = 64;
    const int Tries = 4;

    /// <summary>Tests need not make thousands of rooms.</summary>
    internal int Compared { get; init; } = MostCompared;

    internal int ComparedSooner { get; init; } = Few;

    /// <summary>Where a room stands in the results: its rank, then the sort key, then the id.</summary>
    public sealed record Place(int Rank, long Key, Guid Id);

    /// <summary>Best match first, ties in the order of <paramref name="sort"/>.</summary>
    public async Task<List<Place>> PageAsync(
        SearchQuery query, RoomFilter filter, RoomSort sort, Place? after, int limit, CancellationToken ct)
    {
        if (query.Words.Count == 0)
            return [];
        var asked = new Asked(query, filter, sort);
        var compared = new Dictionary<Guid, Place>();
        var found = new List<Place>();
        var (readings, isByTag) = await RarestAsync(query, filter, ct);
        if (isByTag)
            await CompareAsync(asked, null, compared, ct);
        foreach (var (isOtherKeyboard, part) in from other in (bool[])[false, true] from part in RoomRank.Parts select (other, part))
        {
            var lists = readings.Where(reading => reading.IsOtherKeyboard == isOtherKeyboard).Select(reading => reading.In(part)).Where(list => list.Count > 0).ToList();
            foreach (var list in lists.Where(list => !IsWalked(list)))
                await CompareAsync(asked, list.List, compared, ct);
            var walked = lists.Where(IsWalked).ToList();
            await AddAsync(asked, part, isOtherKeyboard ? RoomRank.OtherKeyboard : 0, walked, compared, found, after, limit, ct);
            if (found.Count == limit)
                break;
        }
        return found;

        bool IsWalked(Counted list) => list.IsQuery && filter.TagKey is null && list.Count >= ComparedSooner;
    }

    /// <summary>Adds what one part has, rank by rank: whatever has such a rank was compared by now, or is in the lists to walk.</summary>
    async Task AddAsync(
        Asked asked, RoomRank.Range part, int worse, List<Counted> walked, Dictionary<Guid, Place> compared, List<Place> found,
        Place? after, int limit, CancellationToken ct)
    {
        if (part.Worst + worse < after?.Rank)
            return;
        var ranks = Enumerable.Range(part.Best, part.Worst - part.Best + 1).Where(rank => after is null || rank + worse >= after.Rank).ToList();
        var few = walked.Count == 0 ? 0 : await FewerThanAWalkAsync(limit, ct);
        var counts = await GramLists.CountAsync(db, walked.SelectMany(list => ranks.Select(list.At)), few, ct);
        foreach (var rank in ranks)
        {
            var from = after?.Rank == rank + worse ? after : null;
            var equals = new HashSet<Place>();
            foreach (var list in walked)
            {
                if (counts[list.At(rank)] is not (> 0 and var count))
                    continue;
                if (await FirstAsync(asked, list, rank, rank + worse, isShort: count < few, from, limit - found.Count, ct) is { } first)
                    equals.UnionWith(first);
                else
                    await CompareAsync(asked, list.List, compared, ct);
            }
            equals.UnionWith(compared.Values.Where(place => place.Rank == rank + worse && (from is null || Order.Compare(place, from) > 0)));
            found.AddRange(equals.Order(Order).Take(limit - found.Count));
            if (found.Count == limit)
                return;
        }
    }

    static readonly Comparer<Place> Order = Comparer<Place>.Create((a, b) =>
        a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.Key != b.Key ? b.Key.CompareTo(a.Key) : b.Id.CompareTo(a.Id));

    /// <param name="List">Some rooms.</param>
    /// <param name="Count">How far they were counted.</param>
    /// <param name="IsQuery">What is asked for is one word, and most of these have it.</param>
    /// <param name="IsExact">It is the gram: just these have it, each with its place as the rank.</param>
    sealed record Counted(GramList List, int Count, bool IsQuery, bool IsExact)
    {
        /// <summary>Those that may have the rank.</summary>
        public GramList At(int rank) => IsExact ? List with { Ranks = new RoomRank.Range(rank, rank) } : List;
    }

    /// <summary>One way to understand a word, with its shortest list for each part of a room.</summary>
    sealed record Reading(bool IsOtherKeyboard, Counted Names, Counted Hashtags, Counted Descriptions)
    {
        public int Count => Names.Count + Hashtags.Count + Descriptions.Count;

        public Counted In(RoomRank.Range part) => part == RoomRank.Names ? Names : part == RoomRank.Hashtags ? Hashtags : Descriptions;
    }

    // How far lists are counted: as far as it takes until one is known to be shorter than that.
    static readonly int[] Probes = [200, Few, 20_000];

    /// <summary>All words must be found, so it is enough to look where the rarest of them is, in any of its readings; or at the
    /// rooms of the hashtag, when they are fewer.</summary>
    async Task<(List<Reading> Readings, bool IsByTag)> RarestAsync(SearchQuery query, RoomFilter filter, CancellationToken ct)
    {
        var joined = new SearchQuery.Reading(query.Joined, IsOtherKeyboard: false);
        var all = query.Words.SelectMany(word => word).Append(joined)
            .SelectMany(reading => RoomRank.Parts.SelectMany(part => ListsOf(reading.Pattern, part))).Distinct().ToList();
        List<Reading> rarest = [];
        Dictionary<GramList, int> counts = [];
        foreach (var upTo in Probes)
        {
            counts = await GramLists.CountAsync(db, all, upTo, ct);
            rarest = query.Words.Select(word => word.Select(Of).ToList()).MinBy(word => word.Sum(reading => (long)reading.Count))!;
            var count = rarest.Sum(reading => (long)reading.Count);
            if (filter.TagKey is { } key && await db.Tags.Where(t => t.Key == key).Take(upTo).CountAsync(ct) is var tagged && tagged < upTo && tagged <= count)
                return ([], true);
            if (count < upTo)
                break;
        }
        // Two words that make one name: that room is the best match, even where it is too old to be compared for either word.
        if (query.Words.Count > 1 && rarest.Exists(reading => reading.Names.Count > Compared))
            rarest.Add(Of(joined));
        return (rarest, false);

        Reading Of(SearchQuery.Reading reading) => new(
            reading.IsOtherKeyboard, Shortest(reading, RoomRank.Names), Shortest(reading, RoomRank.Hashtags), Shortest(reading, RoomRank.Descriptions));

        Counted Shortest(SearchQuery.Reading reading, RoomRank.Range part)
        {
            var list = ListsOf(reading.Pattern, part).MinBy(each => counts[each])!;
            var isExact = query.Words.Count == 1 && Grams.IsGram(reading.Pattern, IsShort(part));
            return new Counted(list, counts[list], isExact || (query.Words.Count == 1 && part == RoomRank.Descriptions), isExact);
        }
    }

    static IEnumerable<GramList> ListsOf(Pattern pattern, RoomRank.Range part) =>
        Grams.OfPattern(pattern, IsShort(part)).Select(gram => new GramList(gram, part));

    static bool IsShort(RoomRank.Range part) => part != RoomRank.Descriptions;

    /// <summary>Looks at the rooms of a list, or of the hashtag asked for, and keeps those that are found.</summary>
    async Task CompareAsync(Asked asked, GramList? list, Dictionary<Guid, Place> compared, CancellationToken ct)
    {
        // CROSS JOIN: SQLite keeps this order, from the few to the many.
        var from = list is null
            ? "room_tags g CROSS JOIN rooms r CROSS JOIN room_texts t WHERE r.id = g.room_id AND t.number = r.number AND g.key = {1}"
            : "room_grams g CROSS JOIN rooms r CROSS JOIN room_texts t WHERE r.number = g.number AND t.number = g.number AND g.gram = {2} AND g.place BETWEEN {3} AND {4}";
        var order = list is null ? "" : "ORDER BY g.place, g.number DESC";
        var sql = $"SELECT {db.Bytes("r.id")} AS id, {asked.Key} AS key, t.name, t.tags, t.description FROM {from} AND {asked.Rooms} {order} LIMIT {Compared}";
        var values = list is { } its ? asked.Values(its.Gram, its.Ranks.Best, its.Ranks.Worst) : asked.Values();
        await foreach (var row in db.Database.SqlQueryRaw<Candidate>(sql, values).AsAsyncEnumerable().WithCancellation(ct))
        {
            var id = new Guid(row.Id, bigEndian: true);
            if (!compared.ContainsKey(id) && RoomRank.Of(asked.Query, new RoomText(row.Name, row.Tags, row.Description)) is { } rank)
                compared.Add(id, new Place(rank, row.Key, id));
        }
    }

    /// <summary>From how many rooms on a list is walked to rather than looked up: both then cost the same.</summary>
    async Task<int> FewerThanAWalkAsync(int limit, CancellationToken ct)
    {
        var rooms = await db.Rooms.MaxAsync(r => (long?)r.Number, ct) ?? 0;
        return Math.Max(1, (int)Math.Min(int.MaxValue / 2, Math.Sqrt((double)limit * rooms)));
    }

    /// <summary>The first rooms of the list in the order asked for that have the rank: some have a better one for another reason.</summary>
    /// <returns>Null when too few of the list have it for going on like this.</returns>
    async Task<List<Place>?> FirstAsync(Asked asked, Counted list, int place, int rank, bool isShort, Place? from, int limit, CancellationToken ct)
    {
        var found = new List<Place>();
        var (gram, places) = list.At(place);
        for (var looked = 0; list.IsExact || looked < Tries * limit; looked += Math.Max(AtATime, limit + 1))
        {
            var rows = await db.Database.SqlQueryRaw<Numbered>(asked.First(db, isShort, from is not null, Math.Max(AtATime, limit + 1)),
                asked.Values(gram, places.Best, places.Worst, from?.Key ?? 0, db.Raw(from?.Id ?? default))).ToListAsync(ct);
            var numbers = rows.ConvertAll(row => row.Number);
            var texts = await db.Set<SearchedRoom>().AsNoTracking().Where(t => numbers.Contains(t.Number)).ToDictionaryAsync(t => t.Number, ct);
            foreach (var row in rows)
            {
                from = new Place(rank, row.Key, new Guid(row.Id, bigEndian: true));
                if (texts.TryGetValue(row.Number, out var text) && RoomRank.Of(asked.Query, new RoomText(text.Name, text.Tags, text.Description)) == rank)
                    found.Add(from);
                if (found.Count == limit)
                    return found;
            }
            if (rows.Count < Math.Max(AtATime, limit + 1))
                return found;
        }
        return null;
    }

    sealed record Numbered(long Number, long Key, byte[] Id);

    sealed record Candidate(byte[] Id, long Key, string Name, string Tags, string Description);

    /// <summary>What was asked for, in SQL. {0} is the category, {1} the hashtag.</summary>
    internal sealed record Asked(SearchQuery Query, RoomFilter Filter, RoomSort Sort)
    {
        public string Key => Sort switch
        {
            RoomSort.Active => "r.active_at",
            RoomSort.Popular => "r.member_count",
            _ => "0",
        };

        /// <summary>The rooms that the filter leaves.</summary>
        public string Rooms => Discovery.Discoverable
            + (Filter.Category is null ? "" : " AND r.category_slug = {0}")
            + (Filter.TagKey is null ? "" : " AND EXISTS (SELECT 1 FROM room_tags x WHERE x.room_id = r.id AND x.key = {1})");

        public object[] Values(params ReadOnlySpan<object> more) => [Filter.Category ?? "", Filter.TagKey ?? "", .. more];

        /// <summary>The first rooms filed under the gram {2} in the places {3} and {4} (one, or the description's two), those after ({5}, {6}): all of them looked up and
        /// sorted, or found on a walk along the order's index.</summary>
        public string First(ChatDb db, bool isShort, bool isAfter, int limit)
        {
            var after = !isAfter ? "" : Sort == RoomSort.New ? " AND r.id < {6}" : $" AND ({Key}, r.id) < ({{5}}, {{6}})";
            var order = Sort == RoomSort.New ? "r.id DESC" : $"{Key} DESC, r.id DESC";
            const string listed = "g.gram = {2} AND g.place IN ({3}, {4})"; // a range would keep the key's last column, the number, from being sought
            var from = isShort
                ? $"room_grams g CROSS JOIN rooms r WHERE r.number = g.number AND {listed} AND {Rooms}"
                : $"rooms r WHERE {Rooms} AND EXISTS (SELECT 1 FROM room_grams g WHERE {listed} AND g.number = r.number)";
            return $"SELECT r.number, {Key} AS key, {db.Bytes("r.id")} AS id FROM {from}{after} ORDER BY {order} LIMIT {limit}";
        }
    }
}
