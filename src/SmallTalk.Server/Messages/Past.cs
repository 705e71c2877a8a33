using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Messages;

/// <summary>Reads the log. Each question is one range of one index; as <c>seq</c> has no gaps, 'around' is a range too.</summary>
static class Past
{
    public const int MaxPage = 200;
    public const int DefaultPage = 50;

    /// <summary>Where a page lies: at the newest end, or beside one message.</summary>
    public sealed record Place(long? Before, long? After, long? Around);

    public static async Task<List<MessageView>> PageAsync(ChatDb db, Guid roomId, long lastSeq, Place place, int limit, CancellationToken ct)
    {
        var messages = db.Messages.Where(m => m.RoomId == roomId);
        var isOldestFirst = place is not { After: null, Around: null };
        if (place.Around is { } middle)
        {
            var first = Math.Clamp(Math.Clamp(middle, 1, lastSeq + 1) - (limit / 2), 1, Math.Max(1, lastSeq - limit + 1));
            messages = messages.Where(m => m.Seq >= first);
        }
        else if (place.After is { } after)
            messages = messages.Where(m => m.Seq > after);
        else if (place.Before is { } before)
            messages = messages.Where(m => m.Seq < before);
        var ordered = isOldestFirst ? messages.OrderBy(m => m.Seq) : messages.OrderByDescending(m => m.Seq);
        return await ViewAsync(db, ordered.Take(limit), ct);
    }

    /// <summary>What has changed after one version up to another, in the order of the changes.</summary>
    public static Task<List<MessageView>> ChangesAsync(ChatDb db, Guid roomId, long after, long upTo, CancellationToken ct) =>
        ViewAsync(db, Changes(db, roomId, after, upTo), ct);

    /// <summary>Both <c>seq</c> and <c>version</c> grow with each message, so what is newer than the newest message that has not changed
    /// after <paramref name="after"/> is all new: a walk of ix_messages_room_id_seq from its end over exactly what was missed. Only what is
    /// older and was edited or deleted needs an index by version, ix_messages_changed, and a new message costs none.</summary>
    internal static IQueryable<Message> Changes(ChatDb db, Guid roomId, long after, long upTo)
    {
        var messages = db.Messages.Where(m => m.RoomId == roomId);
        var known = messages.Where(m => m.Version <= after).OrderByDescending(m => m.Seq).Select(m => m.Seq);
        var posted = messages.Where(m => m.Seq > known.FirstOrDefault() && m.Version <= upTo);
        var changed = messages.Where(m =>
            (m.EditedAt != null || m.DeletedAt != null) && m.Version > after && m.Version <= upTo && m.Seq <= known.FirstOrDefault());
        return posted.Concat(changed).OrderBy(m => m.Version);
    }

    static async Task<List<MessageView>> ViewAsync(ChatDb db, IQueryable<Message> messages, CancellationToken ct)
    {
        var rows = await messages
            .Select(m => new { Message = m, Nickname = db.Users.Where(u => u.Id == m.SenderId && u.DeletedAt == null).Select(u => u.UserName).FirstOrDefault() })
            .AsNoTracking()
            .ToListAsync(ct);
        return rows.ConvertAll(row => View(row.Message, row.Nickname));
    }

    public static MessageView View(Message message, string? nickname) => new(
        message.RoomId, message.Seq, message.Version, message.ClientId, new SenderView(message.SenderId, nickname), message.Text, message.ReplyTo,
        message.CreatedAt, message.EditedAt, message.DeletedAt, message.IsHidden ? true : null);
}
