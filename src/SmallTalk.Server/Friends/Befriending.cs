using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Friends;

/// <summary>What asking, accepting, ending and blocking do to the two rows of a friendship. Every method runs inside the
/// caller's write transaction, acts by statements that hold in a race, and only then looks whether a limit was passed:
/// a refusal means that the caller rolls back. Both rows change together or not at all, with one exception: somebody
/// who asks a person by whom they are blocked has a row that the other lacks, so that the two look alike to the asker.</summary>
sealed class Befriending(ChatDb db, TimeProvider clock, IOptions<FriendOptions> options)
{
    /// <summary>What has become of my row and of theirs; null where nothing has.</summary>
    public sealed record Change(FriendState? Mine, FriendState? Theirs);

    static readonly Change Nothing = new(null, null);

    public async Task<(Change Change, Refusal? Refusal)> AskAsync(Guid me, Guid other, CancellationToken ct)
    {
        await db.LockPeopleAsync([me, other], ct);
        if (await db.Blocks.AnyAsync(b => b.UserId == me && b.BlockedId == other, ct))
            return (Nothing, FriendRefusals.YouBlockedThem);
        var now = clock.GetUtcNow();
        var mineIsNew = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO friendships (user_id, other_id, state, since)
            VALUES ({me}, {other}, 'outgoing', {now})
            ON CONFLICT (user_id, other_id) DO NOTHING
            """, ct) > 0;
        // Their row: a request that comes in or, when they have asked as well (a moment ago or at this one), a friendship.
        var theirsChanged = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO friendships (user_id, other_id, state, since)
            SELECT {other}, {me}, 'incoming', {now}
            WHERE NOT EXISTS (SELECT 1 FROM blocks WHERE user_id = {other} AND blocked_id = {me})
            ON CONFLICT (user_id, other_id) DO UPDATE SET state = 'friends', since = excluded.since
            WHERE friendships.state = 'outgoing'
            """, ct) > 0;
        var theirs = theirsChanged ? await StateAsync(other, me, ct) : null;
        if (theirs == FriendState.Friends)
            await SetMineAsync(me, other, now, ct);
        FriendState? mine = theirs == FriendState.Friends ? FriendState.Friends : mineIsNew ? FriendState.Outgoing : null;
        return (new Change(mine, theirs), await LimitPassedAsync(me, other, mine, theirs, ct));
    }

    public async Task<(Change Change, Refusal? Refusal)> AcceptAsync(Guid me, Guid other, CancellationToken ct)
    {
        await db.LockPeopleAsync([me, other], ct);
        var now = clock.GetUtcNow();
        var accepted = await Between(me, other)
            .Where(f => (f.UserId == me && f.State == FriendState.Incoming) || (f.UserId == other && f.State == FriendState.Outgoing))
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.State, FriendState.Friends).SetProperty(f => f.Since, now), ct);
        return accepted == 2
            ? (new Change(FriendState.Friends, FriendState.Friends),
                await LimitPassedAsync(me, other, FriendState.Friends, FriendState.Friends, ct))
            : await StateAsync(me, other, ct) == FriendState.Friends
                ? (Nothing, null) // accepting twice is accepting once
                : (Nothing, FriendRefusals.NoSuchRequest);
    }

    /// <summary>Refuses, withdraws or removes, whichever it is.</summary>
    /// <returns>Whether there was something to end on my side, and on theirs.</returns>
    public async Task<(bool Mine, bool Theirs)> EndAsync(Guid me, Guid other, CancellationToken ct)
    {
        await db.LockPeopleAsync([me, other], ct);
        return (await db.Friendships.Where(f => f.UserId == me && f.OtherId == other).ExecuteDeleteAsync(ct) > 0,
            await db.Friendships.Where(f => f.UserId == other && f.OtherId == me).ExecuteDeleteAsync(ct) > 0);
    }

    /// <summary>Their open request keeps its row on their side: were it gone, they would know.</summary>
    /// <returns>Whether I had a row that is gone now.</returns>
    public async Task<(bool HadRow, Refusal? Refusal)> BlockAsync(Guid me, Guid other, CancellationToken ct)
    {
        await db.LockPeopleAsync([me, other], ct);
        var now = clock.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO blocks (user_id, blocked_id, since)
            VALUES ({me}, {other}, {now})
            ON CONFLICT (user_id, blocked_id) DO NOTHING
            """, ct);
        if (await db.Blocks.CountAsync(b => b.UserId == me, ct) > options.Value.MaxBlocks)
            return (false, FriendRefusals.TooManyBlocks.WithLimit(options.Value.MaxBlocks));
        var had = await db.Friendships.Where(f => f.UserId == me && f.OtherId == other).ExecuteDeleteAsync(ct) > 0;
        await db.Friendships.Where(f => f.UserId == other && f.OtherId == me && f.State != FriendState.Outgoing).ExecuteDeleteAsync(ct);
        return (had, null);
    }

    public async Task UnblockAsync(Guid me, Guid other, CancellationToken ct) =>
        await db.Blocks.Where(b => b.UserId == me && b.BlockedId == other).ExecuteDeleteAsync(ct);

    IQueryable<Friendship> Between(Guid me, Guid other) =>
        db.Friendships.Where(f => (f.UserId == me && f.OtherId == other) || (f.UserId == other && f.OtherId == me));

    async Task<FriendState?> StateAsync(Guid user, Guid other, CancellationToken ct) =>
        await db.Friendships.Where(f => f.UserId == user && f.OtherId == other)
            .Select(f => (FriendState?)f.State).SingleOrDefaultAsync(ct);

    async Task SetMineAsync(Guid me, Guid other, DateTimeOffset now, CancellationToken ct) =>
        await db.Friendships.Where(f => f.UserId == me && f.OtherId == other)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.State, FriendState.Friends).SetProperty(f => f.Since, now), ct);

    async Task<Refusal?> LimitPassedAsync(Guid me, Guid other, FriendState? mine, FriendState? theirs, CancellationToken ct)
    {
        var limits = options.Value;
        if (mine == FriendState.Friends && await CountAsync(me, FriendState.Friends, ct) > limits.MaxFriends)
            return FriendRefusals.TooManyFriends.WithLimit(limits.MaxFriends);
        if (mine == FriendState.Outgoing && await CountAsync(me, FriendState.Outgoing, ct) > limits.MaxOpenRequests)
            return FriendRefusals.TooManyOpenRequests.WithLimit(limits.MaxOpenRequests);
        if (theirs == FriendState.Friends && await CountAsync(other, FriendState.Friends, ct) > limits.MaxFriends)
            return FriendRefusals.TheirListIsFull.WithLimit(limits.MaxFriends);
        if (theirs == FriendState.Incoming && await CountAsync(other, FriendState.Incoming, ct) > limits.MaxIncomingRequests)
            return FriendRefusals.TheirListIsFull.WithLimit(limits.MaxIncomingRequests);
        return null;
    }

    Task<int> CountAsync(Guid user, FriendState state, CancellationToken ct) =>
        db.Friendships.CountAsync(f => f.UserId == user && f.State == state, ct);
}
