using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
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
            .ProducesProblem(401).ProducesProblem(429);
        session.MapDelete("", SignOutAsync).WithSummary("Sign out: the session, its tokens and its live connections end.")
            .RequireAuthorization();
    }

    static async Task<Results<Ok<Tokens>, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext context, ChatDb db, Passwords passwords, SignIns signIns, CancellationToken ct)
    {
        var key = request.Nickname is { Length: <= 2_000 } nickname ? Nicknames.Key(nickname) : "";
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.NormalizedUserName == key && u.DeletedAt == null, ct);
        if (!await passwords.MatchAsync(user?.PasswordHash, request.Password, ct) || user is null)
            return AccountRefusals.WrongCredentials.AsProblem();

        var begun = signIns.Begin(user.Id, Devices.Of(context.Request));
        await using (var write = await db.BeginWriteAsync(ct))
        {
            // The password may have been changed, the account deleted, while the hash was computed.
            if (!await db.Users.AnyAsync(u => u.Id == user.Id && u.DeletedAt == null && u.PasswordHash == user.PasswordHash, ct))
                return AccountRefusals.WrongCredentials.AsProblem();
            await db.SaveChangesAsync(ct);
            await write.CommitAsync();
        }
        return TypedResults.Ok(await signIns.WelcomeAsync(context, user, begun));
    }

    static async Task<NoContent> SignOutAsync(CurrentUser me, HttpContext context, ChatDb db, LiveSessions sessions, CancellationToken ct)
    {
        await using (var write = await db.BeginWriteAsync(ct))
        {
            await db.Sessions.Where(s => s.Id == me.SessionId).ExecuteDeleteAsync(ct);
            await write.CommitAsync();
        }
        sessions.End([me.SessionId]);
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.NoContent();
    }
}
