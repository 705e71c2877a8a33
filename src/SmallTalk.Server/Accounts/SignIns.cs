using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>Checks nickname and password within their limits, and begins sessions: the row, the cookie and the tokens that stand
/// for it.</summary>
sealed class SignIns(
    ChatDb db, Passwords passwords, SignInLimits limits, KnownDevices devices, AccessTokens accessTokens, RefreshTokens refreshTokens,
    IOptions<AccountOptions> options, TimeProvider clock)
{
    public const int LongestTyped = 2_000;

    public sealed record Begun(Session Session, string RefreshToken);

    /// <summary>The refusal is the same, and takes as long, whether the nickname or the password was wrong.</summary>
    public async Task<(User? User, Refusal? Refusal)> CheckAsync(HttpContext context, string? nickname, string? password, CancellationToken ct)
    {
        var key = nickname is { Length: <= LongestTyped } ? Nicknames.Key(nickname) : "";
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.NormalizedUserName == key && u.DeletedAt == null, ct);
        var attempt = limits.Begin(context, user?.Id.ToString() ?? key);
        if (attempt.Refusal is not null)
            return (null, attempt.Refusal);
        if (!await passwords.MatchAsync(user?.PasswordHash, password, ct) || user is null)
            return (null, AccountRefusals.WrongCredentials);
        attempt.Succeeded();
        return (user, null);
    }

    /// <summary>Stores a session for one who was just checked; null when password or account were changed meanwhile.</summary>
    public async Task<Begun?> BeginAsync(User user, string device, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        await db.LockPeopleAsync([user.Id], ct);
        if (!await db.Users.AnyAsync(u => u.Id == user.Id && u.DeletedAt == null && u.PasswordHash == user.PasswordHash, ct))
            return null;
        var begun = Add(user.Id, device);
        await db.SaveChangesAsync(ct);
        await write.CommitAsync();
        return begun;
    }

    /// <summary>Adds the row; the caller saves it in its own transaction.</summary>
    public Begun Add(Guid userId, string device)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var (token, hash) = refreshTokens.Issue(id);
        var session = new Session
        {
            Id = id,
            UserId = userId,
            Device = device,
            CreatedAt = now,
            LastSeenAt = now,
            RefreshedAt = now,
            ExpiresAt = now + options.Value.SessionLifetime,
            RefreshHash = hash,
        };
        db.Sessions.Add(session);
        return new Begun(session, token);
    }

    /// <summary>After the commit: sets the cookies, and answers with what a program needs.</summary>
    public async Task<Tokens> WelcomeAsync(HttpContext context, User user, Begun begun)
    {
        var current = new CurrentUser(user.Id, begun.Session.Id);
        await context.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            current.AsPrincipal(CookieAuthenticationDefaults.AuthenticationScheme),
            new AuthenticationProperties { IsPersistent = true });
        devices.Remember(context, user.Id.ToString());
        return TokensFor(user, current, begun.RefreshToken);
    }

    public Tokens TokensFor(User user, CurrentUser current, string refreshToken)
    {
        var (accessToken, expiresAt) = accessTokens.Issue(current);
        return new Tokens(accessToken, refreshToken, expiresAt, Me.Of(user));
    }
}
