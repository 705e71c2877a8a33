using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Members;

/// <summary>Coming into a room. <see cref="Check"/> reads what may be old by the time of the write, so it is there for the
/// answer; statements decide: of two tabs that join at once one changes no membership, of two people after the last seat one
/// changes no room, and a password that was changed meanwhile opens nothing.</summary>
static class Joining
{
    public sealed record Door(RoomKind Kind, JoinRule Rule, string? PasswordHash, bool IsMember, bool IsBanned);

    public static async Task<Door?> DoorAsync(ChatDb db, Guid roomId, Guid userId, CancellationToken ct)
    {
        var mine = db.Memberships.Where(m => m.RoomId == roomId && m.UserId == userId);
        return await db.Rooms.Where(r => r.Id == roomId && r.DeletedAt == null)
            .Select(r => new Door(r.Kind, r.JoinRule, r.PasswordHash, mine.Any(m => m.LeftAt == null && !m.IsBanned), mine.Any(m => m.IsBanned)))
            .SingleOrDefaultAsync(ct);
    }

    /// <returns>Null when the door is open, or is opened by the right password, which is compared after this.</returns>
    public static Refusal? Check(Door? door, string? password) => door switch
    {
        null => RoomRefusals.NoSuchRoom,
        { IsMember: true } => null, // joining twice is joining once
        { Kind: RoomKind.Direct } or { Rule: JoinRule.Invitation } => RoomRefusals.NoSuchRoom, // strangers may not know of it
        { IsBanned: true } => MemberRefusals.Banned,
        { Rule: JoinRule.Password } when string.IsNullOrEmpty(password) => MemberRefusals.PasswordNeeded,
        _ => null,
    };

    /// <summary>In the caller's write transaction.</summary>
    /// <param name="db">Its transaction is open.</param>
    /// <param name="roomId">The room.</param>
    /// <param name="userId">Who comes.</param>
    /// <param name="door">The door that was checked.</param>
    /// <param name="now">The time of coming.</param>
    /// <param name="ct">Stops the waiting.</param>
    /// <returns>Whether this made a member of somebody who was none; or why not.</returns>
    public static async Task<(bool Came, Refusal? Refusal)> EnterAsync(
        ChatDb db, Guid roomId, Guid userId, Door door, DateTimeOffset now, CancellationToken ct)
    {
        await db.LockPeopleAsync([userId], ct); // who deletes their account at this moment is not left behind in the room
        await db.LockRoomsAsync([roomId], ct);
        // What was said before is read as far as unread counts go, for those who come back too.
        var came = await db.Database.ExecuteSqlAsync($"""
            INSERT INTO memberships (room_id, user_id, role, joined_at, last_visited_at, read_seq, has_written, is_banned)
            SELECT id, {userId}, 'member', {now}, {now}, last_seq, FALSE, FALSE FROM rooms
            WHERE id = {roomId} AND deleted_at IS NULL AND password_hash IS NOT DISTINCT FROM {door.PasswordHash}
                AND EXISTS (SELECT 1 FROM users WHERE id = {userId} AND deleted_at IS NULL)
            ON CONFLICT (room_id, user_id) DO UPDATE SET
                role = 'member', joined_at = excluded.joined_at, last_visited_at = excluded.last_visited_at,
                read_seq = excluded.read_seq, has_written = FALSE, left_at = NULL, left_seq = NULL
            WHERE memberships.left_at IS NOT NULL AND NOT memberships.is_banned
            """, ct) > 0;
        if (!came)
        {
            return await DoorAsync(db, roomId, userId, ct) switch
            {
                { IsMember: true } => (false, null),
                { IsBanned: true } => (false, MemberRefusals.Banned), // a moderator was faster
                null => (false, RoomRefusals.NoSuchRoom),
                _ => (false, MemberRefusals.WrongPassword),
            };
        }
        var seated = await db.Rooms.Where(r => r.Id == roomId && r.MemberCount < r.MemberLimit)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.MemberCount, r => r.MemberCount + 1), ct);
        if (seated == 0)
            return (false, MemberRefusals.RoomFull); // and the transaction rolls back
        await Ownership.AdoptAsync(db, roomId, userId, ct);
        return (true, null);
    }
}
