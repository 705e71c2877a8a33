using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;

namespace SmallTalk.Server.Rooms;

/// <summary>What of a room decides who may do what in it.</summary>
sealed record RoomFacts(Guid Id, RoomKind Kind, JoinRule JoinRule);

/// <summary>What of a person's row in the room decides it.</summary>
sealed record MembershipFacts(Role Role, bool HasLeft, bool IsBanned);

/// <summary>Who may do what: the table of docs/architecture.md as one rule, which HTTP, SUBSCRIBE and SEND all ask. What
/// somebody may not know of is 404 for them; what they may know of but not do is 403 (signed out: 401).</summary>
sealed record RoomRights
{
    /// <summary>Null when there is no such room.</summary>
    public RoomKind? Kind { get; private init; }

    /// <summary>Its card: name, counts, last activity.</summary>
    public bool CanSee { get; private init; }

    /// <summary>Its history, its live stream, its people.</summary>
    public bool CanRead { get; private init; }

    /// <summary>Null for who is not a member now.</summary>
    public Role? Role { get; private init; }

    public bool IsMember => Role is not null;

    /// <summary>Deletes anyone's messages, removes people.</summary>
    public bool CanModerate => Role is Members.Role.Owner or Members.Role.Moderator;

    public bool IsOwner => Role is Members.Role.Owner;

    public Refusal? ToSee => CanSee ? null : RoomRefusals.NoSuchRoom;

    public Refusal? ToRead => ToSee ?? (CanRead ? null : Outside);

    /// <summary>Posting, reacting, typing, marking as read.</summary>
    public Refusal? ToPost => ToSee ?? (IsMember ? null : Outside);

    public Refusal? ToModerate => ToPost ?? (CanModerate ? null : MemberRefusals.NotAModerator);

    public Refusal? ToOwn => ToPost ?? (IsOwner ? null : RoomRefusals.NotTheOwner);

    /// <summary>Why who can see the room may not do what only members do.</summary>
    Refusal Outside { get; init; } = MemberRefusals.NotAMember;

    /// <param name="room">Null when there is none, or it was deleted.</param>
    /// <param name="membership">The viewer's row, also one that leaving kept.</param>
    /// <param name="isSignedIn">False for a visitor, who then has no <paramref name="membership"/>.</param>
    public static RoomRights Of(RoomFacts? room, MembershipFacts? membership, bool isSignedIn)
    {
        var isBanned = membership is { IsBanned: true };
        var isMember = membership is { HasLeft: false, IsBanned: false };
        var (canSee, canRead) = room switch
        {
            null => (false, false),
            { Kind: RoomKind.Direct } or { JoinRule: JoinRule.Invitation } => (isMember, isMember),
            { JoinRule: JoinRule.Password } => (true, isMember),
            _ => (true, isMember || (isSignedIn && !isBanned)),
        };
        return new RoomRights
        {
            Kind = room?.Kind,
            CanSee = canSee,
            CanRead = canRead,
            Role = isMember && canSee ? membership!.Role : null,
            Outside = !isSignedIn ? RoomRefusals.SignInToRead : isBanned ? MemberRefusals.Banned : MemberRefusals.NotAMember,
        };
    }

    /// <summary>For the viewer, or for a visitor (null).</summary>
    public static async Task<RoomRights> LoadAsync(ChatDb db, Guid roomId, Guid? viewerId, CancellationToken ct)
    {
        var row = await (
            from room in db.Rooms.Where(r => r.Id == roomId && r.DeletedAt == null)
            join membership in db.Memberships.Where(m => m.UserId == viewerId) on room.Id equals membership.RoomId into memberships
            from mine in memberships.DefaultIfEmpty()
            select new
            {
                Room = new RoomFacts(room.Id, room.Kind, room.JoinRule),
                Mine = mine == null ? null : new MembershipFacts(mine.Role, mine.LeftAt != null, mine.IsBanned),
            }).SingleOrDefaultAsync(ct);
        return Of(row?.Room, row?.Mine, viewerId is not null);
    }
}
