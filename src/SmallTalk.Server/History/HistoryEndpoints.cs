using Microsoft.AspNetCore.Http.HttpResults;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.History;

static class HistoryEndpoints
{
    public static void AddHistory(this IServiceCollection services) => services.AddScoped<MyRooms>();

    public static void MapHistory(this IEndpointRouteBuilder app)
    {
        var mine = app.MapGroup("/api/me").WithTags("History").RequireAuthorization();
        mine.MapGet("/rooms", ListAsync).WithSummary("My chat history: rooms I am in, made or have left, and direct chats.")
            .ProducesProblem(400);
        mine.MapGet("/unread", TotalAsync).WithSummary("How many messages I have not read, in all my rooms.");
    }

    static async Task<Results<Ok<Page<RoomView>>, ProblemHttpResult>> ListAsync(
        string? relation, string? query, string? cursor, int? limit, CurrentUser me, MyRooms rooms, CancellationToken ct)
    {
        Relation? asked = relation switch
        {
            null or "" or "joined" => Relation.Joined,
            "created" => Relation.Created,
            "left" => Relation.Left,
            "direct" => Relation.Direct,
            _ => null,
        };
        if (asked is null)
            return HistoryRefusals.NotARelation.AsProblem();
        if (SearchQuery.Parse(query) is not { } words)
            return RoomRefusals.QueryTooLong.AsProblem();
        var page = await rooms.PageAsync(me.Id, asked.Value, words, cursor, Math.Clamp(limit ?? 30, 1, 100), ct);
        return page is null ? Cursor.NotACursor.AsProblem() : TypedResults.Ok(page);
    }

    static async Task<Ok<UnreadTotal>> TotalAsync(CurrentUser me, ChatDb db, CancellationToken ct) =>
        TypedResults.Ok(new UnreadTotal(await Unread.TotalAsync(db, me.Id, ct)));
}
