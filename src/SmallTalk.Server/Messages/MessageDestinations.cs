using System.Globalization;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Server.Rooms;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages;

/// <summary>Messages over STOMP.</summary>
static class MessageDestinations
{
    public static void Map(StompRouteBuilder stomp, IServiceProvider services)
    {
        stomp.MapSend("/app/rooms/{roomId}/messages", PostAsync);
        stomp.MapSend("/app/rooms/{roomId}/read", MarkRead);
        stomp.MapSend("/app/rooms/{roomId}/typing", TypeAsync);
        stomp.MapSubscribe("/topic/rooms/{roomId}", services.GetRequiredService<WatchingARoom>().SubscribeAsync);
    }

    /// <summary>Takes the message's place in the log and lets the connection go on, so that what one client sends in a row
    /// shares commits. The RECEIPT follows the commit.</summary>
    static async ValueTask<IStompResult?> PostAsync(
        Guid roomId, PostRequest request, CurrentUser me, MessagePace pace, MessageLog log, CancellationToken ct)
    {
        if (MessageText.Check(request) is { } fault)
            return fault;
        if (pace.Writing.Take(me.Id) is { } wait)
            return MessageRefusals.TooFast.RetryAfter(wait);
        var post = new Post(roomId, me.Id, request.ClientId!, request.Text!, request.ReplyTo);
        await log.EnqueueAsync(post, ct);
        return StompResult.When(StoredAsync(post));
    }

    static async Task<IStompResult?> StoredAsync(LogEntry entry)
    {
        var answer = await entry.Answer;
        return answer.Refusal ?? StompResult.Accepted(
            new("seq", answer.Message!.Seq.ToString(CultureInfo.InvariantCulture)),
            new("version", answer.Message.Version.ToString(CultureInfo.InvariantCulture)));
    }

    static IStompResult? MarkRead(Guid roomId, ReadRequest request, CurrentUser me, ReadingOn reading)
    {
        return StompResult.When(MarkAsync());

        async Task<IStompResult?> MarkAsync() => await reading.MarkAsync(roomId, me.Id, request.Seq, CancellationToken.None);
    }

    /// <summary>Typing too often is no fault that anybody must hear of: it is not passed on.</summary>
    static async Task<IStompResult?> TypeAsync(
        Guid roomId, CurrentUser me, MessagePace pace, ChatDb db, RoomStreams streams, CancellationToken ct)
    {
        if (pace.Typing.Take(me.Id) is not null)
            return null;
        var rights = await RoomRights.LoadAsync(db, roomId, me.Id, ct);
        if (rights.ToPost is { } refusal)
            return refusal;
        if (rights.Kind == RoomKind.Direct && await SilenceAsync(db, roomId, me.Id, ct) is { } silence)
            return silence;
        var nickname = await db.Users.Where(u => u.Id == me.Id && u.DeletedAt == null).Select(u => u.UserName).SingleOrDefaultAsync(ct);
        streams.Publish(new TypingEvent(new SenderView(me.Id, nickname)) { RoomId = roomId });
        return null;
    }

    /// <summary>As the message log has it for what is written.</summary>
    static async Task<Refusal?> SilenceAsync(ChatDb db, Guid roomId, Guid userId, CancellationToken ct)
    {
        var other = await db.Memberships.Where(m => m.RoomId == roomId && m.UserId != userId).Select(m => new
        {
            IsGone = db.Users.Any(u => u.Id == m.UserId && u.DeletedAt != null),
            IsBlocked = db.Blocks.Any(b => (b.UserId == m.UserId && b.BlockedId == userId) || (b.UserId == userId && b.BlockedId == m.UserId)),
        }).SingleOrDefaultAsync(ct);
        return other switch
        {
            { IsGone: true } => MessageRefusals.OtherIsGone,
            { IsBlocked: true } => MessageRefusals.Blocked,
            _ => null,
        };
    }
}
