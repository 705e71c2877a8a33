using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Server.Rooms;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages;

/// <summary>Messages over HTTP: the past of a room, and the same writing as over STOMP for whoever has no socket.</summary>
static class MessageEndpoints
{
    const int LargestBody = 64 * 1024;

    public static void AddMessages(this IServiceCollection services)
    {
        services.AddSingleton<StoreEpoch>();
        services.AddSingleton<MessagePace>();
        services.AddSingleton<FanoutMetrics>();
        services.AddSingleton<ChangeReads>();
        services.AddSingleton<StreamRepair>();
        services.AddSingleton<RoomStreams>();
        services.AddSingleton<IChangeListener>(provider => provider.GetRequiredService<RoomStreams>());
        services.AddSingleton<WatchingARoom>();
        services.AddSingleton<ReadingOn>();
        services.AddSingleton<Delivery>();
        services.AddHostedService(provider => provider.GetRequiredService<Delivery>()); // before the log: the log stops first
        services.AddSingleton<LogMetrics>();
        services.AddSingleton<LogFailures>();
        services.AddSingleton<MessageLog>();
        services.AddHostedService(provider => provider.GetRequiredService<MessageLog>());
    }

    public static void MapMessages(this IEndpointRouteBuilder app, StompRouteBuilder stomp)
    {
        MessageDestinations.Map(stomp, app.ServiceProvider);
        var messages = app.MapGroup("/api/rooms/{roomId:guid}/messages").WithTags("Messages").RequireAuthorization()
            .WithMetadata(new RequestSizeLimitAttribute(LargestBody)).ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        messages.MapGet("", ReadAsync).WithSummary("The past of a room by seq: the newest page, or beside or around one message.");
        messages.MapPost("", PostAsync).WithSummary("Post; 200 with the same message when that clientId was stored before.")
            .ProducesProblem(413).ProducesProblem(429).ProducesProblem(503);
        messages.MapPatch("/{seq:long}", EditAsync).WithSummary("Edit one's own message.").ProducesProblem(409).ProducesProblem(429).ProducesProblem(503);
        messages.MapDelete("/{seq:long}", DeleteAsync).WithSummary("Delete one's own message, or hide anyone's (owner, moderators).")
            .ProducesProblem(429).ProducesProblem(503);
    }

    static async Task<Results<Ok<HistoryView>, ProblemHttpResult>> ReadAsync(
        Guid roomId, CurrentUser me, ChatDb db, StoreEpoch epoch, CancellationToken ct,
        long? before = null, long? after = null, long? around = null, int? limit = null)
    {
        if (PageSize.Check(limit, out var size, Past.DefaultPage, Past.MaxPage) is { } fault)
            return fault.AsProblem();
        if (new[] { before, after, around }.Count(place => place is not null) > 1)
            return MessageRefusals.OnePlace.AsProblem();
        if ((await RoomRights.LoadAsync(db, roomId, me.Id, ct)).ToRead is { } refusal)
            return refusal.AsProblem();
        // Before the items: a change that comes in between is then replayed to who subscribes with this version.
        var room = await db.Rooms.Where(r => r.Id == roomId).Select(r => new { r.LastSeq, r.Version }).SingleAsync(ct);
        var items = await Past.PageAsync(db, roomId, room.LastSeq, new Past.Place(before, after, around), size, ct);
        return TypedResults.Ok(new HistoryView(items, room.LastSeq, room.Version, epoch.Value));
    }

    static async Task<Results<Ok<MessageView>, Created<MessageView>, ProblemHttpResult>> PostAsync(
        Guid roomId, PostRequest request, CurrentUser me, MessagePace pace, MessageLog log,
        CancellationToken ct)
    {
        if (MessageText.Check(request) is { } fault)
            return fault.AsProblem();
        if (pace.Writing.Take(me.Id) is { } wait)
            return MessageRefusals.TooFast.RetryAfter(wait).AsProblem();
        var answer = await log.AppendAsync(new Post(roomId, me.Id, request.ClientId!, request.Text!, request.ReplyTo), ct);
        if (answer.Refusal is { } refusal)
            return refusal.AsProblem();
        return answer.IsNew
            ? TypedResults.Created($"/api/rooms/{roomId}/messages?around={answer.Message!.Seq}", answer.Message)
            : TypedResults.Ok(answer.Message);
    }

    static async Task<Results<Ok<MessageView>, ProblemHttpResult>> EditAsync(
        Guid roomId, long seq, EditRequest request, CurrentUser me, MessagePace pace, MessageLog log,
        CancellationToken ct)
    {
        if (MessageText.Check(request.Text) is { } fault)
            return fault.AsProblem();
        if (pace.Writing.Take(me.Id) is { } wait)
            return MessageRefusals.TooFast.RetryAfter(wait).AsProblem();
        return Answer(await log.AppendAsync(new Edit(roomId, me.Id, seq, request.Text!), ct));
    }

    static async Task<Results<Ok<MessageView>, ProblemHttpResult>> DeleteAsync(
        Guid roomId, long seq, CurrentUser me, MessagePace pace, MessageLog log,
        CancellationToken ct)
    {
        if (pace.Writing.Take(me.Id) is { } wait)
            return MessageRefusals.TooFast.RetryAfter(wait).AsProblem();
        return Answer(await log.AppendAsync(new Deletion(roomId, me.Id, seq), ct));
    }

    static Results<Ok<MessageView>, ProblemHttpResult> Answer(LogAnswer answer) =>
        answer.Refusal is { } refusal ? refusal.AsProblem() : TypedResults.Ok(answer.Message);
}
