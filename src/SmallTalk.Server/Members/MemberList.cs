using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Members;

/// <summary>The people of a room: the owner, moderators, then members by when they came. Each role is one range of
/// ix_memberships_room_id_role_joined_at_user_id, so a page costs a page, in a room of 3 or of 3,000.</summary>
static class MemberList
{
    static readonly Role[] Order = [Role.Owner, Role.Moderator, Role.Member];

    public sealed record Place(Role Role, DateTimeOffset JoinedAt, Guid UserId);

    /// <param name="db">The store.</param>
    /// <param name="roomId">The room.</param>
    /// <param name="words">Only those whose nickname these find, as rooms are found.</param>
    /// <param name="after">The last one of the page before.</param>
    /// <param name="size">How many.</param>
    /// <param name="ct">Stops the reading.</param>
    public static async Task<Page<MemberView>> PageAsync(
        ChatDb db, Guid roomId, SearchQuery words, Place? after, int size, CancellationToken ct)
    {
        var found = new List<(Place Place, MemberView View)>(size + 1);
        foreach (var role in Order.Where(r => after is null || r >= after.Role))
        {
            var start = after is not null && after.Role == role ? after : null;
            var rows = Range(db, roomId, role, start);
            await foreach (var row in (words.IsBlank ? rows.Take(size + 1 - found.Count) : rows).AsAsyncEnumerable().WithCancellation(ct))
            {
                if (!words.IsBlank && (row.Nickname is null || !words.Finds(row.Nickname)))
                    continue;
                found.Add((new Place(role, row.JoinedAt, row.UserId), new MemberView(
                    new Person(row.UserId, row.Nickname, row.StatusLine), role, row.JoinedAt)));
                if (found.Count > size)
                    return new Page<MemberView>([.. found.Take(size).Select(f => f.View)], Cursor.Of(found[size - 1].Place));
            }
        }
        return new Page<MemberView>([.. found.Select(f => f.View)], null);
    }

    internal static IQueryable<Row> Range(ChatDb db, Guid roomId, Role role, Place? after)
    {
        var seats = db.Memberships.Where(m => m.RoomId == roomId && m.Role == role && m.LeftAt == null);
        if (after is { JoinedAt: var joinedAt, UserId: var userId }) // the first condition is the index's range
            seats = seats.Where(m => m.JoinedAt >= joinedAt && (m.JoinedAt > joinedAt || m.UserId > userId));
        return
            from seat in seats
            join user in db.Users on seat.UserId equals user.Id
            orderby seat.JoinedAt, seat.UserId
            select new Row(
                seat.UserId, seat.JoinedAt, user.DeletedAt == null ? user.UserName : null, user.DeletedAt == null ? user.StatusLine : null);
    }

    internal sealed record Row(Guid UserId, DateTimeOffset JoinedAt, string? Nickname, string? StatusLine);
}
