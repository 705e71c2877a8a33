using SmallTalk.Server.Data;
using SmallTalk.Server.Members;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Rooms;

/// <summary>Puts a new room into the store: its row, its tags, its owner as the first member, and its place in the search,
/// all in the caller's write transaction.</summary>
static class Founding
{
    public static async Task<Room> AddAsync(
        ChatDb db, RoomDraft draft, string? passwordHash, Guid ownerId, DateTimeOffset now, CancellationToken ct)
    {
        await db.LockPeopleAsync([ownerId], ct); // who deletes their account at this moment does not leave a room behind
        var room = new Room
        {
            Id = Guid.CreateVersion7(now),
            Kind = RoomKind.Group,
            Name = draft.Name,
            Description = draft.Description,
            CategorySlug = draft.Category,
            CreatorId = ownerId,
            OwnerId = ownerId,
            JoinRule = draft.JoinRule,
            PasswordHash = passwordHash,
            IsListed = draft.IsListed,
            MemberLimit = draft.MemberLimit,
            MemberCount = 1,
            CreatedAt = now,
            ActiveAt = now,
        };
        db.Rooms.Add(room);
        db.Tags.AddRange(TagsOf(room.Id, draft.Tags));
        db.Memberships.Add(new Membership { RoomId = room.Id, UserId = ownerId, Role = Role.Owner, JoinedAt = now, LastVisitedAt = now, HasWritten = false });
        await db.SaveChangesAsync(ct);
        await RoomIndex.UpdateAsync(db, room, [.. draft.Tags.Select(t => t.Text)], ct);
        return room;
    }

    public static IEnumerable<Tag> TagsOf(Guid roomId, IReadOnlyList<RoomTag> tags) =>
        tags.Select((tag, position) => new Tag { RoomId = roomId, Key = tag.Key, Text = tag.Text, Position = position });
}
