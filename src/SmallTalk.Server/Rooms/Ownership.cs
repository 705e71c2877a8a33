using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;

namespace SmallTalk.Server.Rooms;

/// <summary>Who a room belongs to. Runs in the caller's write transaction; <c>rooms.owner_id</c> decides, the row's role
/// follows, and the room's row is written before those of its members (one lock order).</summary>
static class Ownership
{
    public static async Task<Refusal?> HandOverAsync(ChatDb db, Guid roomId, Guid ownerId, Guid heirId, CancellationToken ct)
    {
        await db.LockRoomsAsync([roomId], ct);
        var handed = await db.Rooms
            .Where(r => r.Id == roomId && r.OwnerId == ownerId && r.DeletedAt == null
                && db.Memberships.Any(m => m.RoomId == roomId && m.UserId == heirId && m.LeftAt == null && !m.IsBanned))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.OwnerId, heirId), ct);
        if (handed == 0)
            return (await RoomRights.LoadAsync(db, roomId, ownerId, ct)).ToOwn ?? MemberRefusals.NoSuchMember;
        await SetRoleAsync(db, roomId, ownerId, Role.Member, ct);
        await SetRoleAsync(db, roomId, heirId, Role.Owner, ct);
        return null;
    }

    /// <summary>The owner has gone: the longest-serving moderator inherits, else member. The last one to go leaves the room
    /// without an owner, and the next to join becomes it.</summary>
    /// <returns>The heir.</returns>
    public static async Task<Guid?> InheritAsync(ChatDb db, Guid roomId, CancellationToken ct)
    {
        var heirs = db.Memberships.Where(m => m.RoomId == roomId && m.LeftAt == null && !m.IsBanned);
        var heir = await heirs.Where(m => m.Role == Role.Moderator).OrderBy(m => m.JoinedAt).ThenBy(m => m.UserId)
                .Select(m => (Guid?)m.UserId).FirstOrDefaultAsync(ct)
            ?? await heirs.Where(m => m.Role == Role.Member).OrderBy(m => m.JoinedAt).ThenBy(m => m.UserId)
                .Select(m => (Guid?)m.UserId).FirstOrDefaultAsync(ct);
        await db.Rooms.Where(r => r.Id == roomId).ExecuteUpdateAsync(set => set.SetProperty(r => r.OwnerId, heir), ct);
        if (heir is { } id)
            await SetRoleAsync(db, roomId, id, Role.Owner, ct);
        return heir;
    }

    /// <returns>True when the room had no owner and this member now is it.</returns>
    public static async Task<bool> AdoptAsync(ChatDb db, Guid roomId, Guid memberId, CancellationToken ct)
    {
        var adopted = await db.Rooms.Where(r => r.Id == roomId && r.OwnerId == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.OwnerId, memberId), ct) > 0;
        if (adopted)
            await SetRoleAsync(db, roomId, memberId, Role.Owner, ct);
        return adopted;
    }

    static Task<int> SetRoleAsync(ChatDb db, Guid roomId, Guid userId, Role role, CancellationToken ct) =>
        db.Memberships.Where(m => m.RoomId == roomId && m.UserId == userId).ExecuteUpdateAsync(set => set.SetProperty(m => m.Role, role), ct);
}
