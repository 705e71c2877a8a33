using Microsoft.AspNetCore.Http.HttpResults;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Friends;

static class FriendEndpoints
{
    public static void AddFriends(this IServiceCollection services)
    {
        services.AddChecked<FriendOptions>(FriendOptions.Section);
        services.AddSingleton<FriendRequestPace>();
        services.AddScoped<Befriending>();
        services.AddScoped<FriendLists>();
        services.AddScoped<FriendEvents>();
        services.AddScoped<FriendPresence>();
    }

    public static void MapFriends(this IEndpointRouteBuilder app)
    {
        var friends = app.MapGroup("/api/friends").WithTags("Friends").RequireAuthorization().ProducesProblem(401);
        friends.MapGet("", ListAsync).WithSummary("Friends by nickname; requests, the newest first.").ProducesProblem(400);
        friends.MapPost("", AskAsync).WithSummary("Ask somebody by nickname; friends at once when they had asked already.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(429);
        friends.MapPut("/{userId:guid}", AcceptAsync).WithSummary("Accept their request.").ProducesProblem(404).ProducesProblem(409);
        friends.MapDelete("/{userId:guid}", EndAsync).WithSummary("Refuse, withdraw or remove, whichever it is.");
        var blocks = app.MapGroup("/api/blocks").WithTags("Friends").RequireAuthorization().ProducesProblem(401);
        blocks.MapGet("", ListBlocksAsync).WithSummary("Whom I have blocked, the latest first.").ProducesProblem(400);
        blocks.MapPut("/{userId:guid}", BlockAsync).WithSummary("Block: ends the friendship and all contact; they are not told.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        blocks.MapDelete("/{userId:guid}", UnblockAsync).WithSummary("Unblock.");
        app.MapDirectRooms();
    }

    static async Task<Results<Ok<Page<FriendView>>, ProblemHttpResult>> ListAsync(
        [OneOf(typeof(FriendState))] string? state, string? query, string? cursor, int? limit, CurrentUser me, FriendLists lists, CancellationToken ct)
    {
        if ((string.IsNullOrEmpty(state) ? FriendState.Friends : WireName.Read<FriendState>(state)) is not { } asked)
            return FriendRefusals.NotAState.AsProblem();
        if (SearchQuery.Parse(query) is not { } words)
            return RoomRefusals.QueryTooLong.AsProblem();
        if (PageSize.Check(limit, out var size) is { } fault)
            return fault.AsProblem();
        var page = await lists.PageAsync(me.Id, asked, words, cursor, size, ct);
        return page is null ? Cursor.NotACursor.AsProblem() : TypedResults.Ok(page);
    }

    static async Task<Results<Created<FriendView>, Ok<FriendView>, ProblemHttpResult>> AskAsync(
        AskRequest request, CurrentUser me, ChatDb db, Befriending befriending, FriendLists lists, FriendRequestPace pace,
        FriendEvents events, CancellationToken ct)
    {
        if (pace.Asking.Take(me.Id) is { } wait)
            return FriendRefusals.TooManyRequests.RetryAfter(wait).AsProblem();
        if (await lists.FindAsync(request.Nickname, ct) is not { } other)
            return FriendRefusals.NobodyOfThatName.AsProblem();
        if (other == me.Id)
            return FriendRefusals.ThatIsYou.AsProblem();

        Befriending.Change change;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            (change, var refusal) = await befriending.AskAsync(me.Id, other, ct);
            if (refusal is not null)
                return refusal.AsProblem();
            await write.CommitAsync();
            await events.TellAsync(me.Id, other, change); // still in turn, so that no later change is told earlier
        }
        if (await lists.OneAsync(me.Id, other, ct) is not { } view)
            return FriendRefusals.NoSuchPerson.AsProblem(); // withdrawn on another device, or gone, in this very moment
        return change.Mine is null ? TypedResults.Ok(view) : TypedResults.Created($"/api/friends/{other}", view);
    }

    static async Task<Results<Ok<FriendView>, ProblemHttpResult>> AcceptAsync(
        Guid userId, CurrentUser me, ChatDb db, Befriending befriending, FriendLists lists, FriendEvents events, CancellationToken ct)
    {
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var (change, refusal) = await befriending.AcceptAsync(me.Id, userId, ct);
            if (refusal is not null)
                return refusal.AsProblem();
            await write.CommitAsync();
            await events.TellAsync(me.Id, userId, change);
        }
        return await lists.OneAsync(me.Id, userId, ct) is { } view
            ? TypedResults.Ok(view)
            : FriendRefusals.NoSuchRequest.AsProblem();
    }

    static async Task<NoContent> EndAsync(
        Guid userId, CurrentUser me, ChatDb db, Befriending befriending, FriendEvents events, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        var (mine, theirs) = await befriending.EndAsync(me.Id, userId, ct);
        await write.CommitAsync();
        await events.TellRemovedAsync(me.Id, userId, mine, theirs);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<Page<BlockView>>, ProblemHttpResult>> ListBlocksAsync(
        string? cursor, int? limit, CurrentUser me, FriendLists lists, CancellationToken ct)
    {
        if (PageSize.Check(limit, out var size) is { } fault)
            return fault.AsProblem();
        return await lists.BlocksAsync(me.Id, cursor, size, ct) is { } page ? TypedResults.Ok(page) : Cursor.NotACursor.AsProblem();
    }

    static async Task<Results<NoContent, ProblemHttpResult>> BlockAsync(
        Guid userId, CurrentUser me, ChatDb db, Befriending befriending, FriendLists lists, FriendEvents events, CancellationToken ct)
    {
        if (userId == me.Id)
            return FriendRefusals.ThatIsYou.AsProblem();
        if (!await lists.ExistsAsync(userId, ct))
            return FriendRefusals.NoSuchPerson.AsProblem();
        await using var write = await db.BeginWriteAsync(ct);
        var (hadRow, refusal) = await befriending.BlockAsync(me.Id, userId, ct);
        if (refusal is not null)
            return refusal.AsProblem();
        await write.CommitAsync();
        await events.TellRemovedAsync(me.Id, userId, hadRow, hadTheirs: false); // my own devices: they never hear of it
        return TypedResults.NoContent();
    }

    static async Task<NoContent> UnblockAsync(Guid userId, CurrentUser me, ChatDb db, Befriending befriending, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        await befriending.UnblockAsync(me.Id, userId, ct);
        await write.CommitAsync();
        return TypedResults.NoContent();
    }
}
