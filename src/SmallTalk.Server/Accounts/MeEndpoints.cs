using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;

namespace SmallTalk.Server.Accounts;

/// <summary>My profile, my password, my devices, my farewell.</summary>
static class MeEndpoints
{
    const int SessionsOnAPage = 100;

    sealed record SessionPlace(Guid Id);

    public static void MapMe(this IEndpointRouteBuilder app)
    {
        var me = app.MapGroup("/api/me").WithTags("Accounts").RequireAuthorization().ProducesProblem(401);
        me.MapGet("", ShowAsync).WithSummary("My profile.");
        me.MapPatch("", ChangeAsync).WithSummary("Change my profile. What is left out stays.")
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(429);
        me.MapPut("/password", ChangePasswordAsync).WithSummary("Change my password. All my other sessions end.")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(429);
        me.MapDelete("", LeaveAsync).WithSummary("Delete my account.")
            .WithDescription("Sessions, friendships and blocks end; rooms of mine pass to another member; my messages stay, without my name. "
                + "The nickname is free again after 30 days.")
            .ProducesProblem(403).ProducesProblem(429);
        me.MapGet("/sessions", ListSessionsAsync).WithSummary("Where I am signed in, the newest sign-in first.");
        me.MapDelete("/sessions/{sessionId:guid}", EndSessionAsync).WithSummary("Sign a device out, at once.").ProducesProblem(404);
    }

    static async Task<Results<Ok<Me>, ProblemHttpResult>> ShowAsync(CurrentUser me, ChatDb db, CancellationToken ct) =>
        await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.Id == me.Id && u.DeletedAt == null, ct) is { } user
            ? TypedResults.Ok(Me.Of(user))
            : AccountRefusals.SessionEnded.AsProblem();

    static async Task<Results<Ok<Me>, ProblemHttpResult>> ChangeAsync(
        ProfileRequest request, CurrentUser me, ChatDb db, UserManager<User> users, SignInLimits limits, UserEvents events, Delivery delivery,
        CancellationToken ct)
    {
        var (nickname, statusLine, language) = ("", "", "");
        string? email = null;
        var faults = new[]
        {
            request.Nickname is null ? null : Nicknames.Check(request.Nickname, out nickname),
            Profiles.CheckEmail(request.Email, out email),
            request.StatusLine is null ? null : Profiles.CheckStatusLine(request.StatusLine, out statusLine),
            request.Language is null ? null : Profiles.CheckLanguage(request.Language, out language),
        }.OfType<Refusal>().ToList();
        if (faults.Count > 0)
            return Refusal.AsProblem(faults);
        if (request.Nickname is not null && limits.CountSignUp(me.Id.ToString()) is { } tooMany)
            return tooMany.AsProblem();

        await using var write = await db.BeginWriteAsync(ct);
        await db.LockPeopleAsync([me.Id], ct);
        if (await db.Users.SingleOrDefaultAsync(u => u.Id == me.Id && u.DeletedAt == null, ct) is not { } user)
            return AccountRefusals.SessionEnded.AsProblem();
        user.UserName = request.Nickname is null ? user.UserName : nickname;
        user.Email = request.Email is null ? user.Email : email;
        user.StatusLine = request.StatusLine is null ? user.StatusLine : statusLine;
        user.Language = request.Language is null ? user.Language : language;
        if (!await Nicknames.TakeAsync(() => users.UpdateAsync(user)))
            return AccountRefusals.NicknameTaken.AsProblem();
        await write.CommitAsync();
        if (request.Nickname is not null)
            delivery.Renamed(me.Id, user.UserName);
        events.Send(me.Id, new ProfileEvent());
        return TypedResults.Ok(Me.Of(user));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> ChangePasswordAsync(
        PasswordRequest request, CurrentUser me, ChatDb db, Passwords passwords, SignInLimits limits, LiveSessions sessions, CancellationToken ct)
    {
        var known = await db.Users.Where(u => u.Id == me.Id && u.DeletedAt == null)
            .Select(u => new { u.UserName, u.PasswordHash }).SingleOrDefaultAsync(ct);
        if (known is null)
            return AccountRefusals.SessionEnded.AsProblem();
        if (Passwords.Check(request.NewPassword, known.UserName!, "newPassword") is { } fault)
            return fault.AsProblem();
        if (await CheckAsync(request.CurrentPassword, "currentPassword", known.PasswordHash, me, passwords, limits, ct) is { } refusal)
            return refusal.AsProblem();
        var hash = await passwords.HashAsync(request.NewPassword!, ct);

        List<Guid> ended;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var changed = await db.Users.Where(u => u.Id == me.Id && u.PasswordHash == known.PasswordHash)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(u => u.PasswordHash, hash).SetProperty(u => u.SecurityStamp, Guid.NewGuid().ToString("N")), ct);
            if (changed == 0) // changed elsewhere meanwhile: what was shown is no longer the password
                return (AccountRefusals.WrongPassword with { Field = "currentPassword" }).AsProblem();
            ended = await LiveSessions.DeleteAsync(db.Sessions.Where(s => s.UserId == me.Id && s.Id != me.SessionId), ct);
            await write.CommitAsync();
        }
        sessions.End(ended);
        return TypedResults.NoContent();
    }

    static async Task<Results<NoContent, ProblemHttpResult>> LeaveAsync(
        [Microsoft.AspNetCore.Mvc.FromBody] FarewellRequest request, CurrentUser me, HttpContext context, ChatDb db, Passwords passwords,
        SignInLimits limits, Farewell farewell, CancellationToken ct)
    {
        var hash = await db.Users.Where(u => u.Id == me.Id && u.DeletedAt == null).Select(u => u.PasswordHash).SingleOrDefaultAsync(ct);
        if (await CheckAsync(request.Password, "password", hash, me, passwords, limits, ct) is { } refusal)
            return refusal.AsProblem();
        await farewell.DeleteAsync(me.Id, ct);
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.NoContent();
    }

    static async Task<Refusal?> CheckAsync(
        string? password, string field, string? hash, CurrentUser me, Passwords passwords, SignInLimits limits, CancellationToken ct)
    {
        var attempt = limits.Begin(me);
        if (attempt.Refusal is not null)
            return attempt.Refusal;
        if (!await passwords.MatchAsync(hash, password, ct))
            return AccountRefusals.WrongPassword with { Field = field };
        attempt.Succeeded();
        return null;
    }

    static async Task<Results<Ok<Page<SessionView>>, ProblemHttpResult>> ListSessionsAsync(
        string? cursor, CurrentUser me, ChatDb db, LiveSessions sessions, TimeProvider clock, CancellationToken ct)
    {
        if (!Cursor.TryRead<SessionPlace>(cursor, out var place))
            return Cursor.NotACursor.AsProblem();
        var now = clock.GetUtcNow();
        var mine = await db.Sessions
            .Where(s => s.UserId == me.Id && s.ExpiresAt > now && (place == null || s.Id.CompareTo(place.Id) < 0))
            .OrderByDescending(s => s.Id)
            .Take(SessionsOnAPage + 1)
            .Select(s => new SessionView(s.Id, s.Device, s.CreatedAt, s.LastSeenAt, s.Id == me.SessionId))
            .ToListAsync(ct);
        var page = mine.Take(SessionsOnAPage).Select(s => s with { LastSeenAt = sessions.LastSeen(s.Id) ?? s.LastSeenAt }).ToList();
        return TypedResults.Ok(new Page<SessionView>(page, mine.Count > page.Count ? Cursor.Of(new SessionPlace(page[^1].Id)) : null));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> EndSessionAsync(
        Guid sessionId, CurrentUser me, HttpContext context, ChatDb db, LiveSessions sessions, CancellationToken ct)
    {
        if (await sessions.EndAsync(db, db.Sessions.Where(s => s.Id == sessionId && s.UserId == me.Id), ct) == 0)
            return AccountRefusals.NoSuchSession.AsProblem();
        if (sessionId == me.SessionId)
            await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.NoContent();
    }
}
