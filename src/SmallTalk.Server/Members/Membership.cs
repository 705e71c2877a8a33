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

    /// <summary>May have written since <see cref="ReadSeq"/>: their own messages are then taken off what is unread.</summary>
    public bool HasWritten { get; set; } = true;

    /// <summary>Where it has written: how many after <see cref="ReadSeq"/> and up to <see cref="OwnTo"/> are their own, deleted ones too.</summary>
    public int Own { get; set; }

    /// <summary>Their own messages are counted up to this <c>seq</c>, and none lies <see cref="OwnStep"/> or more behind it. 0 when
    /// they were not counted: reading has stopped between them.</summary>
    public long OwnTo { get; set; }

    /// <summary>The log writes the count down again when this many messages have come since: not with each message, yet what has
    /// to be counted when asking is as little as this.</summary>
    public const int OwnStep = 8;

    public DateTimeOffset LastVisitedAt { get; set; }

    public bool IsBanned { get; set; }
}
