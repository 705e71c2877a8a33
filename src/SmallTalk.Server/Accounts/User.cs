using Microsoft.AspNetCore.Identity;

namespace SmallTalk.Server.Accounts;

/// <summary>A person. Identity's <c>UserName</c> is the nickname as typed, <c>NormalizedUserName</c> its unique key
/// (how it reads without regard to case, width and invisible characters); a deleted account keeps the row, so that its messages keep a sender, and its key for 30 days.</summary>
sealed class User : IdentityUser<Guid>
{
    public string StatusLine { get; set; } = "";

    /// <summary>The language of what the server writes to this person: <c>ko</c> or <c>en</c>.</summary>
    public string Language { get; set; } = "ko";

    public bool IsAdministrator { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset LastSeenAt { get; set; }

    public DateTimeOffset? DeletedAt { get; set; }
}
