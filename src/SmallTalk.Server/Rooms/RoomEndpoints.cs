using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Categories;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Rooms;

/// <summary>Finding, creating, changing, handing over and deleting rooms.</summary>
static class RoomEndpoints
{
    public static void AddRooms(this IServiceCollection services)
    {
        services.AddScoped<RoomViews>();
        services.AddScoped<MembershipNews>();
        services.AddScoped<RoomSearch>();
        services.AddSingleton<RoomPace>();
        services.AddSingleton<RoomPurge>();
        services.AddHostedService<RoomIndex.Upkeep>();
        services.AddHostedService(provider => provider.GetRequiredService<RoomPurge>());
    }

    public static void MapRooms(this IEndpointRouteBuilder app)
    {
        var rooms = app.MapGroup("/api/rooms").WithTags("Rooms");
        rooms.MapGet("", DiscoverAsync).WithSummary("Discover and search rooms. With query the best match comes first.").ProducesProblem(400).ProducesProblem(429);
        rooms.MapPost("", CreateAsync).WithSummary("Create a room; its creator is its owner and a member.").RequireAuthorization()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(429);
        rooms.MapGet("/{roomId:guid}", GetAsync).WithSummary("One room, as far as the asker may see it.").ProducesProblem(404);
        rooms.MapPatch("/{roomId:guid}", EditAsync).WithSummary("Change a room (owner).").RequireAuthorization()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        rooms.MapDelete("/{roomId:guid}", DeleteAsync).WithSummary("Delete a room with all that was said in it (owner).").RequireAuthorization()
            .ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        rooms.MapPut("/{roomId:guid}/owner", HandOverAsync).WithSummary("Make a member the owner (owner).").RequireAuthorization()
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    static async Task<Results<Ok<Page<RoomView>>, ProblemHttpResult>> DiscoverAsync(
        string? query, string? category, string? tag, [OneOf(typeof(RoomSort))] string? sort, string? cursor, int? limit,
        CurrentUser? viewer, HttpContext context, ChatDb db, RoomSearch search, RoomPace pace, RoomViews views, CancellationToken ct)
    {
        if ((string.IsNullOrEmpty(sort) ? RoomSort.Active : WireName.Read<RoomSort>(sort)) is not { } order)
            return RoomRefusals.NotASort.AsProblem();
        var words = SearchQuery.Parse(query);
        if (words is null)
            return RoomRefusals.QueryTooLong.AsProblem();
        var filter = new RoomFilter(NullIfBlank(category), NullIfBlank(tag) is { } t ? RoomFields.TagKey(t) : null);
        if (PageSize.Check(limit, out var size) is { } fault)
            return fault.AsProblem();

        IReadOnlyList<Guid> ids;
        string? next;
        if (words.IsBlank)
        {
            if (!Cursor.TryRead<Discovery.Place>(cursor, out var after))
                return Cursor.NotACursor.AsProblem();
            var places = await Discovery.PageAsync(db, filter, order, after, size + 1, ct);
            (ids, next) = Cut(places, size, place => place.Id);
        }
        else
        {
            if (!Cursor.TryRead<RoomSearch.Place>(cursor, out var after))
                return Cursor.NotACursor.AsProblem();
            if (pace.Searching.Take(viewer?.Id.ToString() ?? SignInLimits.Address(context)) is { } wait)
                return RoomRefusals.TooManySearches.RetryAfter(wait).AsProblem();
            var places = await search.PageAsync(words, filter, order, after, size + 1, ct);
            (ids, next) = Cut(places, size, place => place.Id);
        }
        return TypedResults.Ok(new Page<RoomView>(await views.OfAsync(ids, viewer?.Id, ct), next));
    }

    static (IReadOnlyList<Guid> Ids, string? Next) Cut<TPlace>(List<TPlace> places, int size, Func<TPlace, Guid> id) =>
        ([.. places.Take(size).Select(id)], places.Count > size ? Cursor.Of(places[size - 1]) : null);

    static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    static async Task<Results<Ok<RoomView>, ProblemHttpResult>> GetAsync(Guid roomId, CurrentUser? viewer, RoomViews views, CancellationToken ct) =>
        await views.OfAsync(roomId, viewer?.Id, ct) is { } room ? TypedResults.Ok(room) : RoomRefusals.NoSuchRoom.AsProblem();

    static async Task<Results<Created<RoomView>, ProblemHttpResult>> CreateAsync(
        NewRoomRequest request, CurrentUser me, ChatDb db, RoomViews views, Passwords passwords, RoomPace pace,
        MembershipNews news, CategoryRooms categories, IOptions<LimitOptions> limits, TimeProvider clock, CancellationToken ct)
    {
        var faults = RoomDraft.Check(request, limits.Value.MembersPerRoom, out var draft);
        if (draft.Category.Length > 0 && !await db.Categories.AnyAsync(c => c.Slug == draft.Category, ct))
            faults = [.. faults, RoomFaults.NoSuchCategory];
        if (faults.Count > 0)
            return Refusal.AsProblem(faults);
        if (pace.Creating.Take(me.Id) is { } wait)
            return RoomRefusals.TooManyRooms.RetryAfter(wait).AsProblem();

        var hash = draft.Password is null ? null : await passwords.HashAsync(draft.Password, ct);
        Guid id;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            id = (await Founding.AddAsync(db, draft, hash, me.Id, clock.GetUtcNow(), ct)).Id;
            await write.CommitAsync();
        }
        categories.Changed();
        await news.JoinedAsync(id, me.Id);
        return TypedResults.Created($"/api/rooms/{id}", await views.OfAsync(id, me.Id, ct));
    }

    static async Task<Results<Ok<RoomView>, ProblemHttpResult>> EditAsync(
        Guid roomId, RoomChanges request, CurrentUser me, ChatDb db, RoomViews views, Passwords passwords,
        MembershipNews news, CategoryRooms categories, IOptions<LimitOptions> limits, CancellationToken ct)
    {
        if (await OwnGroupAsync(db, roomId, me.Id, ct) is { } refusal)
            return refusal.AsProblem();
        var faults = RoomEdit.Check(request, limits.Value.MembersPerRoom, out var edit);
        if (edit.Category is { } category && !await db.Categories.AnyAsync(c => c.Slug == category, ct))
            faults = [.. faults, RoomFaults.NoSuchCategory];
        if (faults.Count > 0)
            return Refusal.AsProblem(faults);

        var hash = edit.Password is null ? null : await passwords.HashAsync(edit.Password, ct);
        await using (var write = await db.BeginWriteAsync(ct))
        {
            await db.LockRoomsAsync([roomId], ct); // what was read above may be old by now
            var room = await db.Rooms.SingleOrDefaultAsync(r => r.Id == roomId && r.OwnerId == me.Id && r.DeletedAt == null, ct);
            if (room is null)
                return (await OwnGroupAsync(db, roomId, me.Id, ct) ?? RoomRefusals.NotTheOwner).AsProblem();
            if (edit.ApplyTo(room, hash) is { } fault)
                return fault.AsProblem();
            if (edit.Tags is not null)
            {
                await db.Tags.Where(t => t.RoomId == roomId).ExecuteDeleteAsync(ct);
                db.Tags.AddRange(Founding.TagsOf(roomId, edit.Tags));
            }
            await db.SaveChangesAsync(ct);
            await RoomIndex.UpdateAsync(db, room, await db.Tags.Where(t => t.RoomId == roomId).Select(t => t.Text).ToListAsync(ct), ct);
            await write.CommitAsync();
        }
        categories.Changed();
        await news.CardChangedAsync(roomId);
        return TypedResults.Ok((await views.OfAsync(roomId, me.Id, ct))!);
    }

    static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid roomId, CurrentUser me, ChatDb db, MembershipNews news, CategoryRooms categories, RoomPurge purge, TimeProvider clock,
        CancellationToken ct)
    {
        if (await OwnGroupAsync(db, roomId, me.Id, ct) is { } refusal)
            return refusal.AsProblem();
        List<Guid> members;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            var deleted = await db.Rooms.Where(r => r.Id == roomId && r.OwnerId == me.Id && r.DeletedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.DeletedAt, clock.GetUtcNow()), ct);
            if (deleted == 0)
                return (await OwnGroupAsync(db, roomId, me.Id, ct) ?? RoomRefusals.NotTheOwner).AsProblem();
            await RoomIndex.RemoveAsync(db, roomId, ct);
            members = await db.Memberships.Where(m => m.RoomId == roomId && m.LeftAt == null).Select(m => m.UserId).ToListAsync(ct);
            await write.CommitAsync();
        }
        news.Deleted(roomId, members);
        categories.Changed();
        purge.Begin();
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<RoomView>, ProblemHttpResult>> HandOverAsync(
        Guid roomId, OwnerRequest request, CurrentUser me, ChatDb db, RoomViews views, MembershipNews news, CancellationToken ct)
    {
        if (await OwnGroupAsync(db, roomId, me.Id, ct) is { } refusal)
            return refusal.AsProblem();
        if (request.UserId is not { } heir)
            return RoomRefusals.HeirMissing.AsProblem();
        if (heir != me.Id)
        {
            await using (var write = await db.BeginWriteAsync(ct))
            {
                if (await Ownership.HandOverAsync(db, roomId, me.Id, heir, ct) is { } lost)
                    return lost.AsProblem();
                await write.CommitAsync();
            }
            await news.RoleChangedAsync(roomId, me.Id);
            await news.RoleChangedAsync(roomId, heir);
            await news.CardChangedAsync(roomId);
        }
        return TypedResults.Ok((await views.OfAsync(roomId, me.Id, ct))!);
    }

    static async Task<Refusal?> OwnGroupAsync(ChatDb db, Guid roomId, Guid userId, CancellationToken ct)
    {
        var rights = await RoomRights.LoadAsync(db, roomId, userId, ct);
        return rights.ToSee ?? (rights.Kind == RoomKind.Direct ? RoomRefusals.NotForDirectRooms : rights.ToOwn);
    }
}
