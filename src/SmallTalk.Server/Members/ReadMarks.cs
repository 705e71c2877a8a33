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

    /// <summary>Never backwards (two devices of one person report out of order), never past the end; being told twice moves
    /// nothing. Opens its own write transaction; HTTP and STOMP alike call it.</summary>
    /// <returns>Where the mark stands now, and whether it moved.</returns>
    public static async Task<(long ReadSeq, bool HasMoved, Refusal? Refusal)> MoveAsync(
        ChatDb db, Guid roomId, Guid userId, long seq, DateTimeOffset now, CancellationToken ct)
    {
        var rights = await RoomRights.LoadAsync(db, roomId, userId, ct);
        if (rights.ToPost is { } refusal)
            return (0, false, refusal);
        if (seq < 0)
            return (0, false, MemberRefusals.NotASeq);
        var mine = db.Memberships.Where(m => m.RoomId == roomId && m.UserId == userId && m.LeftAt == null);
        var last = db.Rooms.Where(r => r.Id == roomId).Select(r => r.LastSeq);
        await using var write = await db.BeginWriteAsync(ct);
        var before = await mine.Select(m => (long?)m.ReadSeq).SingleOrDefaultAsync(ct);
        if (before is null)
            return (0, false, MemberRefusals.NotAMember); // went meanwhile
        await mine.ExecuteUpdateAsync(set => set
            .SetProperty(m => m.ReadSeq, m => Math.Max(m.ReadSeq, Math.Min(seq, last.Single())))
            .SetProperty(m => m.LastVisitedAt, now), ct);
        var after = await mine.Select(m => m.ReadSeq).SingleAsync(ct);
        await write.CommitAsync();
        return (after, after > before, null);
    }

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
