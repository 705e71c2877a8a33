using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Categories;

/// <summary>How many listed rooms each interest has. Counting walks an index of all of them, so the answer is kept: until a
/// room of this node comes or goes, and some seconds at most because other nodes have rooms too.</summary>
sealed class CategoryRooms(TimeProvider clock)
{
    static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    Counted? _last;
    int _changes;

    /// <summary>After the commit of whatever changes which rooms are listed where.</summary>
    public void Changed() => Interlocked.Increment(ref _changes);

    public async Task<IReadOnlyDictionary<string, int>> CountAsync(ChatDb db, CancellationToken ct)
    {
        var seen = Volatile.Read(ref _changes); // before reading: a change during the query makes its answer old
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            if (_last is { } kept && kept.Changes == seen && clock.GetElapsedTime(kept.At, now) < GoodFor)
                return kept.Rooms;
        }
        var rooms = await db.Rooms.Where(Discovery.IsDiscoverable)
            .GroupBy(r => r.CategorySlug!)
            .Select(g => new { Slug = g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Slug, g => g.Count, ct);
        lock (_gate)
            _last = new Counted(rooms, seen, now);
        return rooms;
    }

    sealed record Counted(IReadOnlyDictionary<string, int> Rooms, int Changes, long At);
}
