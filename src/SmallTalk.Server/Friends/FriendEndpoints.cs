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
    }

    public static void MapFriends(this IEndpointRouteBuilder app)
    {
        var friends = app.MapGroup("/api/friends").WithTags("Friends").RequireAuthorization();
        friends.MapGet("", ListAsync);
        friends.MapPost("", AskAsync);
        friends.MapPut("/{userId:guid}", AcceptAsync);
        friends.MapDelete("/{userId:guid}", EndAsync);
        var blocks = app.MapGroup("/api/blocks").WithTags("Friends").RequireAuthorization();
        blocks.MapGet("", ListBlocksAsync);
        blocks.MapPut("/{userId:guid}", BlockAsync);
        blocks.MapDelete("/{userId:guid}", UnblockAsync);
        app.MapDirectRooms();
    }

    static async Task<Results<Ok<Page<FriendView>>, ProblemHttpResult>> ListAsync(
        string? state, string? query, string? cursor, int? limit, CurrentUser me, FriendLists lists, CancellationToken ct)
    {
        FriendState? asked = state switch
        {
            null or "friends" => FriendState.Friends,
            "incoming" => FriendState.Incoming,
            "outgoing" => FriendState.Outgoing,
            _ => null,
        };
        if (asked is null)
            return FriendRefusals.UnknownState.AsProblem();
        if (SearchQuery.Parse(query) is not { } words)
            return RoomRefusals.QueryTooLong.AsProblem();
        var page = await lists.PageAsync(me.Id, asked.Value, words, cursor, Limit(limit), ct);
        return page is null ? Cursor.NotACursor.AsProblem() : TypedResults.Ok(page);
    }

    static async Task<Results<Created<FriendView>, Ok<FriendView>, ProblemHttpResult>> AskAsync(
        AskRequest request, CurrentUser me, ChatDb db, Befriending befriending, FriendLists lists, FriendRequestPace pace, HttpResponse response, CancellationToken ct)
    {
        if (pace.Asking.Take(me.Id) is { } wait)
            return FriendRefusals.TooManyRequests.AfterWaiting(wait, response);
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
        }
        if (await lists.OneAsync(me.Id, other, ct) is not { } view)
            return FriendRefusals.NoSuchPerson.AsProblem(); // withdrawn on another device, or gone, in this very moment
        return change.Mine is null ? TypedResults.Ok(view) : TypedResults.Created($"/api/friends/{other}", view);
    }

    static async Task<Results<Ok<FriendView>, ProblemHttpResult>> AcceptAsync(
        Guid userId, CurrentUser me, ChatDb db, Befriending befriending, FriendLists lists, CancellationToken ct)
    {
        Befriending.Change change;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            (change, var refusal) = await befriending.AcceptAsync(me.Id, userId, ct);
            if (refusal is not null)
                return refusal.AsProblem();
            await write.CommitAsync();
        }
        return await lists.OneAsync(me.Id, userId, ct) is { } view
            ? TypedResults.Ok(view)
            : FriendRefusals.NoSuchRequest.AsProblem();
    }

    static async Task<NoContent> EndAsync(
        Guid userId, CurrentUser me, ChatDb db, Befriending befriending, CancellationToken ct)
    {
        await using (var write = await db.BeginWriteAsync(ct))
        {
            await befriending.EndAsync(me.Id, userId, ct);
            await write.CommitAsync();
        }
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<Page<BlockView>>, ProblemHttpResult>> ListBlocksAsync(
        string? cursor, int? limit, CurrentUser me, FriendLists lists, CancellationToken ct) =>
        await lists.BlocksAsync(me.Id, cursor, Limit(limit), ct) is { } page ? TypedResults.Ok(page) : Cursor.NotACursor.AsProblem();

    static async Task<Results<NoContent, ProblemHttpResult>> BlockAsync(
        Guid userId, CurrentUser me, ChatDb db, Befriending befriending, FriendLists lists, CancellationToken ct)
    {
        if (userId == me.Id)
            return FriendRefusals.ThatIsYou.AsProblem();
        if (!await lists.ExistsAsync(userId, ct))
            return FriendRefusals.NoSuchPerson.AsProblem();
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var (_, refusal) = await befriending.BlockAsync(me.Id, userId, ct);
            if (refusal is not null)
                return refusal.AsProblem();
            await write.CommitAsync();
        }
        return TypedResults.NoContent();
    }

    static async Task<NoContent> UnblockAsync(Guid userId, CurrentUser me, ChatDb db, Befriending befriending, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        await befriending.UnblockAsync(me.Id, userId, ct);
        await write.CommitAsync();
        return TypedResults.NoContent();
    }

    static int Limit(int? limit) => Math.Clamp(limit ?? 30, 1, 100);
}
