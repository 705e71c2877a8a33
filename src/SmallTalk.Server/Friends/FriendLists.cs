using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Presence;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Friends;

/// <summary>My friends by nickname, requests and blocks with the newest first. A search streams the same range in the same
/// order and stops when the page is full: a list has a thousand rows at most.</summary>
sealed class FriendLists(ChatDb db, WhoIsOnline online)
{
    sealed record Row
    {
        public required Guid Id { get; init; }

        public required string Nickname { get; init; }

        public required string Key { get; init; }

        public required string StatusLine { get; init; }

        public required FriendState State { get; init; }

        public required DateTimeOffset Since { get; init; }
    }

    sealed record ByName(string Key);

    sealed record ByTime(DateTimeOffset Since, Guid Id);

    /// <returns>Null when the cursor is not one of this list.</returns>
    public async Task<Page<FriendView>?> PageAsync(
        Guid me, FriendState state, SearchQuery words, string? cursor, int limit, CancellationToken ct)
    {
        var rows = Rows(me).Where(r => r.State == state);
        if (state == FriendState.Friends)
        {
            if (!Cursor.TryRead<ByName>(cursor, out var after))
                return null;
            if (after is not null)
#pragma warning disable CA1309 // in SQL it is ordinal, and the overload that says so has no translation
                rows = rows.Where(r => string.Compare(r.Key, after.Key) > 0);
#pragma warning restore CA1309
            rows = rows.OrderBy(r => r.Key);
        }
        else
        {
            if (!Cursor.TryRead<ByTime>(cursor, out var after))
                return null;
            if (after is not null)
                rows = rows.Where(r => r.Since < after.Since || (r.Since == after.Since && r.Id.CompareTo(after.Id) < 0));
            rows = rows.OrderByDescending(r => r.Since).ThenByDescending(r => r.Id);
        }

        var found = new List<Row>();
        await foreach (var row in (words.IsBlank ? rows.Take(limit + 1) : rows).AsAsyncEnumerable().WithCancellation(ct))
        {
            if (!words.IsBlank && !words.Finds(row.Nickname))
                continue;
            found.Add(row);
            if (found.Count > limit)
                break;
        }
        var more = found.Count > limit;
        if (more)
            found.RemoveAt(limit);
        return new Page<FriendView>(
            await ViewsAsync(me, found, ct),
            !more ? null : state == FriendState.Friends ? Cursor.Of(new ByName(found[^1].Key)) : Cursor.Of(new ByTime(found[^1].Since, found[^1].Id)));
    }

    public async Task<FriendView?> OneAsync(Guid me, Guid other, CancellationToken ct) =>
        await Rows(me).Where(r => r.Id == other).SingleOrDefaultAsync(ct) is { } row ? (await ViewsAsync(me, [row], ct))[0] : null;

    /// <returns>Null when the cursor is not one of this list.</returns>
    public async Task<Page<BlockView>?> BlocksAsync(Guid me, string? cursor, int limit, CancellationToken ct)
    {
        if (!Cursor.TryRead<ByTime>(cursor, out var after))
            return null;
        var blocks = db.Blocks.Where(b => b.UserId == me);
        if (after is not null)
            blocks = blocks.Where(b => b.Since < after.Since || (b.Since == after.Since && b.BlockedId.CompareTo(after.Id) < 0));
        var found = await blocks.OrderByDescending(b => b.Since).ThenByDescending(b => b.BlockedId).Take(limit + 1)
            .Join(db.Users, b => b.BlockedId, u => u.Id, (b, u) => new { b.Since, u.Id, u.UserName, u.StatusLine, u.DeletedAt })
            .ToListAsync(ct);
        return new Page<BlockView>(
            [.. found.Take(limit).Select(b => new BlockView(
                b.DeletedAt is null ? new Person(b.Id, b.UserName, b.StatusLine) : new Person(b.Id, null), b.Since))],
            found.Count > limit ? Cursor.Of(new ByTime(found[limit - 1].Since, found[limit - 1].Id)) : null);
    }

    /// <summary>By the key that makes nicknames unique: however it was typed, it is the same person.</summary>
    public async Task<Guid?> FindAsync(string? nickname, CancellationToken ct)
    {
        if (nickname is not { Length: > 0 and <= 1_000 })
            return null;
        var key = Nicknames.Key(nickname);
        return await db.Users.Where(u => u.NormalizedUserName == key && u.DeletedAt == null)
            .Select(u => (Guid?)u.Id).SingleOrDefaultAsync(ct);
    }

    public Task<bool> ExistsAsync(Guid user, CancellationToken ct) => db.Users.AnyAsync(u => u.Id == user && u.DeletedAt == null, ct);

    IQueryable<Row> Rows(Guid me) =>
        from friendship in db.Friendships
        where friendship.UserId == me
        join user in db.Users on friendship.OtherId equals user.Id
        where user.DeletedAt == null
        select new Row
        {
            Id = user.Id,
            Nickname = user.UserName!,
            Key = user.NormalizedUserName!,
            StatusLine = user.StatusLine,
            State = friendship.State,
            Since = friendship.Since,
        };

    async Task<IReadOnlyList<FriendView>> ViewsAsync(Guid me, IReadOnlyList<Row> rows, CancellationToken ct)
    {
        var keys = rows.Select(r => DirectRooms.KeyOf(me, r.Id)).ToList();
        var direct = await db.Rooms.Where(r => keys.Contains(r.DirectKey!)).ToDictionaryAsync(r => r.DirectKey!, r => r.Id, ct);
        return [.. rows.Select(r => new FriendView(
            new Person(r.Id, r.Nickname, r.StatusLine, r.State == FriendState.Friends ? online.IsOnline(r.Id) : null),
            r.State,
            r.Since,
            direct.TryGetValue(DirectRooms.KeyOf(me, r.Id), out var room) ? room : null))];
    }
}
