namespace SmallTalk.Server.Accounts;

/// <summary>One sign-in on one device. It ends by being deleted; cookie, access token and live sockets end with it.</summary>
sealed class Session
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    /// <summary>What the device said of itself, shortened: shown to its owner only.</summary>
    public string Device { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset LastSeenAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>SHA-256 of the only refresh token that is good now.</summary>
    public byte[] RefreshHash { get; set; } = [];

    /// <summary>SHA-256 of the one before: seen again, it was stolen, or its answer was lost.</summary>
    public byte[]? PreviousRefreshHash { get; set; }

    public DateTimeOffset RefreshedAt { get; set; }
}
