using Microsoft.AspNetCore.Http.HttpResults;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Friends;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Members;

/// <summary>Joining, leaving, removing; who is in a room and how far they have read.</summary>
static class MemberEndpoints
{
    public static void MapMembers(this IEndpointRouteBuilder app)
    {
        var room = app.MapGroup("/api/rooms/{roomId:guid}").WithTags("Members").RequireAuthorization()
            .ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        room.MapPut("/members/me", JoinAsync).WithSummary("Join. Joining twice is joining once.").ProducesProblem(409).ProducesProblem(429);
        room.MapDelete("/members/me", LeaveAsync).WithSummary("Leave. An owner is followed by the longest-serving moderator, else member.")
            .ProducesProblem(409);
        room.MapDelete("/members/{userId:guid}", KickAsync).WithSummary("Remove somebody (owner, moderators).").ProducesProblem(409);
        room.MapGet("/members", ListAsync).WithSummary("The owner, moderators, then members by when they came.").ProducesProblem(400);
        room.MapGet("/reads", ReadsAsync).WithSummary("How far each member has read, in small rooms.").ProducesProblem(409);
        room.MapPut("/read", MarkReadAsync).WithSummary("I have read up to here.").ProducesProblem(400);
    }

    static async Task<Results<Ok<RoomView>, ProblemHttpResult>> JoinAsync(
        Guid roomId, JoinRequest? request, CurrentUser me, ChatDb db, RoomViews views, Passwords passwords, RoomPace pace,
        MembershipNews news, TimeProvider clock, CancellationToken ct)
    {
        var door = await Joining.DoorAsync(db, roomId, me.Id, ct);
        if (Joining.Check(door, request?.Password) is { } refusal)
            return refusal.AsProblem();
        if (door is { IsMember: false, Rule: JoinRule.Password })
        {
            if (pace.Guessing.Take((roomId, me.Id)) is { } wait)
                return MemberRefusals.TooManyGuesses.RetryAfter(wait).AsProblem();
            if (!await passwords.MatchAsync(door.PasswordHash, request?.Password, ct))
                return MemberRefusals.WrongPassword.AsProblem();
        }
        bool hasCome;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var (came, fault) = await Joining.EnterAsync(db, roomId, me.Id, door!, clock.GetUtcNow(), ct);
            if (fault is not null)
                return fault.AsProblem();
            hasCome = came;
            if (came)
                await write.CommitAsync();
        }
        if (hasCome)
            await news.JoinedAsync(roomId, me.Id);
        return await views.OfAsync(roomId, me.Id, ct) is { } room ? TypedResults.Ok(room) : RoomRefusals.NoSuchRoom.AsProblem();
    }

    static async Task<Results<NoContent, ProblemHttpResult>> LeaveAsync(
        Guid roomId, CurrentUser me, ChatDb db, MembershipNews news, TimeProvider clock, CancellationToken ct)
    {
        var rights = await RoomRights.LoadAsync(db, roomId, me.Id, ct);
        if ((rights.ToSee ?? (rights.Kind == RoomKind.Direct ? RoomRefusals.NotForDirectRooms : null)) is { } refusal)
            return refusal.AsProblem();
        Leaving.Gone gone;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            gone = await Leaving.LeaveAsync(db, roomId, me.Id, clock.GetUtcNow(), ct);
            if (!gone.WasMember)
                return TypedResults.NoContent();
            await write.CommitAsync();
        }
        await news.LeftAsync(roomId, me.Id, gone.Heir);
        return TypedResults.NoContent();
    }

    static async Task<Results<NoContent, ProblemHttpResult>> KickAsync(
        Guid roomId, Guid userId, CurrentUser me, ChatDb db, MembershipNews news, TimeProvider clock, CancellationToken ct)
    {
        var rights = await RoomRights.LoadAsync(db, roomId, me.Id, ct);
        if ((rights.ToSee ?? (rights.Kind == RoomKind.Direct ? RoomRefusals.NotForDirectRooms : null)) is { } refusal)
            return refusal.AsProblem();
        await using (var write = await db.BeginWriteAsync(ct))
        {
            if (await Leaving.KickAsync(db, roomId, me.Id, userId, clock.GetUtcNow(), ct) is { } fault)
                return fault.AsProblem();
            await write.CommitAsync();
        }
        await news.KickedAsync(roomId, userId);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<Page<MemberView>>, ProblemHttpResult>> ListAsync(
        Guid roomId, string? query, string? cursor, int? limit, CurrentUser me, ChatDb db, FriendPresence presence, CancellationToken ct)
    {
        var rights = await RoomRights.LoadAsync(db, roomId, me.Id, ct);
        if (rights.ToRead is { } refusal)
            return refusal.AsProblem();
        if (SearchQuery.Parse(query) is not { } words)
            return RoomRefusals.QueryTooLong.AsProblem();
        if (PageSize.Check(limit, out var size) is { } fault)
            return fault.AsProblem();
        if (!Cursor.TryRead<MemberList.Place>(cursor, out var after))
            return Cursor.NotACursor.AsProblem();
        var page = await MemberList.PageAsync(db, roomId, words, after, size, ct);
        var people = await presence.OfAsync(me.Id, [.. page.Items.Select(m => m.User)], ct);
        return TypedResults.Ok(page with { Items = [.. page.Items.Select(m => m with { User = people[m.User.Id] })] });
    }

    static async Task<Results<Ok<ReadsView>, ProblemHttpResult>> ReadsAsync(Guid roomId, CurrentUser me, ChatDb db, CancellationToken ct)
    {
        var (reads, refusal) = await ReadMarks.OfAsync(db, roomId, me.Id, ct);
        return refusal is null ? TypedResults.Ok(new ReadsView(reads)) : refusal.AsProblem();
    }

    static async Task<Results<NoContent, ProblemHttpResult>> MarkReadAsync(
        Guid roomId, ReadRequest request, CurrentUser me, ReadingOn reading, CancellationToken ct) =>
        await reading.MarkAsync(roomId, me.Id, request.Seq, ct) is { } refusal ? refusal.AsProblem() : TypedResults.NoContent();
}
