using System.Data.Common;
using Npgsql;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Messages.Log;

/// <summary>A lane of the log on a PostgreSQL that other nodes write at the same time. A batch is two round trips, however many entries it
/// has: the first locks its rooms, in the order of their ids, and reads all that decides about the entries; the second writes what
/// was decided and commits. Nothing is remembered from one batch to the next, so what other nodes have changed is known.
/// <para>A message is answered as stored only after its commit was. Where the connection is lost in that moment, the store is asked what has
/// become of the transaction; where a batch failed because of others (a deadlock, a restart of the store) it is tried again. If one
/// entry cannot be stored, halves of the batch are written apart until it is alone.</para>
/// No result of an await here is of one of Npgsql's types: looking through the program's types, as EF does, would load its assembly for
/// those who use SQLite.</summary>
sealed class PostgresLogWriter(NpgsqlDataSource source, StoreReads reads, LogMetrics metrics, LogFailures failures, TimeProvider clock) : LogWriter
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly PostgresBatch _rows = new();
    NpgsqlConnection? _connection;

    public override async ValueTask WriteAsync(List<LogEntry> batch, DateTimeOffset time)
    {
        Now = DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
        if (await TryStoreAsync(batch) is not { } fault)
            return;
        if (!IsOneEntrysFault(fault))
            failures.Refuse(batch, fault);
        else if (batch.Count == 1)
        {
            failures.Fail(batch[0], fault);
            batch.Clear();
        }
        else
        {
            var half = batch.GetRange(batch.Count / 2, batch.Count - (batch.Count / 2));
            batch.RemoveRange(batch.Count - half.Count, half.Count);
            await WriteAsync(batch, time);
            await WriteAsync(half, time);
            batch.AddRange(half);
        }
    }

    /// <returns>Why nothing of the batch was stored; null when all of it was.</returns>
    async Task<Exception?> TryStoreAsync(List<LogEntry> batch)
    {
        var begun = metrics.Now();
        for (var since = clock.GetTimestamp(); ;)
        {
            var isCommitting = false;
            try
            {
                if (_connection is null)
                    await (_connection = source.CreateConnection()).OpenAsync();
                await ReadAsync(_connection, batch);
                foreach (var entry in batch)
                    Apply(entry);
                var applied = metrics.Now();
                isCommitting = true;
                await CommitAsync(_connection);
                metrics.Committed(begun, applied);
                return null;
            }
            catch (Exception e)
            {
                metrics.RolledBack(begun, e);
                await DropConnectionAsync();
                if (isCommitting && (e is not PostgresException || IsOfTheConnection(e)) && await IsCommittedAsync(since))
                    return null;
                if (IsOneEntrysFault(e) || !IsWorthRepeating(e) || clock.GetElapsedTime(since) > Patience)
                    return e;
                failures.WillRepeat(e, batch.Count);
                await Task.Delay(Pause, clock);
            }
        }
    }

    /// <summary>Data that the store refuses, or a bug that one entry provokes.</summary>
    static bool IsOneEntrysFault(Exception fault) => fault switch
    {
        PostgresException { SqlState: [_, _, ..] state } => state[..2] is "22" or "23" or "54" or "P0",
        NpgsqlException => false,
        _ => true,
    };

    /// <summary>The connection, a deadlock, a restart: not a full disk.</summary>
    static bool IsWorthRepeating(Exception fault) => fault is not PostgresException { SqlState: PostgresErrorCodes.DiskFull }
        && (fault is NpgsqlException { IsTransient: true } || IsOfTheConnection(fault));

    /// <summary>The server ended it: it stops, or this node was away for too long in the middle of a batch.</summary>
    static bool IsOfTheConnection(Exception fault) => fault is PostgresException { InvariantSeverity: "FATAL" or "PANIC" };

    /// <summary>The pool rolls back what is open, or throws a broken one away.</summary>
    async Task DropConnectionAsync()
    {
        if (_connection is { } dropped)
            await dropped.DisposeAsync();
        _connection = null;
    }

    async Task<bool> IsCommittedAsync(long since)
    {
        while (_rows.Transaction != 0)
        {
            try
            {
                await using var question = source.CreateBatch();
                _rows.AskOutcome(question);
                if (await question.ExecuteScalarAsync() is not "in progress" and var outcome)
                    return outcome is "committed";
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
            {
                return false; // "in the future": the store was killed before it had written down even the transaction's beginning
            }
            catch (NpgsqlException e)
            {
                failures.WillRepeat(e, 0);
            }
            if (clock.GetElapsedTime(since) > Patience)
                return false; // nobody knows: it is answered as not stored, and a client that repeats it learns the truth by its client id
            await Task.Delay(Pause, clock);
        }
        return false; // it found no room, and so had nothing to change
    }

    async Task ReadAsync(NpgsqlConnection connection, List<LogEntry> batch)
    {
        Forget();
        _rows.Begin(batch);
        await using var questions = new NpgsqlBatch(connection);
        _rows.Ask(questions);
        await using var answers = await ((DbBatch)questions).ExecuteReaderAsync();
        while (await answers.ReadAsync())
        {
            var room = _rows.RoomOf(answers);
            Rooms.Add(room.Id, room);
        }
        await answers.NextResultAsync();
        while (await answers.ReadAsync())
        {
            var (key, nickname, member) = _rows.MemberOf(answers);
            Members[key] = member;
            Nicknames[key.User] = nickname;
        }
        reads.Add();
        while (await answers.NextResultAsync())
        {
            reads.Add();
            while (await answers.ReadAsync())
                _rows.KeepMessageOf(answers);
        }
    }

    async Task CommitAsync(NpgsqlConnection connection)
    {
        await using var changes = new NpgsqlBatch(connection);
        _rows.Write(changes, Moved, Now);
        await changes.ExecuteNonQueryAsync();
    }

    // All that a batch can ask for was read with it: what is not there does not exist.
    protected override RoomState? ReadRoom(Guid id) => null;

    protected override MemberState? ReadMember(RoomState of, Guid userId) => null;

    protected override string? ReadNickname(Guid userId) => null;

    protected override MessageView? Read(Guid roomId, long seq) => _rows.Find(roomId, seq);

    protected override MessageView? Add(MessageView message) => _rows.Add(message);

    protected override void Replace(MessageView changed) => _rows.Replace(changed);

    protected override void MarkWritten(Guid roomId, Guid userId, MemberState author)
    {
        var seat = _rows.SeatOf(roomId, userId)!;
        (seat.HasWritten, seat.Own, seat.OwnTo, seat.HasMoved) = (author.HasWritten, author.Own, author.OwnTo, true);
    }

    protected override void MarkRead(Guid roomId, Guid userId, MemberState reader)
    {
        var seat = _rows.SeatOf(roomId, userId)!;
        (seat.ReadSeq, seat.LastVisitedAt, seat.HasWritten, seat.OwnTo, seat.HasMoved) = (reader.ReadSeq, reader.LastVisitedAt, reader.HasWritten, reader.OwnTo, true);
    }

    protected override bool MarkVisit(Guid roomId, Guid userId)
    {
        if (_rows.SeatOf(roomId, userId) is not { } seat || seat.LastVisitedAt >= Now - VisitStep)
            return false;
        (seat.LastVisitedAt, seat.HasMoved) = (Now, true);
        return true;
    }

    public override async ValueTask DisposeAsync() => await DropConnectionAsync();
}
