using Microsoft.Data.Sqlite;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;
using SQLitePCL;

namespace SmallTalk.Server.Messages.Log;

/// <summary>The log's own connection to the store, and what one entry does inside a transaction: it checks who may,
/// gives <c>seq</c> and <c>version</c>, and writes at most one row that a constraint could refuse, so that an entry that fails leaves its neighbours whole.
/// What it knows of rooms and members it keeps from one transaction to the next, until another connection has committed
/// anything: so a member whose removal was committed first is refused, and a busy room costs no reads.
/// One thread at a time.</summary>
sealed class LogWriter : IDisposable
{
    const int CacheLimit = 50_000;
    static readonly TimeSpan VisitStep = TimeSpan.FromSeconds(30);

    readonly StoreReads _reads;
    readonly SqliteConnection _connection;
    readonly sqlite3 _handle;
    readonly List<Statement> _statements = [];
    readonly Statement _begin, _commit, _rollback, _dataVersion, _room, _member, _nickname, _other, _insert, _byClientId, _bySeq, _update, _moveRoom, _moveActive, _markRead, _markVisit, _markWritten, _ownSince;

    readonly Dictionary<Guid, RoomState?> _rooms = [];
    readonly Dictionary<(Guid Room, Guid User), MemberState?> _members = [];
    readonly Dictionary<Guid, string?> _nicknames = [];
    readonly List<RoomState> _moved = [];
    long _knownAt = -1;
    DateTimeOffset _now;

    public LogWriter(string connectionString, StoreReads reads)
    {
        _reads = reads;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
        _connection.Open();
        _handle = _connection.Handle!;
        using (var command = _connection.CreateCommand())
        {
            command.CommandText = StoreSetup.DurableConnections.Pragmas + "PRAGMA cache_size = -32768;";
            command.ExecuteNonQuery();
        }
        _ = raw.sqlite3_busy_timeout(_handle, 5_000); // another process (a backup) may hold the file for a moment
        _begin = Prepare(LogStatements.Begin);
        _commit = Prepare(LogStatements.Commit);
        _rollback = Prepare(LogStatements.Rollback);
        _dataVersion = Prepare(LogStatements.DataVersion);
        _room = Prepare(LogStatements.Room);
        _member = Prepare(LogStatements.Member);
        _nickname = Prepare(LogStatements.Nickname);
        _other = Prepare(LogStatements.Other);
        _insert = Prepare(LogStatements.Insert);
        _byClientId = Prepare(LogStatements.ByClientId);
        _bySeq = Prepare(LogStatements.BySeq);
        _update = Prepare(LogStatements.Update);
        _moveRoom = Prepare(LogStatements.MoveRoom);
        _moveActive = Prepare(LogStatements.MoveActive);
        _markRead = Prepare(LogStatements.MarkRead);
        _markVisit = Prepare(LogStatements.MarkVisit);
        _markWritten = Prepare(LogStatements.MarkWritten);
        _ownSince = Prepare(LogStatements.OwnSince);
    }

    public void Begin(DateTimeOffset time)
    {
        _now = DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()); // as precise as the store
        _begin.Run();
        using var version = _dataVersion.Query();
        version.Next();
        if (version.Long(0) != _knownAt || _members.Count > CacheLimit)
            Forget();
        _knownAt = version.Long(0);
    }

    public void Commit()
    {
        foreach (var state in _moved)
        {
            _moveRoom.With(1, state.Id).With(2, state.LastSeq).With(3, state.Version)
                .With(4, state.HasNewMessage ? _now.ToUnixTimeMilliseconds() : null).Run();
            if (state.HasNewMessage && _now >= state.ActiveAt + Room.ActiveStep)
            {
                _moveActive.With(1, state.Id).With(2, _now.ToUnixTimeMilliseconds()).Run();
                state.ActiveAt = _now;
            }
            state.HasMoved = state.HasNewMessage = false;
        }
        _moved.Clear();
        _commit.Run();
    }

    public void Rollback()
    {
        Forget();
        if (raw.sqlite3_get_autocommit(_handle) == 0) // a full disk rolls back by itself
            _rollback.Run();
    }

    /// <exception cref="SqliteException">The store failed. <see cref="IsOneEntrysFault"/> says whether the transaction goes on.</exception>
    public void Apply(LogEntry entry)
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

    public static bool IsOneEntrysFault(Exception fault) =>
        fault is not SqliteException store || store.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH;

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
        var sender = new SenderView(post.ActorId, Nickname(post.ActorId));
        var rows = _insert.With(1, post.RoomId).With(2, state.LastSeq + 1).With(3, state.Version + 1).With(4, post.ActorId)
            .With(5, post.ClientId).With(6, post.Text).With(7, post.ReplyTo).With(8, _now.ToUnixTimeMilliseconds()).Run();
        if (rows == 0)
        {
            var stored = Read(post.RoomId, _byClientId.With(1, post.ClientId).With(2, post.ActorId).With(3, post.RoomId))!;
            post.Decide(new LogAnswer { Message = stored });
            return;
        }
        state.LastSeq++;
        state.HasNewMessage = true;
        Move(state);
        CountOwn(post, state.LastSeq, author);
        var message = new MessageView(
            post.RoomId, state.LastSeq, state.Version, post.ClientId, sender, post.Text, post.ReplyTo, _now,
            EditedAt: null, DeletedAt: null, Hidden: null);
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
        _markWritten.With(1, post.RoomId).With(2, post.ActorId).With(3, author.Own).With(4, seq).Run();
    }

    void Apply(Edit edit)
    {
        if (Find(edit, out var state, out var author) is { } refusal)
            Refuse(edit, refusal);
        else if (Read(edit.RoomId, _bySeq.With(1, edit.RoomId).With(2, edit.Seq)) is not { } message)
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
            Rewrite(edit, state, message with { Text = edit.Text, EditedAt = _now }, ChangeKind.Edited);
    }

    void Apply(Deletion deletion)
    {
        if (Find(deletion, out var state, out var actor) is { } refusal)
            Refuse(deletion, refusal);
        else if (Read(deletion.RoomId, _bySeq.With(1, deletion.RoomId).With(2, deletion.Seq)) is not { } message)
            Refuse(deletion, MessageRefusals.NoSuchMessage);
        else if (message.Sender.Id != deletion.ActorId && !actor.IsModerator)
            Refuse(deletion, MessageRefusals.NotYourMessage);
        else if (message.DeletedAt is not null)
            deletion.Decide(new LogAnswer { Message = message }); // a repeat
        else
        {
            bool? isHidden = message.Sender.Id == deletion.ActorId ? null : true;
            Rewrite(deletion, state, message with { Text = "", DeletedAt = _now, Hidden = isHidden }, ChangeKind.Deleted);
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
        if (hasMoved || _now - reader.LastVisitedAt > VisitStep)
        {
            var hasWritten = reader.HasWritten && readSeq < state.LastSeq && (reader.OwnTo == 0 || readSeq < reader.OwnTo + Membership.OwnStep - 1);
            var ownTo = hasMoved ? 0 : reader.OwnTo;
            _markRead.With(1, mark.RoomId).With(2, mark.ActorId).With(3, readSeq).With(4, _now.ToUnixTimeMilliseconds())
                .With(5, hasWritten ? 1 : 0).With(6, ownTo).Run();
            reader.ReadSeq = readSeq;
            reader.HasWritten = hasWritten;
            reader.OwnTo = ownTo;
            reader.LastVisitedAt = _now;
        }
        mark.Decide(new LogAnswer { Reading = new Reading(readSeq, hasMoved, state.LastSeq, state.MemberCount) });
    }

    void Apply(Visit visit)
    {
        var hasMoved = _markVisit.With(1, visit.RoomId).With(2, visit.ActorId).With(3, _now.ToUnixTimeMilliseconds())
            .With(4, (_now - VisitStep).ToUnixTimeMilliseconds()).Run() > 0;
        if (hasMoved && _members.GetValueOrDefault((visit.RoomId, visit.ActorId)) is { } known)
            known.LastVisitedAt = _now;
        visit.Decide(new LogAnswer { IsNew = hasMoved });
    }

    void Rewrite(LogEntry entry, RoomState state, MessageView changed, ChangeKind kind)
    {
        changed = changed with { Version = state.Version + 1 };
        _update.With(1, changed.RoomId).With(2, changed.Seq).With(3, changed.Version).With(4, changed.Text)
            .With(5, changed.EditedAt?.ToUnixTimeMilliseconds()).With(6, changed.DeletedAt?.ToUnixTimeMilliseconds())
            .With(7, changed.Hidden == true ? 1 : 0).Run();
        Move(state);
        entry.Decide(new LogAnswer { Message = changed, IsNew = true }, new Change(kind, changed));
    }

    static void Refuse(LogEntry entry, Refusal refusal) => entry.Decide(new LogAnswer { Refusal = refusal });

    void Move(RoomState state)
    {
        state.Version++;
        if (!state.HasMoved)
            _moved.Add(state);
        state.HasMoved = true;
    }

    /// <summary>The room and the actor in it, or why they may not do anything here.</summary>
    Refusal? Find(LogEntry entry, out RoomState state, out MemberState actor)
    {
        if (!_rooms.TryGetValue(entry.RoomId, out var known))
            _rooms[entry.RoomId] = known = ReadRoom(entry.RoomId);
        state = known!;
        actor = null!;
        if (known is null)
            return RoomRefusals.NoSuchRoom;
        if (!_members.TryGetValue((entry.RoomId, entry.ActorId), out var found))
            _members[(entry.RoomId, entry.ActorId)] = found = ReadMember(known, entry.ActorId);
        actor = found!;
        return found is not null ? null : known.IsSecret ? RoomRefusals.NoSuchRoom : MemberRefusals.NotAMember;
    }

    RoomState? ReadRoom(Guid id)
    {
        using var row = Ask(_room.With(1, id));
        return row.Next()
            ? new RoomState(id, row.Text(2) == "direct", row.Text(3) == "invitation", (int)row.Long(4)) {
                LastSeq = row.Long(0),
                Version = row.Long(1),
                ActiveAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(5)),
            }
            : null;
    }

    MemberState? ReadMember(RoomState of, Guid userId)
    {
        var state = ReadMembership(of, userId);
        if (state is { HasWritten: true, OwnTo: > 0 })
        {
            using var own = Ask(_ownSince.With(1, of.Id).With(2, userId).With(3, state.OwnTo).With(4, state.OwnTo + Membership.OwnStep));
            own.Next();
            state.Own += (int)own.Long(0);
        }
        return state;
    }

    MemberState? ReadMembership(RoomState of, Guid userId)
    {
        using var row = Ask(_member.With(1, of.Id).With(2, userId));
        if (!row.Next())
            return null;
        var state = new MemberState(IsModerator: row.Text(0) is "owner" or "moderator", Silence: of.IsDirect ? SilenceIn(of.Id, userId) : null)
        {
            HasWritten = row.Long(3) != 0,
            Own = (int)row.Long(4),
            OwnTo = row.Long(5),
            ReadSeq = row.Long(1),
            LastVisitedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(2)),
        };
        return state;
    }

    /// <summary>Why nothing is written in a direct room.</summary>
    Refusal? SilenceIn(Guid roomId, Guid userId)
    {
        using var row = Ask(_other.With(1, roomId).With(2, userId));
        if (!row.Next())
            return null;
        return row.Long(0) != 0 ? MessageRefusals.OtherIsGone : row.Long(1) != 0 ? MessageRefusals.Blocked : null;
    }

    string? Nickname(Guid userId)
    {
        if (!_nicknames.TryGetValue(userId, out var known))
        {
            using var row = Ask(_nickname.With(1, userId));
            _nicknames[userId] = known = row.Next() ? row.Text(0) : null;
        }
        return known;
    }

    MessageView? Read(Guid roomId, Statement which)
    {
        using var row = Ask(which);
        if (!row.Next())
            return null;
        var sender = row.Id(2);
        return new MessageView(
            roomId, row.Long(0), row.Long(1), row.Text(3), new SenderView(sender, Nickname(sender)), row.Text(4), row.LongOrNull(5),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Long(6)), Time(row.LongOrNull(7)), Time(row.LongOrNull(8)), row.Long(9) != 0 ? true : null);
    }

    Statement.Rows Ask(Statement statement)
    {
        _reads.Add();
        return statement.Query();
    }

    static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;

    void Forget()
    {
        _rooms.Clear();
        _members.Clear();
        _nicknames.Clear();
        _moved.Clear();
    }

    internal long Pragma(string sql)
    {
        using var statement = new Statement(_handle, sql);
        using var row = statement.Query();
        return row.Next() ? row.Long(0) : 0;
    }

    Statement Prepare(string sql)
    {
        var statement = new Statement(_handle, sql);
        _statements.Add(statement);
        return statement;
    }

    public void Dispose()
    {
        _statements.ForEach(statement => statement.Dispose());
        _connection.Dispose();
    }
}
