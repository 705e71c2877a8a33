using Microsoft.Data.Sqlite;
using SmallTalk.Server.Data;
using SmallTalk.Server.Data.Sqlite;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;
using SQLitePCL;

namespace SmallTalk.Server.Messages.Log;

/// <summary>The log's own connection to the embedded store. It writes at most one row for an entry that a constraint could refuse, so that
/// an entry that fails leaves its neighbours whole.
/// What it knows of rooms and members it keeps from one transaction to the next, until another connection has committed
/// anything: so a member whose removal was committed first is refused, and a busy room costs no reads.
/// One thread at a time.</summary>
sealed class SqliteLogWriter : LogWriter
{
    const int CacheLimit = 50_000;

    readonly StoreReads _reads;
    readonly LogMetrics _metrics;
    readonly LogFailures _failures;
    readonly SqliteConnection _connection;
    readonly sqlite3 _handle;
    readonly List<Statement> _statements = [];
    readonly Statement _begin, _commit, _rollback, _dataVersion, _room, _member, _nickname, _other, _insert, _byClientId, _bySeq, _update, _moveRoom, _moveActive, _markRead, _markVisit, _markWritten, _ownSince;

    long _knownAt = -1;

    public SqliteLogWriter(string connectionString, StoreReads reads, LogMetrics metrics, LogFailures failures)
    {
        (_metrics, _failures) = (metrics, failures);
        _reads = reads;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
        _connection.Open();
        _handle = _connection.Handle!;
        using (var command = _connection.CreateCommand())
        {
            command.CommandText = SqliteStore.DurableConnections.Pragmas + "PRAGMA cache_size = -32768;";
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

    /// <summary>SQLite writes where it is called: there is nothing to wait for.</summary>
    public override ValueTask WriteAsync(List<LogEntry> batch, DateTimeOffset time)
    {
        var begun = _metrics.Now();
        long? applied;
        try
        {
            Begin(time);
            batch.RemoveAll(entry => !TryApply(entry));
            applied = _metrics.Now();
            Commit();
        }
        catch (Exception e) // whatever it was: these are answered, and the log goes on
        {
            _metrics.RolledBack(begun, e);
            _failures.Refuse(batch, e);
            RollBack();
            return default;
        }
        _metrics.Committed(begun, applied);
        return default;
    }

    void Begin(DateTimeOffset time)
    {
        Now = DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
        _begin.Run();
        using var version = _dataVersion.Query();
        version.Next();
        if (version.Long(0) != _knownAt || Members.Count > CacheLimit)
            Forget();
        _knownAt = version.Long(0);
    }

    bool TryApply(LogEntry entry)
    {
        try
        {
            Apply(entry);
            return true;
        }
        catch (Exception e) when (IsOneEntrysFault(e))
        {
            _failures.Fail(entry, e);
            return false;
        }
    }

    static bool IsOneEntrysFault(Exception fault) =>
        fault is not SqliteException store || store.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH;

    void Commit()
    {
        foreach (var state in Moved)
        {
            _moveRoom.With(1, state.Id).With(2, state.LastSeq).With(3, state.Version)
                .With(4, state.HasNewMessage ? Now.ToUnixTimeMilliseconds() : null).Run();
            if (state.HasNewMessage && Now >= state.ActiveAt + Room.ActiveStep)
            {
                _moveActive.With(1, state.Id).With(2, Now.ToUnixTimeMilliseconds()).Run();
                state.ActiveAt = Now;
            }
            state.HasMoved = state.HasNewMessage = false;
        }
        Moved.Clear();
        _commit.Run();
    }

    void RollBack()
    {
        Forget();
        try
        {
            if (raw.sqlite3_get_autocommit(_handle) == 0) // a full disk rolls back by itself
                _rollback.Run();
        }
        catch (SqliteException e) // nothing is open then, and the next Begin shows whether the store is back
        {
            _failures.Refuse([], e);
        }
    }

    protected override MessageView? Add(MessageView message)
    {
        var rows = _insert.With(1, message.RoomId).With(2, message.Seq).With(3, message.Version).With(4, message.Sender.Id)
            .With(5, message.ClientId).With(6, message.Text).With(7, message.ReplyTo).With(8, Now.ToUnixTimeMilliseconds()).Run();
        return rows > 0 ? null : Read(message.RoomId, _byClientId.With(1, message.ClientId).With(2, message.Sender.Id).With(3, message.RoomId));
    }

    protected override void Replace(MessageView changed) =>
        _update.With(1, changed.RoomId).With(2, changed.Seq).With(3, changed.Version).With(4, changed.Text)
            .With(5, changed.EditedAt?.ToUnixTimeMilliseconds()).With(6, changed.DeletedAt?.ToUnixTimeMilliseconds())
            .With(7, changed.Hidden == true ? 1 : 0).Run();

    protected override void MarkWritten(Guid roomId, Guid userId, MemberState author) =>
        _markWritten.With(1, roomId).With(2, userId).With(3, author.Own).With(4, author.OwnTo).Run();

    protected override void MarkRead(Guid roomId, Guid userId, MemberState reader) =>
        _markRead.With(1, roomId).With(2, userId).With(3, reader.ReadSeq).With(4, Now.ToUnixTimeMilliseconds())
            .With(5, reader.HasWritten ? 1 : 0).With(6, reader.OwnTo).Run();

    protected override bool MarkVisit(Guid roomId, Guid userId) =>
        _markVisit.With(1, roomId).With(2, userId).With(3, Now.ToUnixTimeMilliseconds()).With(4, (Now - VisitStep).ToUnixTimeMilliseconds()).Run() > 0;

    protected override RoomState? ReadRoom(Guid id)
    {
        using var row = Ask(_room.With(1, id));
        return row.Next()
            ? new RoomState(id, row.Text(2) == "direct", row.Text(3) == "invitation", (int)row.Long(4))
            {
                LastSeq = row.Long(0),
                Version = row.Long(1),
                ActiveAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(5)),
            }
            : null;
    }

    protected override MemberState? ReadMember(RoomState of, Guid userId)
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

    protected override string? ReadNickname(Guid userId)
    {
        using var row = Ask(_nickname.With(1, userId));
        return row.Next() ? row.Text(0) : null;
    }

    protected override MessageView? Read(Guid roomId, long seq) => Read(roomId, _bySeq.With(1, roomId).With(2, seq));

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

    public override ValueTask DisposeAsync()
    {
        _statements.ForEach(statement => statement.Dispose());
        _connection.Dispose();
        return default;
    }
}
