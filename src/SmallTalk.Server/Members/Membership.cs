namespace SmallTalk.Server.Members;

enum Role
{
    Owner,
    Moderator,
    Member,
}

/// <summary>A person in a room. Leaving keeps the row: it is that person's history of rooms entered.</summary>
sealed class Membership
{
    public Guid RoomId { get; init; }

    public Guid UserId { get; init; }

    public Role Role { get; set; }

    public DateTimeOffset JoinedAt { get; set; }

    public DateTimeOffset? LeftAt { get; set; }

    /// <summary>The room's <c>lastSeq</c> when this person left: the last message of it that their history shows.</summary>
    public long? LeftSeq { get; set; }

    /// <summary>Read up to here. Never moves back.</summary>
    public long ReadSeq { get; set; }

    /// <summary>May have written since <see cref="ReadSeq"/>: then what is unread must be counted, else it is a difference.</summary>
    public bool HasWritten { get; set; } = true;

    public DateTimeOffset LastVisitedAt { get; set; }

    public bool IsBanned { get; set; }
}
