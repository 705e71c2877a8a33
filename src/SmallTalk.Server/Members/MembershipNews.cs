using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Members;

/// <summary>Tells a room, and whom it concerns, that its people or its card have changed; always after the commit that did it.
/// Whoever lost the right to read is taken out of the stream first, so that nothing else reaches them.</summary>
sealed class MembershipNews(ChatDb db, RoomStreams streams, UserEvents events)
{
    public async Task JoinedAsync(Guid roomId, Guid userId)
    {
        var role = await RoleAsync(roomId, userId);
        events.Send(userId, new MembershipEvent(roomId, "joined", role));
        await TellRoomAsync(roomId, "joined", userId, role);
        if (role == Role.Owner)
            streams.Publish(new CardEvent { RoomId = roomId }); // it had none before
    }

    public async Task LeftAsync(Guid roomId, Guid userId, Guid? heir)
    {
        streams.End(roomId, userId, MemberRefusals.YouLeft);
        events.Send(userId, new MembershipEvent(roomId, "left"));
        await TellRoomAsync(roomId, "left", userId, null);
        if (heir is not { } owner)
            return;
        await RoleChangedAsync(roomId, owner);
        streams.Publish(new CardEvent { RoomId = roomId });
    }

    public async Task KickedAsync(Guid roomId, Guid userId)
    {
        streams.End(roomId, userId, MemberRefusals.Kicked);
        events.Send(userId, new MembershipEvent(roomId, "kicked"));
        await TellRoomAsync(roomId, "kicked", userId, null);
    }

    public async Task RoleChangedAsync(Guid roomId, Guid userId)
    {
        var role = await RoleAsync(roomId, userId);
        events.Send(userId, new MembershipEvent(roomId, "role", role));
        await TellRoomAsync(roomId, "role", userId, role);
    }

    /// <param name="roomId">The room that was.</param>
    /// <param name="members">Who was in it: read in the transaction, for soon after their rows are gone.</param>
    public void Deleted(Guid roomId, IReadOnlyList<Guid> members)
    {
        streams.EndAll(roomId, RoomRefusals.RoomDeleted);
        events.Send(members, new MembershipEvent(roomId, "deleted"));
    }

    /// <summary>Its name, its door or anything else that is written on it.</summary>
    public async Task CardChangedAsync(Guid roomId)
    {
        streams.ForgetReaders(roomId);
        var outsiders = await OutsidersAsync(roomId);
        foreach (var userId in outsiders)
            streams.End(roomId, userId, MemberRefusals.NotAMember);
        streams.Publish(new CardEvent { RoomId = roomId });
    }

    /// <summary>Who watches and may not any more: a door was shut in front of people who had only been looking in.</summary>
    async Task<IReadOnlyList<Guid>> OutsidersAsync(Guid roomId)
    {
        var watching = streams.PeopleIn(roomId);
        if (watching.Count == 0 || await db.Rooms.AnyAsync(r => r.Id == roomId && r.JoinRule == JoinRule.Open))
            return [];
        var members = await db.Memberships.Where(m => m.RoomId == roomId && m.LeftAt == null && !m.IsBanned).Select(m => m.UserId).ToHashSetAsync();
        return [.. watching.Where(userId => !members.Contains(userId))];
    }

    async Task TellRoomAsync(Guid roomId, string change, Guid userId, Role? role)
    {
        var now = await db.Rooms.Where(r => r.Id == roomId)
            .Select(r => new
            {
                r.MemberCount,
                Nickname = db.Users.Where(u => u.Id == userId && u.DeletedAt == null).Select(u => u.UserName).SingleOrDefault(),
            })
            .SingleOrDefaultAsync();
        if (now is not null)
            streams.Publish(new MemberEvent(change, new SenderView(userId, now.Nickname), role, now.MemberCount) { RoomId = roomId });
    }

    Task<Role?> RoleAsync(Guid roomId, Guid userId) =>
        db.Memberships.Where(m => m.RoomId == roomId && m.UserId == userId && m.LeftAt == null).Select(m => (Role?)m.Role).SingleOrDefaultAsync();
}
