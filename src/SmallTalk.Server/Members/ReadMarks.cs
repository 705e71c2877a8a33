using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Members;

/// <summary>How far each member has read.</summary>
static class ReadMarks
{
    /// <summary>Above this, who has read what is nobody's business and too much to send.</summary>
    public const int MaxMembers = 50;

    public static async Task<(IReadOnlyList<ReadView> Reads, Refusal? Refusal)> OfAsync(ChatDb db, Guid roomId, Guid viewerId, CancellationToken ct)
    {
        var rights = await RoomRights.LoadAsync(db, roomId, viewerId, ct);
        if (rights.ToRead is { } refusal)
            return ([], refusal);
        var marks = await db.Memberships.Where(m => m.RoomId == roomId && m.LeftAt == null)
            .OrderBy(m => m.UserId).Take(MaxMembers + 1).Select(m => new ReadView(m.UserId, m.ReadSeq)).ToListAsync(ct);
        return marks.Count > MaxMembers ? ([], MemberRefusals.RoomTooLarge) : (marks, null);
    }
}
