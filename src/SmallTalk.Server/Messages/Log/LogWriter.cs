using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Messages.Log;

/// <summary>What one entry does inside a transaction of a lane of the log, whichever store it is: it checks who may, and gives <c>seq</c> and
/// <c>version</c>. How rows are read and written is the derived writer's. One batch at a time.</summary>
abstract class LogWriter : IAsyncDisposable
{
    protected static readonly TimeSpan VisitStep = TimeSpan.FromSeconds(30);

    protected Dictionary<Guid, RoomState?> Rooms { get; } = [];

    protected Dictionary<(Guid Room, Guid User), MemberState?> Members { get; } = [];

    protected Dictionary<Guid, string?> Nicknames { get; } = [];

    /// <summary>The rooms that the transaction under way has changed.</summary>
    protected List<RoomState> Moved { get; } = [];

    /// <summary>The transaction's, as precise as the stores.</summary>
    protected DateTimeOffset Now { get; set; }

    /// <summary>Applies the entries in their order, in one transaction, and commits it. Leaves in the batch what was decided and
    /// committed; the rest has been answered.</summary>
    public abstract ValueTask WriteAsync(List<LogEntry> batch, DateTimeOffset time);

    public abstract ValueTask DisposeAsync();

    protected abstract RoomState? ReadRoom(Guid id);

    protected abstract MemberState? ReadMember(RoomState of, Guid userId);

    protected abstract string? ReadNickname(Guid userId);

    protected abstract MessageView? Read(Guid roomId, long seq);

    /// <returns>Null when it was added; else what is stored under its sender's client id.</returns>
    protected abstract MessageView? Add(MessageView message);

    /// <summary>The old text is overwritten.</summary>
    protected abstract void Replace(MessageView changed);

    /// <summary>As <paramref name="author"/> has it now.</summary>
    protected abstract void MarkWritten(Guid roomId, Guid userId, MemberState author);

    /// <summary>As <paramref name="reader"/> has it now.</summary>
    protected abstract void MarkRead(Guid roomId, Guid userId, MemberState reader);

    /// <returns>Whether it is a member's first one for some time.</returns>
    protected abstract bool MarkVisit(Guid roomId, Guid userId);

    protected void Apply(LogEntry entry)
    {
        switch (entry)
        {
            case Post post:
                Apply(post);
                break;
            case Edit edit:
                Apply(edit);
                break;
            case Deletion deletion:
                Apply(deletion);
                break;
            case ReadMark mark:
                Apply(mark);
                break;
            case Visit visit:
                Apply(visit);
                break;
        }
    }

    void Apply(Post post)
    {
        if (Find(post, out var state, out var author) is { } refusal)
        {
            Refuse(post, refusal);
            return;
        }
        if (author.Silence is { } silence)
        {
            Refuse(post, silence);
            return;
        }
        if (post.ReplyTo is { } reply && (reply < 1 || reply > state.LastSeq)) // without gaps, so each of these exists
        {
            Refuse(post, MessageRefusals.NoSuchReply);
            return;
        }
        var message = new MessageView(
            post.RoomId, state.LastSeq + 1, state.Version + 1, post.ClientId, new SenderView(post.ActorId, Nickname(post.ActorId)), post.Text,
            post.ReplyTo, Now, EditedAt: null, DeletedAt: null, Hidden: null);
        if (Add(message) is { } stored)
        {
            post.Decide(new LogAnswer { Message = stored });
            return;
        }
        state.LastSeq++;
        state.HasNewMessage = true;
        Move(state);
        CountOwn(post, state.LastSeq, author);
        post.Decide(new LogAnswer { Message = message, IsNew = true }, new Change(ChangeKind.Posted, message));
    }

    /// <summary>Keeps what <see cref="Membership.OwnTo"/> promises.</summary>
    void CountOwn(Post post, long seq, MemberState author)
    {
        if (author is { HasWritten: true, OwnTo: 0 })
            return; // not counted
        author.Own = author.HasWritten ? author.Own + 1 : 1;
        if (author.HasWritten && seq < author.OwnTo + Membership.OwnStep)
            return;
        author.HasWritten = true;
        author.OwnTo = seq;
        MarkWritten(post.RoomId, post.ActorId, author);
    }

    void Apply(Edit edit)
    {
        if (Find(edit, out var state, out var author) is { } refusal)
            Refuse(edit, refusal);
        else if (Read(edit.RoomId, edit.Seq) is not { } message)
            Refuse(edit, MessageRefusals.NoSuchMessage);
        else if (message.Sender.Id != edit.ActorId)
            Refuse(edit, MessageRefusals.NotYourMessage);
        else if (message.DeletedAt is not null)
            Refuse(edit, MessageRefusals.AlreadyDeleted);
        else if (author.Silence is { } silence)
            Refuse(edit, silence);
        else if (message.Text == edit.Text)
            edit.Decide(new LogAnswer { Message = message }); // a repeat
        else
            Rewrite(edit, state, message with { Text = edit.Text, EditedAt = Now }, ChangeKind.Edited);
    }

    void Apply(Deletion deletion)
    {
        if (Find(deletion, out var state, out var actor) is { } refusal)
            Refuse(deletion, refusal);
        else if (Read(deletion.RoomId, deletion.Seq) is not { } message)
            Refuse(deletion, MessageRefusals.NoSuchMessage);
        else if (message.Sender.Id != deletion.ActorId && !actor.IsModerator)
            Refuse(deletion, MessageRefusals.NotYourMessage);
        else if (message.DeletedAt is not null)
            deletion.Decide(new LogAnswer { Message = message }); // a repeat
        else
        {
            bool? isHidden = message.Sender.Id == deletion.ActorId ? null : true;
            Rewrite(deletion, state, message with { Text = "", DeletedAt = Now, Hidden = isHidden }, ChangeKind.Deleted);
        }
    }

    void Apply(ReadMark mark)
    {
        if (Find(mark, out var state, out var reader) is { } refusal)
        {
            Refuse(mark, refusal);
            return;
        }
        // Never backwards (two devices of one person report out of order), never past the end.
        var readSeq = Math.Max(reader.ReadSeq, Math.Min(mark.Seq, state.LastSeq));
        var hasMoved = readSeq > reader.ReadSeq;
        if (hasMoved || Now - reader.LastVisitedAt > VisitStep)
        {
            var hasWritten = reader.HasWritten && readSeq < state.LastSeq && (reader.OwnTo == 0 || readSeq < reader.OwnTo + Membership.OwnStep - 1);
            var ownTo = hasMoved ? 0 : reader.OwnTo;
            reader.ReadSeq = readSeq;
            reader.HasWritten = hasWritten;
            reader.OwnTo = ownTo;
            reader.LastVisitedAt = Now;
            MarkRead(mark.RoomId, mark.ActorId, reader);
        }
        mark.Decide(new LogAnswer { Reading = new Reading(readSeq, hasMoved, state.LastSeq, state.MemberCount) });
    }

    void Apply(Visit visit)
    {
        var hasMoved = MarkVisit(visit.RoomId, visit.ActorId);
        if (hasMoved && Members.GetValueOrDefault((visit.RoomId, visit.ActorId)) is { } known)
            known.LastVisitedAt = Now;
        visit.Decide(new LogAnswer { IsNew = hasMoved });
    }

    void Rewrite(LogEntry entry, RoomState state, MessageView changed, ChangeKind kind)
    {
        changed = changed with { Version = state.Version + 1 };
        Replace(changed);
        Move(state);
        entry.Decide(new LogAnswer { Message = changed, IsNew = true }, new Change(kind, changed));
    }

    static void Refuse(LogEntry entry, Refusal refusal) => entry.Decide(new LogAnswer { Refusal = refusal });

    void Move(RoomState state)
    {
        state.Version++;
        if (!state.HasMoved)
            Moved.Add(state);
        state.HasMoved = true;
    }

    /// <summary>The room and the actor in it, or why they may not do anything here.</summary>
    Refusal? Find(LogEntry entry, out RoomState state, out MemberState actor)
    {
        if (!Rooms.TryGetValue(entry.RoomId, out var known))
            Rooms[entry.RoomId] = known = ReadRoom(entry.RoomId);
        state = known!;
        actor = null!;
        if (known is null)
            return RoomRefusals.NoSuchRoom;
        if (!Members.TryGetValue((entry.RoomId, entry.ActorId), out var found))
            Members[(entry.RoomId, entry.ActorId)] = found = ReadMember(known, entry.ActorId);
        actor = found!;
        return found is not null ? null : known.IsSecret ? RoomRefusals.NoSuchRoom : MemberRefusals.NotAMember;
    }

    protected string? Nickname(Guid userId)
    {
        if (!Nicknames.TryGetValue(userId, out var known))
            Nicknames[userId] = known = ReadNickname(userId);
        return known;
    }

    protected virtual void Forget()
    {
        Rooms.Clear();
        Members.Clear();
        Nicknames.Clear();
        Moved.Clear();
    }
}
