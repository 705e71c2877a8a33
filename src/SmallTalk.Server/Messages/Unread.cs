using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Messages;

/// <summary>Unread are the messages after a member's <c>readSeq</c> that are neither deleted nor their own. Counting stops at
/// <see cref="Cap"/>, which means '999+', so its cost does not grow with an absence. As <c>seq</c> has no gaps, it is a difference,
/// less the few deleted (ix_messages_deleted), less one's own, which the log counts (<see cref="Members.Membership.OwnTo"/>). Only where
/// reading has stopped between one's own messages the rows are counted (ix_messages_room_id_seq).</summary>
static class Unread
{
    public const int Cap = 1_000;

    /// <summary>For each of these rooms that the person is in.</summary>
    public static async Task<Dictionary<Guid, int>> OfRoomsAsync(ChatDb db, Guid userId, IReadOnlyCollection<Guid> roomIds, CancellationToken ct) =>
        roomIds.Count == 0 ? [] : await Count(db, db.Memberships.Where(m => roomIds.Contains(m.RoomId)), userId).ToDictionaryAsync(m => m.RoomId, Of, ct);

    public static async Task<int> OfRoomAsync(ChatDb db, Guid userId, Guid roomId, CancellationToken ct) =>
        await Count(db, db.Memberships.Where(m => m.RoomId == roomId), userId).SingleOrDefaultAsync(ct) is { } found ? Of(found) : 0;

    /// <summary>The sum of all rooms that the person is in, as far as <see cref="Cap"/>.</summary>
    public static async Task<int> TotalAsync(ChatDb db, Guid userId, CancellationToken ct)
    {
        // Stops at the cap, not at the cap of each room: five hundred rooms with a thousand unread cost a thousand rows.
        var me = db.Raw(userId);
        return (await db.Database.SqlQuery<int>($"""
            SELECT COUNT(*) AS "Value" FROM (
                SELECT 1 FROM memberships m CROSS JOIN rooms r CROSS JOIN messages x
                WHERE m.user_id = {me} AND m.left_at IS NULL
                    AND r.id = m.room_id AND r.deleted_at IS NULL AND r.last_seq > m.read_seq
                    AND x.room_id = m.room_id AND x.seq > m.read_seq AND x.deleted_at IS NULL AND x.sender_id <> {me} LIMIT {Cap}) AS counted
            """).ToListAsync(ct))[0];
    }

    internal static IQueryable<RoomUnread> Count(ChatDb db, IQueryable<Members.Membership> memberships, Guid userId) => memberships
        .Where(m => m.UserId == userId && m.LeftAt == null)
        .Join(db.Rooms.Where(r => r.DeletedAt == null), m => m.RoomId, r => r.Id, (m, r) => new RoomUnread
        {
            RoomId = m.RoomId,
            Behind = r.LastSeq - m.ReadSeq,
            Deleted = m.HasWritten
                ? db.Messages.Where(x => x.RoomId == m.RoomId && x.Seq > m.ReadSeq && x.DeletedAt != null && x.SenderId != userId).Count()
                : db.Messages.Where(x => x.RoomId == m.RoomId && x.Seq > m.ReadSeq && x.DeletedAt != null).Count(),
            Own = !m.HasWritten || m.OwnTo == 0
                ? 0
                : m.Own + db.Messages.Where(x => x.RoomId == m.RoomId && x.Seq > m.OwnTo && x.Seq < m.OwnTo + Members.Membership.OwnStep && x.SenderId == userId).Count(),
            Counted = !m.HasWritten || m.OwnTo != 0
                ? null
                : db.Messages.Where(x => x.RoomId == m.RoomId && x.Seq > m.ReadSeq && x.DeletedAt == null && x.SenderId != userId)
                    .OrderBy(x => x.Seq).Take(Cap).Count(),
        });

    static int Of(RoomUnread room) => room.Counted ?? (int)Math.Min(Cap, room.Behind - room.Deleted - room.Own);

    internal sealed record RoomUnread
    {
        public Guid RoomId { get; init; }

        public long Behind { get; init; }

        public int Deleted { get; init; }

        public int Own { get; init; }

        /// <summary>Null when the difference says it.</summary>
        public int? Counted { get; init; }
    }
}
