using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Accounts;

/// <summary>Deletes an account. The row stays, so that messages keep a sender, but nothing in it says who it was: only the
/// nickname's key, for 30 days, so that nobody slips into the name while others still remember it.</summary>
sealed class Farewell(ChatDb db, LiveSessions sessions, UserEvents events, MembershipNews news, Delivery delivery, TimeProvider clock)
{
    public async Task DeleteAsync(Guid id, CancellationToken ct)
    {
        List<Guid> ended, friends;
        var left = new List<(Guid Room, Guid? Heir)>();
        await using (var write = await db.BeginWriteAsync(ct))
        {
            if (await EraseAsync(id, ct) == 0)
                return; // another request was quicker
            var rooms = await db.Memberships.Where(m => m.UserId == id && m.LeftAt == null)
                .Join(db.Rooms.Where(r => r.Kind == RoomKind.Group), m => m.RoomId, r => r.Id, (m, r) => r.Id)
                .ToListAsync(ct);
            await db.LockRoomsAsync(rooms, ct);
            foreach (var room in rooms) // a direct room stays as it is: the other one's history
                left.Add((room, (await Leaving.LeaveAsync(db, room, id, clock.GetUtcNow(), ct)).Heir));
            friends = await db.Friendships.Where(f => f.OtherId == id).Select(f => f.UserId).ToListAsync(ct);
            await db.Friendships.Where(f => f.UserId == id || f.OtherId == id).ExecuteDeleteAsync(ct);
            await db.Blocks.Where(b => b.UserId == id || b.BlockedId == id).ExecuteDeleteAsync(ct);
            ended = await LiveSessions.DeleteAsync(db.Sessions.Where(s => s.UserId == id), ct);
            await write.CommitAsync();
            delivery.Renamed(id, null);
        }
        sessions.End(ended);
        events.Send(friends, new FriendEvent(FriendChange.Removed, new Person(id, null)));
        foreach (var (room, heir) in left)
            await news.LeftAsync(room, id, heir);
    }

    Task<int> EraseAsync(Guid id, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return db.Users.Where(u => u.Id == id && u.DeletedAt == null).ExecuteUpdateAsync(
            set => set
                .SetProperty(u => u.DeletedAt, now)
                .SetProperty(u => u.UserName, (string?)null)
                .SetProperty(u => u.Email, (string?)null)
                .SetProperty(u => u.NormalizedEmail, (string?)null)
                .SetProperty(u => u.PasswordHash, (string?)null)
                .SetProperty(u => u.PhoneNumber, (string?)null)
                .SetProperty(u => u.SecurityStamp, (string?)null)
                .SetProperty(u => u.StatusLine, "")
                .SetProperty(u => u.IsAdministrator, false),
            ct);
    }
}
