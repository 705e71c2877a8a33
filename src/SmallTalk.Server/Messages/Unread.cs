using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Messages;

/// <summary>The messages after <c>readSeq</c> that are neither deleted nor one's own: exact up to 999, and
/// <see cref="Max"/> means more. The same count for one room, a page of rooms and the total.</summary>
static class Unread
{
    public const int Max = 1_000;

    /// <returns>Without the rooms that the user is not in.</returns>
    public static async Task<Dictionary<Guid, int>> OfAsync(ChatDb db, Guid userId, IReadOnlyList<Guid> roomIds, CancellationToken ct) =>
        await db.Memberships.Where(m => m.UserId == userId && m.LeftAt == null && roomIds.Contains(m.RoomId))
            .Select(m => new
            {
                m.RoomId,
                Count = db.Messages
                    .Where(x => x.RoomId == m.RoomId && x.Seq > m.ReadSeq && x.DeletedAt == null && x.SenderId != userId)
                    .Take(Max).Count(),
            })
            .ToDictionaryAsync(m => m.RoomId, m => m.Count, ct);
}
