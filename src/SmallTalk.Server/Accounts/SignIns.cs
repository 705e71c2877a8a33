using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>Begins sessions: the row, the cookie and the tokens that stand for it.</summary>
sealed class SignIns(
    ChatDb db, AccessTokens accessTokens, RefreshTokens refreshTokens, IOptions<AccountOptions> options, TimeProvider clock)
{
    public sealed record Begun(Session Session, string RefreshToken);

    /// <summary>Adds the row; the caller saves it in its own transaction.</summary>
    public Begun Begin(Guid userId, string device)
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

    /// <summary>After the commit: sets the cookie, and answers with what a program needs.</summary>
    public async Task<Tokens> WelcomeAsync(HttpContext context, User user, Begun begun)
    {
        var current = new CurrentUser(user.Id, begun.Session.Id);
        await context.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            current.AsPrincipal(CookieAuthenticationDefaults.AuthenticationScheme),
            new AuthenticationProperties { IsPersistent = true });
        return TokensFor(user, current, begun.RefreshToken);
    }

    public Tokens TokensFor(User user, CurrentUser current, string refreshToken)
    {
        var (accessToken, expiresAt) = accessTokens.Issue(current);
        return new Tokens(accessToken, refreshToken, expiresAt, Me.Of(user));
    }
}
