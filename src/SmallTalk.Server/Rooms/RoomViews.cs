using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Friends;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Messages.Fanout;

namespace SmallTalk.Server.Rooms;

/// <summary>From rows to the Room of docs/protocol.md, as one viewer may see it: the same six queries for one room or a
/// page of them. What the viewer may not read is not even asked for.</summary>
sealed class RoomViews(ChatDb db, FriendPresence presence, RoomStreams streams)
{
    /// <summary>For the viewer, or for a visitor (null). Null when there is no such room for them.</summary>
    public async Task<RoomView?> OfAsync(Guid roomId, Guid? viewerId, CancellationToken ct) =>
        (await OfAsync([roomId], viewerId, ct)).SingleOrDefault();

    /// <summary>In the order of the ids, without those that do not exist for this viewer.</summary>
    public Task<IReadOnlyList<RoomView>> OfAsync(IReadOnlyList<Guid> roomIds, Guid? viewerId, CancellationToken ct) =>
        ProjectAsync(roomIds, viewerId, Shown.AsItIs, ct);

    /// <summary>Rooms that the viewer has left: with the last message of the time of leaving, whatever was said since.</summary>
    public Task<IReadOnlyList<RoomView>> LeftByAsync(Guid viewerId, IReadOnlyList<Guid> roomIds, CancellationToken ct) =>
        ProjectAsync(roomIds, viewerId, Shown.AsLeft, ct);

    async Task<IReadOnlyList<RoomView>> ProjectAsync(IReadOnlyList<Guid> roomIds, Guid? viewerId, Shown shown, CancellationToken ct)
    {
        var rows = await RowsAsync(roomIds, viewerId, ct);
        var seen = rows.Values
            .Select(row => new Seen(row, RoomRights.Of(
                new RoomFacts(row.Room.Id, row.Room.Kind, row.Room.JoinRule), FactsOf(row.Mine), viewerId is not null)))
            .Where(s => s.Rights.CanSee || (shown == Shown.AsLeft && s.HasLeft))
            .ToDictionary(s => s.Row.Room.Id);
        var tags = await TagsAsync([.. seen.Keys], ct);
        var messages = await LastMessagesAsync(seen.Values, shown, ct);
        var unread = await UnreadAsync([.. seen.Values.Where(s => s.Rights.IsMember).Select(s => s.Row.Room.Id)], viewerId, ct);
        var others = await OthersAsync([.. seen.Values.Where(s => s.Row.Room.Kind == RoomKind.Direct).Select(s => s.Row.Room.Id)], viewerId, ct);
        var epoch = await db.StoreFacts.Where(f => f.Name == "epoch").Select(f => f.Value).SingleAsync(ct);
        return [.. roomIds.Where(seen.ContainsKey).Select(id => View(seen[id]))];

        RoomView View(Seen s)
        {
            var (room, mine, canRead) = (s.Row.Room, s.Row.Mine, s.Rights.CanRead);
            return new RoomView(
                room.Id, room.Kind, room.Name, room.Description, room.CategorySlug, [.. tags[room.Id]],
                s.Row.Owner, room.JoinRule, room.IsListed, room.MemberCount, room.MemberLimit, streams.Here(room.Id),
                room.CreatedAt, room.LastMessageAt, messages.GetValueOrDefault(room.Id), canRead,
                canRead ? room.LastSeq : 0, canRead ? room.Version : 0, epoch,
                mine is null or { IsBanned: true } ? null : new MyMembershipView(
                    mine.Role, mine.JoinedAt, mine.LeftAt, mine.LastVisitedAt, mine.ReadSeq, unread.GetValueOrDefault(room.Id)),
                others.GetValueOrDefault(room.Id));
        }
    }

    static MembershipFacts? FactsOf(Mine? mine) => mine is null ? null : new MembershipFacts(mine.Role, mine.LeftAt is not null, mine.IsBanned);

    async Task<Dictionary<Guid, Row>> RowsAsync(IReadOnlyList<Guid> roomIds, Guid? viewerId, CancellationToken ct) =>
        await (
            from room in db.Rooms.Where(r => roomIds.Contains(r.Id) && r.DeletedAt == null)
            join membership in db.Memberships.Where(m => m.UserId == viewerId) on room.Id equals membership.RoomId into memberships
            from mine in memberships.DefaultIfEmpty()
            join user in db.Users on room.OwnerId equals user.Id into owners
            from owner in owners.DefaultIfEmpty()
            select new Row(
                new Card(
                    room.Id, room.Kind, room.Name, room.Description, room.CategorySlug, room.JoinRule, room.IsListed, room.MemberCount,
                    room.MemberLimit, room.CreatedAt, room.LastMessageAt, room.LastSeq, room.Version),
                mine == null ? null : new Mine(
                    mine.UserId, mine.Role, mine.JoinedAt, mine.LeftAt, mine.LeftSeq, mine.LastVisitedAt, mine.ReadSeq, mine.IsBanned),
                owner == null ? null : new Person(owner.Id, owner.DeletedAt == null ? owner.UserName : null, null, null)))
        .ToDictionaryAsync(row => row.Room.Id, ct);

    async Task<ILookup<Guid, string>> TagsAsync(IReadOnlyList<Guid> roomIds, CancellationToken ct) =>
        (await db.Tags.Where(t => roomIds.Contains(t.RoomId)).OrderBy(t => t.Position)
            .Select(t => new { t.RoomId, t.Text }).ToListAsync(ct))
        .ToLookup(t => t.RoomId, t => t.Text);

    async Task<Dictionary<Guid, LastMessageView>> LastMessagesAsync(IReadOnlyCollection<Seen> rooms, Shown shown, CancellationToken ct)
    {
        var left = rooms.Where(s => shown == Shown.AsLeft && s.HasLeft).ToList();
        var found = new Dictionary<Guid, LastMessageView>();
        if (rooms.Where(s => s.Rights.CanRead).Select(s => s.Row.Room.Id).Except(left.Select(s => s.Row.Room.Id)).ToList() is { Count: > 0 } read)
            await AddAsync(read, db.Rooms.Join(db.Messages, r => new { RoomId = r.Id, Seq = r.LastSeq }, m => new { m.RoomId, m.Seq }, (_, m) => m));
        if (left.Count > 0)
        {
            var ids = left.Select(s => s.Row.Room.Id).ToList();
            var me = left[0].Row.Mine!.UserId;
            await AddAsync(ids, db.Memberships.Where(m => m.UserId == me)
                .Join(db.Messages, m => new { m.RoomId, Seq = m.LeftSeq ?? 0 }, m => new { m.RoomId, m.Seq }, (_, m) => m));
        }
        return found;

        async Task AddAsync(IReadOnlyList<Guid> ids, IQueryable<Message> messages)
        {
            var rows =
                from message in messages.Where(m => ids.Contains(m.RoomId))
                join sender in db.Users on message.SenderId equals sender.Id
                select new
                {
                    message.RoomId,
                    View = new LastMessageView(
                        message.Seq, new Person(sender.Id, sender.DeletedAt == null ? sender.UserName : null, null, null),
                        message.Text, message.CreatedAt, message.DeletedAt),
                };
            await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(ct))
                found[row.RoomId] = row.View;
        }
    }

    async Task<Dictionary<Guid, int>> UnreadAsync(IReadOnlyList<Guid> roomIds, Guid? viewerId, CancellationToken ct) =>
        viewerId is { } me && roomIds.Count > 0 ? await Unread.OfRoomsAsync(db, me, roomIds, ct) : [];

    async Task<Dictionary<Guid, Person>> OthersAsync(IReadOnlyList<Guid> roomIds, Guid? viewerId, CancellationToken ct)
    {
        if (viewerId is not { } me || roomIds.Count == 0)
            return [];
        var others = await (
            from membership in db.Memberships.Where(m => roomIds.Contains(m.RoomId) && m.UserId != me)
            join user in db.Users on membership.UserId equals user.Id
            select new { membership.RoomId, Person = new Person(user.Id, user.DeletedAt == null ? user.UserName : null, user.DeletedAt == null ? user.StatusLine : null, null) })
        .ToDictionaryAsync(o => o.RoomId, o => o.Person, ct);
        var shown = await presence.OfAsync(me, others.Values, ct);
        return others.ToDictionary(o => o.Key, o => shown[o.Value.Id]);
    }

    enum Shown
    {
        AsItIs,
        AsLeft,
    }

    sealed record Card(
        Guid Id, RoomKind Kind, string Name, string Description, string? CategorySlug, JoinRule JoinRule, bool IsListed, int MemberCount,
        int MemberLimit, DateTimeOffset CreatedAt, DateTimeOffset? LastMessageAt, long LastSeq, long Version);

    sealed record Mine(
        Guid UserId, Role Role, DateTimeOffset JoinedAt, DateTimeOffset? LeftAt, long? LeftSeq, DateTimeOffset LastVisitedAt, long ReadSeq, bool IsBanned);

    sealed record Row(Card Room, Mine? Mine, Person? Owner);

    sealed record Seen(Row Row, RoomRights Rights)
    {
        public bool HasLeft => Row.Mine is { LeftAt: not null };
    }
}
