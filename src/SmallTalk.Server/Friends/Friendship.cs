namespace SmallTalk.Server.Friends;

enum FriendState
{
    /// <summary>I asked.</summary>
    Outgoing,

    /// <summary>They asked.</summary>
    Incoming,

    Friends,
}

/// <summary>One side of a friendship: each of the two people has a row, so that a list is one range of an index, and
/// an asker who is blocked has a row that the blocker lacks.</summary>
sealed class Friendship
{
    public Guid UserId { get; init; }

    public Guid OtherId { get; init; }

    public FriendState State { get; set; }

    public DateTimeOffset Since { get; set; }
}

/// <summary><see cref="UserId"/> wants no contact with <see cref="BlockedId"/>.</summary>
sealed class Block
{
    public Guid UserId { get; init; }

    public Guid BlockedId { get; init; }

    public DateTimeOffset Since { get; init; }
}
