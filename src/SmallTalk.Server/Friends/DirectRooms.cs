using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Friends;

/// <summary>The one room of two people. Its key is unique in the store, so two who open it at once get the same one. Friends
/// may begin one; once there, it stays for both to read, whatever becomes of the friendship, and a block ends the writing
/// (the message log looks at that).</summary>
static class DirectRooms
{
    /// <summary>The two ids, the smaller first.</summary>
    public static string KeyOf(Guid one, Guid other)
    {
        var (a, b) = (one.ToString(), other.ToString());
        return string.CompareOrdinal(a, b) < 0 ? $"{a}:{b}" : $"{b}:{a}";
    }

    public static void MapDirectRooms(this IEndpointRouteBuilder app) =>
        app.MapPut("/api/direct-rooms/{userId:guid}", OpenAsync).WithTags("Friends").RequireAuthorization()
            .WithSummary("The direct room with this person; friends may begin one.")
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

    static async Task<Results<Ok<RoomView>, Created<RoomView>, ProblemHttpResult>> OpenAsync(
        Guid userId, CurrentUser me, ChatDb db, RoomViews views, FriendLists lists, UserEvents events, TimeProvider clock, CancellationToken ct)
    {
        if (userId == me.Id)
            return FriendRefusals.ThatIsYou.AsProblem();
        var key = KeyOf(me.Id, userId);
        var room = await FindAsync(db, key, ct);
        var isNew = room is null;
        if (room is null)
        {
            if (!await lists.ExistsAsync(userId, ct))
                return FriendRefusals.NoSuchPerson.AsProblem();
            room = await BeginAsync(db, me.Id, userId, key, clock.GetUtcNow(), ct);
            if (room is { } begun)
                events.Send([me.Id, userId], new MembershipEvent(begun, "joined", Role.Member));
            else
                (room, isNew) = (await FindAsync(db, key, ct), false); // they were faster
        }
        if (room is not { } id)
            return FriendRefusals.NotFriends.AsProblem();
        var view = (await views.OfAsync(id, me.Id, ct))!;
        return isNew ? TypedResults.Created($"/api/rooms/{id}", view) : TypedResults.Ok(view);
    }

    static async Task<Guid?> FindAsync(ChatDb db, string key, CancellationToken ct) =>
        await db.Rooms.Where(r => r.DirectKey == key && r.DeletedAt == null).Select(r => (Guid?)r.Id).SingleOrDefaultAsync(ct);

    /// <returns>Null when there is one already, or they are not friends.</returns>
    static async Task<Guid?> BeginAsync(ChatDb db, Guid me, Guid other, string key, DateTimeOffset now, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(now);
        await using var write = await db.BeginWriteAsync(ct);
        var begun = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO rooms (id, kind, name, description, join_rule, is_listed, member_limit, member_count, last_seq, version,
                created_at, active_at, direct_key)
            SELECT {id}, 'direct', '', '', 'invitation', FALSE, 2, 2, 0, 0, {now}, {now}, {key}
            WHERE EXISTS (SELECT 1 FROM friendships WHERE user_id = {me} AND other_id = {other} AND state = 'friends')
            ON CONFLICT (direct_key) DO NOTHING
            """, ct) > 0;
        if (!begun)
            return null;
        foreach (var person in (Guid[])[me, other])
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO memberships (room_id, user_id, role, joined_at, read_seq, has_written, last_visited_at, is_banned)
                VALUES ({id}, {person}, 'member', {now}, 0, FALSE, {now}, FALSE)
                """, ct);
        }
        await write.CommitAsync();
        return id;
    }
}
