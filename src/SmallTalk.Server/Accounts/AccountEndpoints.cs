using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>Signing up.</summary>
static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/accounts", SignUpAsync).WithTags("Accounts").WithSummary("Sign up; signed in as by POST /api/session.")
            .WithMetadata(new BearerAuthentication.TakesCredentials())
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(429);
        app.MapSession();
        app.MapMe();
    }

    static async Task<Results<Created<Tokens>, ProblemHttpResult>> SignUpAsync(
        SignUpRequest request, HttpContext context, ChatDb db, UserManager<User> users, Passwords passwords, SignIns signIns,
        SignInLimits limits, TimeProvider clock, CancellationToken ct)
    {
        var faults = new List<Refusal?>
        {
            Nicknames.Check(request.Nickname, out var nickname),
            Passwords.Check(request.Password, request.Nickname ?? ""),
            Profiles.CheckEmail(request.Email, out var email),
            Profiles.CheckLanguage(request.Language, out var language),
        }.OfType<Refusal>().ToList();
        if (faults.Count > 0)
            return Refusal.AsProblem(faults);
        if (limits.CountSignUp(SignInLimits.Address(context)) is { } tooMany)
            return tooMany.AsProblem();

        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()); // as the store keeps it
        var user = new User
        {
            Id = Guid.CreateVersion7(now),
            UserName = nickname,
            Email = email,
            Language = language,
            CreatedAt = now,
            LastSeenAt = now,
            PasswordHash = await passwords.HashAsync(request.Password!, ct),
        };
        var begun = signIns.Add(user.Id, Devices.Of(context.Request));

        await using var write = await db.BeginWriteAsync(ct);
        user.IsAdministrator = await IsFirstAsync(db, user.Id, ct);
        if (!await Nicknames.TakeAsync(() => users.CreateAsync(user))) // saves the session's row with it
            return AccountRefusals.NicknameTaken.AsProblem(); // the one thing that was not checked above
        await write.CommitAsync();
        return TypedResults.Created("/api/me", await signIns.WelcomeAsync(context, user, begun));
    }

    /// <summary>A row of which there can be one decides, so that of many first sign-ups one becomes the administrator.</summary>
    static async Task<bool> IsFirstAsync(ChatDb db, Guid id, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO store_facts (name, value) VALUES ('administrator', {id.ToString()}) ON CONFLICT DO NOTHING", ct) == 1;
}
