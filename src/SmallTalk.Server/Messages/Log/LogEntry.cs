using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Messages.Log;

/// <summary>Something that a person wants to change in a room, on its way through the log, and where the answer is awaited.
/// The answer is decided inside the transaction and told after its commit.</summary>
abstract class LogEntry(Guid roomId, Guid actorId)
{
    readonly TaskCompletionSource<LogAnswer> _told = new();
    LogAnswer? _decided;

    public Guid RoomId => roomId;

    public Guid ActorId => actorId;

    /// <summary>Its continuations run on the log's own loop and must be short.</summary>
    public Task<LogAnswer> Answer => _told.Task;

    /// <summary>What it changed in the log, for the streams; null when nothing.</summary>
    public Change? Change { get; private set; }

    public void Decide(LogAnswer answer, Change? change = null) => (_decided, Change) = (answer, change);

    public void Tell() => _told.TrySetResult(_decided ?? throw new InvalidOperationException("Nothing was decided."));

    public void Refuse(Refusal refusal)
    {
        Change = null;
        _told.TrySetResult(new LogAnswer { Refusal = refusal });
    }

    public void Fail(Exception fault) => _told.TrySetException(fault);
}

sealed class Post(Guid roomId, Guid actorId, string clientId, string text, long? replyTo) : LogEntry(roomId, actorId)
{
    public string ClientId => clientId;

    public string Text => text;

    public long? ReplyTo => replyTo;
}

sealed class Edit(Guid roomId, Guid actorId, long seq, string text) : LogEntry(roomId, actorId)
{
    public long Seq => seq;

    public string Text => text;
}

sealed class Deletion(Guid roomId, Guid actorId, long seq) : LogEntry(roomId, actorId)
{
    public long Seq => seq;
}

/// <summary>The actor has read up to <see cref="Seq"/>. It goes through the log because it comes as often as messages do,
/// and alone each would cost a commit.</summary>
sealed class ReadMark(Guid roomId, Guid actorId, long seq) : LogEntry(roomId, actorId)
{
    public long Seq => seq;
}

/// <summary>The actor has opened the room. It writes without reading first, for a whole crowd comes back at once.</summary>
sealed class Visit(Guid roomId, Guid actorId) : LogEntry(roomId, actorId);

/// <summary>Either a refusal or what holds now.</summary>
sealed record LogAnswer
{
    public Refusal? Refusal { get; init; }

    public MessageView? Message { get; init; }

    /// <summary>False when the same <c>clientId</c> was stored before.</summary>
    public bool IsNew { get; init; }

    public Reading? Reading { get; init; }
}

/// <summary>How far the actor has read after a <see cref="ReadMark"/>.</summary>
sealed record Reading(long ReadSeq, bool HasMoved, long LastSeq, int MemberCount);

enum ChangeKind
{
    Posted,
    Edited,
    Deleted,
}

/// <summary>A change of a room's log: the message as it is now.</summary>
sealed record Change(ChangeKind Kind, MessageView Message)
{
    /// <summary>The same, if this person wrote the message under their present name.</summary>
    public Change Under(Guid userId, string? nickname) =>
        Message.Sender.Id != userId || Message.Sender.Nickname == nickname
            ? this
            : this with { Message = Message with { Sender = new SenderView(userId, nickname) } };
}
