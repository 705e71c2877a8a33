using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Accounts;

/// <summary>Who connects by STOMP: what CONNECT says comes first, the cookie of the handshake last. What was said and is wrong is
/// refused; it never falls through to the next.</summary>
sealed class StompSignIn(IServiceScopeFactory scopes, AccessTokens tokens, LiveSessions sessions, TimeProvider clock)
{
    /// <summary>The device of the one session that all of a person's connections by nickname and password share: a bot that
    /// reconnects all day leaves one line in the list, and ending it closes them all.</summary>
    const string Device = "STOMP";

    /// <param name="User">Who, and the session with which the connection ends: see <see cref="LiveSessions.OnEnded"/>.</param>
    /// <param name="ExpiresAt">When the connection ends even so, with its token; null without one.</param>
    public sealed record Identity(CurrentUser User, DateTimeOffset? ExpiresAt);

    /// <summary>For <see cref="StompOptions.Authenticate"/>. The connection then closes with its session, or its token.</summary>
    public async ValueTask<StompAuthentication> AuthenticateAsync(StompConnect connect, HttpContext upgrade, CancellationToken ct)
    {
        var (identity, refusal) = await AuthenticateAsync(
            connect["Authorization"] ?? connect["authorization"], connect.Login, connect.Passcode, upgrade, ct);
        return identity is null
            ? StompAuthentication.Refuse(refusal)
            : StompAuthentication.Accept(identity.User.AsPrincipal(Device), connection => Bind(connection, identity, connect["accept-language"]));
    }

    void Bind(StompConnection connection, Identity identity, string? language)
    {
        if (language is not null)
            connection.Language = Problems.LanguageOf(language);
        var session = sessions.OnEnded(identity.User, () => connection.Close(StompCloseCode.NotAllowed, AccountRefusals.SessionEnded.Code));
        var token = identity.ExpiresAt is { } end
            ? clock.CreateTimer(_ => connection.Close(StompCloseCode.NotAllowed, "token-expired"), null, Until(end), Timeout.InfiniteTimeSpan)
            : null;
        connection.Closed.Register(() =>
        {
            session.Dispose();
            token?.Dispose();
        });
    }

    TimeSpan Until(DateTimeOffset end)
    {
        var left = end - clock.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public async Task<(Identity? Identity, Refusal? Refusal)> AuthenticateAsync(
        string? authorization, string? login, string? passcode, HttpContext upgrade, CancellationToken ct)
    {
        if (authorization is not null)
            return await ByTokenAsync(BearerAuthentication.TokenIn(authorization) ?? "", null, ct);
        if (login is not null || passcode is not null)
        {
            return tokens.Read(passcode ?? "") is null
                ? await ByPasswordAsync(upgrade, login, passcode, ct)
                : await ByTokenAsync(passcode!, login, ct);
        }
        if (!SameOrigin.IsByCookie(upgrade) || CurrentUser.Of(upgrade.User) is not { } user || !await sessions.IsLiveAsync(user, ct))
            return (null, NotSignedIn);
        return SameOrigin.IsOurs(upgrade.Request) ? (new Identity(user, null), null) : (null, AccountRefusals.ForeignOrigin);
    }

    static readonly Refusal NotSignedIn = new("not-signed-in", StatusCodes.Status401Unauthorized, "Please sign in.", "로그인이 필요해요.");

    async Task<(Identity? Identity, Refusal? Refusal)> ByTokenAsync(string token, string? login, CancellationToken ct)
    {
        if (tokens.Read(token) is not { } read || !await sessions.IsLiveAsync(read.User, ct))
            return (null, AccountRefusals.SessionEnded);
        if (login is { Length: > 0 })
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
            var key = login.Length <= SignIns.LongestTyped ? Nicknames.Key(login) : "";
            if (!await db.Users.AnyAsync(u => u.Id == read.User.Id && u.NormalizedUserName == key, ct))
                return (null, AccountRefusals.WrongCredentials);
        }
        return (new Identity(read.User, read.ExpiresAt), null);
    }

    async Task<(Identity? Identity, Refusal? Refusal)> ByPasswordAsync(HttpContext upgrade, string? login, string? passcode, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope(); // the handshake's own lives as long as the connection
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var signIns = scope.ServiceProvider.GetRequiredService<SignIns>();
        var (user, refusal) = await signIns.CheckAsync(upgrade, login, passcode, ct);
        if (user is null)
            return (null, refusal);
        var kept = await db.Sessions.Where(s => s.UserId == user.Id && s.Device == Device).OrderByDescending(s => s.Id)
            .Select(s => new CurrentUser(s.UserId, s.Id)).FirstOrDefaultAsync(ct);
        if (kept is not null && await sessions.IsLiveAsync(kept, ct))
            return (new Identity(kept, null), null);
        return await signIns.BeginAsync(user, Device, ct) is { } begun
            ? (new Identity(new CurrentUser(user.Id, begun.Session.Id), null), null)
            : (null, AccountRefusals.WrongCredentials);
    }
}
