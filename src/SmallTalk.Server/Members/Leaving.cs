using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Members;

/// <summary>Going out of a room, freely or not. The row stays, with where the room stood: it is that person's own history.
/// All of it in the caller's write transaction.</summary>
static class Leaving
{
    /// <param name="WasMember">False when there was nobody to go: going twice is going once.</param>
    /// <param name="Heir">Who owns the room now, when it was the owner who went.</param>
    public sealed record Gone(bool WasMember, Guid? Heir);

    /// <summary>Who may remove whom: moderators the members, the owner also moderators, and nobody the owner.</summary>
    public static Refusal? CheckKick(Role actor, Role? target, bool isOneself) => (actor, target) switch
    {
        (Role.Member, _) => MemberRefusals.NotAModerator,
        _ when isOneself => MemberRefusals.ThatIsYou,
        (_, null) => MemberRefusals.NoSuchMember,
        (_, Role.Owner) or (Role.Moderator, Role.Moderator) => MemberRefusals.OutranksYou,
        _ => null,
    };

    public static async Task<Gone> LeaveAsync(ChatDb db, Guid roomId, Guid userId, DateTimeOffset now, CancellationToken ct)
    {
        await db.LockRoomsAsync([roomId], ct);
        var seat = db.Memberships.Where(m => m.RoomId == roomId && m.UserId == userId && m.LeftAt == null);
        var role = await seat.Select(m => (Role?)m.Role).SingleOrDefaultAsync(ct);
        if (role is null)
            return new Gone(false, null);
        await db.Rooms.Where(r => r.Id == roomId)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.MemberCount, r => r.MemberCount - 1), ct);
        var lastSeq = db.Rooms.Where(r => r.Id == roomId).Select(r => r.LastSeq);
        await seat.ExecuteUpdateAsync(set => set
            .SetProperty(m => m.LeftAt, now)
            .SetProperty(m => m.LeftSeq, _ => lastSeq.Single())
            .SetProperty(m => m.LastVisitedAt, now)
            .SetProperty(m => m.Role, Role.Member), ct);
        return new Gone(true, role == Role.Owner ? await Ownership.InheritAsync(db, roomId, ct) : null);
    }

    /// <returns>Null when that person has been put out.</returns>
    public static async Task<Refusal?> KickAsync(ChatDb db, Guid roomId, Guid actorId, Guid targetId, DateTimeOffset now, CancellationToken ct)
    {
        await db.LockRoomsAsync([roomId], ct);
        var rights = await RoomRights.LoadAsync(db, roomId, actorId, ct);
        if (rights.ToModerate is { } refusal)
            return refusal;
        var target = await db.Memberships.Where(m => m.RoomId == roomId && m.UserId == targetId && m.LeftAt == null)
            .Select(m => (Role?)m.Role).SingleOrDefaultAsync(ct);
        if (CheckKick(rights.Role!.Value, target, actorId == targetId) is { } fault)
            return fault;
        await LeaveAsync(db, roomId, targetId, now, ct);
        return null;
    }
}
