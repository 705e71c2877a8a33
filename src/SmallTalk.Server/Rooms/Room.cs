namespace SmallTalk.Server.Rooms;

enum RoomKind
{
    Group,
    Direct,
}

enum JoinRule
{
    Open,
    Password,
    Invitation,
}

/// <summary>A room and its two counters, which only the message log moves.</summary>
sealed class Room
{
    /// <summary>Short, so that an index can name millions; the store gives it, and it never leaves the store.</summary>
    public long Number { get; init; }

    public Guid Id { get; init; }

    public RoomKind Kind { get; init; }

    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public string? CategorySlug { get; set; }

    /// <summary>Who made it: stays when the owner changes, so that 'rooms I created' keeps telling the truth.</summary>
    public Guid? CreatorId { get; init; }

    public Guid? OwnerId { get; set; }

    public JoinRule JoinRule { get; set; }

    public bool IsListed { get; set; }

    public string? PasswordHash { get; set; }

    public int MemberLimit { get; set; }

    public int MemberCount { get; set; }

    public long? PinnedSeq { get; set; }

    /// <summary>The number of the newest message; 0 while there is none.</summary>
    public long LastSeq { get; set; }

    /// <summary>Grows with every change to the room's log: a message, an edit, a deletion.</summary>
    public long Version { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastMessageAt { get; set; }

    /// <summary>The last message's time or, before the first, the room's own: what 'active' sorts by. It moves in steps of
    /// <see cref="ActiveStep"/>, or each message of a busy room would move two entries of indexes.</summary>
    public DateTimeOffset ActiveAt { get; set; }

    public static readonly TimeSpan ActiveStep = TimeSpan.FromSeconds(10);

    /// <summary>For a direct room the two people, the smaller id first: unique, so a pair has one room.</summary>
    public string? DirectKey { get; init; }

    public DateTimeOffset? DeletedAt { get; set; }
}

/// <summary>A hashtag of a room: the key for finding (normalised), the text for showing.</summary>
sealed class Tag
{
    public Guid RoomId { get; init; }

    public string Key { get; init; } = "";

    public string Text { get; init; } = "";

    public int Position { get; init; }
}
