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
        [OneOf(typeof(Relation))] string? relation, string? query, string? cursor, int? limit, CurrentUser me, MyRooms rooms, CancellationToken ct)
    {
        if ((string.IsNullOrEmpty(relation) ? Relation.Joined : WireName.Read<Relation>(relation)) is not { } asked)
            return HistoryRefusals.NotARelation.AsProblem();
        if (SearchQuery.Parse(query) is not { } words)
            return RoomRefusals.QueryTooLong.AsProblem();
        if (PageSize.Check(limit, out var size) is { } fault)
            return fault.AsProblem();
        var page = await rooms.PageAsync(me.Id, asked, words, cursor, size, ct);
        return page is null ? Cursor.NotACursor.AsProblem() : TypedResults.Ok(page);
    }

    static async Task<Ok<UnreadTotal>> TotalAsync(CurrentUser me, ChatDb db, CancellationToken ct) =>
        TypedResults.Ok(new UnreadTotal(await Unread.TotalAsync(db, me.Id, ct)));
}
