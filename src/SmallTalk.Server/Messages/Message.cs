namespace SmallTalk.Server.Messages;

/// <summary>A row of the log. Read through EF; written by <c>Messages/Log</c> alone.</summary>
sealed class Message
{
    public long Id { get; init; }

    public Guid RoomId { get; init; }

    public long Seq { get; init; }

    public long Version { get; init; }

    public Guid SenderId { get; init; }

    public string ClientId { get; init; } = "";

    /// <summary>Empty once deleted: the text of a deleted or replaced version is gone everywhere.</summary>
    public string Text { get; init; } = "";

    public long? ReplyTo { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? EditedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Deleted by a moderator, not by its author.</summary>
    public bool IsHidden { get; init; }
}
