using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>Signing in, staying so, signing out.</summary>
static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder app)
    {
        var session = app.MapGroup("/api/session").WithTags("Accounts");
        session.MapPost("", SignInAsync).WithSummary("Sign in: sets the session cookie and returns tokens.")
            .WithMetadata(new BearerAuthentication.TakesCredentials())
            .ProducesProblem(401).ProducesProblem(429);
        session.MapGet("", WhoIsHereAsync).WithSummary("Who is signed in, if anybody: a visitor is no error, so that a page may ask on its first visit.");
        session.MapPost("/refresh", RefreshAsync).WithSummary("New tokens for a refresh token, or for the session cookie.")
            .WithDescription("A refresh token is good once. Sent again within a minute, because the answer was lost, it gets the same answer; "
                + "later it ends the session, because somebody else may have it.")
            .WithMetadata(new BearerAuthentication.TakesCredentials())
            .ProducesProblem(401).ProducesProblem(403);
        session.MapDelete("", SignOutAsync).WithSummary("Sign out: the session, its tokens and its live connections end.")
            .RequireAuthorization();
    }

    static async Task<Results<Ok<Tokens>, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext context, SignIns signIns, CancellationToken ct)
    {
        var (user, refusal) = await signIns.CheckAsync(context, request.Nickname, request.Password, ct);
        if (user is null)
            return refusal!.AsProblem();
        return await signIns.BeginAsync(user, Devices.Of(context.Request), ct) is { } begun
            ? TypedResults.Ok(await signIns.WelcomeAsync(context, user, begun))
            : AccountRefusals.WrongCredentials.AsProblem();
    }

    static async Task<Ok<WhoIsHere>> WhoIsHereAsync(CurrentUser? me, ChatDb db, CancellationToken ct)
    {
        var user = me is null ? null : await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == me.Id && u.DeletedAt == null, ct);
        return TypedResults.Ok(new WhoIsHere(user is null ? null : Me.Of(user)));
    }

    static async Task<Results<Ok<Tokens>, ProblemHttpResult>> RefreshAsync(
        RefreshRequest? request, HttpContext context, ChatDb db, RefreshTokens tokens, SignIns signIns, LiveSessions sessions,
        IOptions<AccountOptions> options, TimeProvider clock, CancellationToken ct)
    {
        (Guid SessionId, byte[]? Hash)? asked = null;
        if (request?.RefreshToken is { } typed)
            asked = tokens.Read(typed);
        else if (SameOrigin.IsByCookie(context))
            asked = (CurrentUser.Of(context.User)!.SessionId, null);
        if (asked is not { } who)
            return AccountRefusals.SessionEnded.AsProblem();
        if (who.Hash is null && !SameOrigin.IsOurs(context.Request))
            return AccountRefusals.ForeignOrigin.AsProblem();

        await using var write = await db.BeginWriteAsync(ct);
        await db.LockSessionAsync(who.SessionId, ct);
        var now = clock.GetUtcNow();
        var session = await db.Sessions.SingleOrDefaultAsync(s => s.Id == who.SessionId && s.ExpiresAt > now, ct);
        if (session is null)
            return AccountRefusals.SessionEnded.AsProblem();
        var isRetry = Matches(who.Hash, session.PreviousRefreshHash) && now - session.RefreshedAt <= options.Value.RefreshGrace;
        if (who.Hash is not null && !isRetry && !Matches(who.Hash, session.RefreshHash))
        {
            db.Sessions.Remove(session);
            await db.SaveChangesAsync(ct);
            await write.CommitAsync();
            sessions.End([session.Id]);
            return AccountRefusals.SessionEnded.AsProblem();
        }
        var token = isRetry ? tokens.Repeat(session) : tokens.Rotate(session, now);
        session.LastSeenAt = now;
        session.ExpiresAt = now + options.Value.SessionLifetime;
        await db.SaveChangesAsync(ct);
        await write.CommitAsync();
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == session.UserId, ct);
        return TypedResults.Ok(signIns.TokensFor(user, new CurrentUser(user.Id, session.Id), token));
    }

    static bool Matches(byte[]? shown, byte[]? kept) => shown is not null && kept is not null && shown.AsSpan().SequenceEqual(kept);

    static async Task<NoContent> SignOutAsync(CurrentUser me, HttpContext context, ChatDb db, LiveSessions sessions, CancellationToken ct)
    {
        await sessions.EndAsync(db, db.Sessions.Where(s => s.Id == me.SessionId), ct);
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.NoContent();
    }
}
