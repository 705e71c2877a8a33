using System.Data.Common;
using Npgsql;
using NpgsqlTypes;
using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Messages.Log;

/// <summary>The rows of one batch of <see cref="PostgresLogWriter"/>: those that it has read, as its entries have changed them so far, and
/// what of it is to be written.</summary>
sealed class PostgresBatch
{
    /// <summary>A row of memberships.</summary>
    public sealed class Seat
    {
        public long ReadSeq { get; set; }

        public DateTimeOffset LastVisitedAt { get; set; }

        public bool HasWritten { get; set; }

        public int Own { get; set; }

        public long OwnTo { get; set; }

        public bool HasMoved { get; set; }
    }

    readonly HashSet<Guid> _rooms = [];
    readonly HashSet<(Guid Room, Guid User)> _people = [];
    readonly List<Post> _posts = [];
    readonly HashSet<(Guid Room, long Seq)> _targets = [];

    readonly Dictionary<(Guid Room, Guid User), Seat> _seats = [];
    readonly Dictionary<(Guid Room, long Seq), MessageView> _messages = [];
    readonly Dictionary<(Guid Room, Guid Sender, string ClientId), MessageView> _byClientId = [];
    readonly List<MessageView> _added = [];
    readonly HashSet<(Guid Room, long Seq)> _changed = [];

    /// <summary>Its number, for whoever has to ask what became of it.</summary>
    public ulong Transaction { get; private set; }

    public void Begin(List<LogEntry> batch)
    {
        _rooms.Clear();
        _people.Clear();
        _posts.Clear();
        _targets.Clear();
        _seats.Clear();
        _messages.Clear();
        _byClientId.Clear();
        _added.Clear();
        _changed.Clear();
        Transaction = 0;
        foreach (var entry in batch)
        {
            _rooms.Add(entry.RoomId);
            _people.Add((entry.RoomId, entry.ActorId));
            switch (entry)
            {
                case Post post:
                    _posts.Add(post);
                    break;
                case Edit edit:
                    _targets.Add((edit.RoomId, edit.Seq));
                    break;
                case Deletion deletion:
                    _targets.Add((deletion.RoomId, deletion.Seq));
                    break;
            }
        }
    }

    /// <summary>Answered by the rooms, then the members, then messages.</summary>
    public void Ask(NpgsqlBatch questions)
    {
        Say(questions, PostgresStatements.Begin);
        Say(questions, PostgresStatements.LockRooms, Of(_rooms.ToArray()));
        Say(questions, PostgresStatements.Members, Of(Array(_people, p => p.Room)), Of(Array(_people, p => p.User)), Of((long)Membership.OwnStep));
        if (_posts.Count > 0)
            Say(questions, PostgresStatements.ByClientId, Of(Array(_posts, p => p.RoomId)), Of(Array(_posts, p => p.ActorId)), Of(Array(_posts, p => p.ClientId)));
        if (_targets.Count > 0)
            Say(questions, PostgresStatements.BySeq, Of(Array(_targets, t => t.Room)), Of(Array(_targets, t => t.Seq)));
    }

    public RoomState RoomOf(DbDataReader row)
    {
        Transaction = row.GetFieldValue<ulong>(6);
        return new RoomState(row.GetGuid(0), row.GetString(3) == "direct", row.GetString(4) == "invitation", row.GetInt32(5))
        {
            LastSeq = row.GetInt64(1),
            Version = row.GetInt64(2),
            ActiveAt = Time(row.GetInt64(7)),
        };
    }

    public ((Guid Room, Guid User) Key, string? Nickname, MemberState Member) MemberOf(DbDataReader row)
    {
        var key = (row.GetGuid(0), row.GetGuid(1));
        var seat = _seats[key] = new Seat
        {
            ReadSeq = row.GetInt64(4),
            LastVisitedAt = Time(row.GetInt64(5)),
            HasWritten = row.GetBoolean(6),
            Own = row.GetInt32(7),
            OwnTo = row.GetInt64(8),
        };
        var silence = row.IsDBNull(10) ? null : row.GetBoolean(10) ? MessageRefusals.OtherIsGone : row.GetBoolean(11) ? MessageRefusals.Blocked : null;
        return (key, row.IsDBNull(2) ? null : row.GetString(2), new MemberState(IsModerator: row.GetString(3) is "owner" or "moderator", silence)
        {
            HasWritten = seat.HasWritten,
            Own = seat.Own + (int)row.GetInt64(9),
            OwnTo = seat.OwnTo,
            ReadSeq = seat.ReadSeq,
            LastVisitedAt = seat.LastVisitedAt,
        });
    }

    public void KeepMessageOf(DbDataReader row) => Keep(new MessageView(
        row.GetGuid(0), row.GetInt64(1), row.GetInt64(2), row.GetString(4), new SenderView(row.GetGuid(3), row.IsDBNull(11) ? null : row.GetString(11)),
        row.GetString(5), row.IsDBNull(6) ? null : row.GetInt64(6), Time(row.GetInt64(7)), row.IsDBNull(8) ? null : Time(row.GetInt64(8)),
        row.IsDBNull(9) ? null : Time(row.GetInt64(9)), row.GetBoolean(10) ? true : null));

    public Seat? SeatOf(Guid roomId, Guid userId) => _seats.GetValueOrDefault((roomId, userId));

    public MessageView? Find(Guid roomId, long seq) => _messages.GetValueOrDefault((roomId, seq));

    public MessageView? Add(MessageView message)
    {
        if (_byClientId.TryGetValue((message.RoomId, message.Sender.Id, message.ClientId), out var stored))
            return stored;
        Keep(message);
        _added.Add(message);
        return null;
    }

    public void Replace(MessageView changed)
    {
        Keep(changed);
        _changed.Add((changed.RoomId, changed.Seq));
    }

    void Keep(MessageView message)
    {
        _messages[(message.RoomId, message.Seq)] = message;
        _byClientId[(message.RoomId, message.Sender.Id, message.ClientId)] = message;
    }

    public void Write(NpgsqlBatch changes, List<RoomState> moved, DateTimeOffset now)
    {
        if (_added.Count > 0)
        {
            Say(changes, PostgresStatements.Insert, Of(Array(_added, m => m.RoomId)), Of(Array(_added, m => m.Seq)), Of(Array(_added, m => m.Version)),
                Of(Array(_added, m => m.Sender.Id)), Of(Array(_added, m => m.ClientId)), Of(Array(_added, m => m.Text)), Of(Array(_added, m => m.ReplyTo)),
                Of(Array(_added, m => m.CreatedAt.ToUnixTimeMilliseconds())));
        }
        if (_changed.Count > 0)
        {
            var messages = _changed.Select(key => _messages[key]).ToList();
            Say(changes, PostgresStatements.Update, Of(Array(messages, m => m.RoomId)), Of(Array(messages, m => m.Seq)), Of(Array(messages, m => m.Version)),
                Of(Array(messages, m => m.Text)), Of(Array(messages, m => m.EditedAt?.ToUnixTimeMilliseconds())),
                Of(Array(messages, m => m.DeletedAt?.ToUnixTimeMilliseconds())), Of(Array(messages, m => m.Hidden == true)));
        }
        if (moved.Count > 0)
        {
            long? at = now.ToUnixTimeMilliseconds();
            Say(changes, PostgresStatements.MoveRooms, Of(Array(moved, r => r.Id)), Of(Array(moved, r => r.LastSeq)), Of(Array(moved, r => r.Version)),
                Of(Array(moved, r => r.HasNewMessage ? at : null)),
                Of(Array(moved, r => r.HasNewMessage && now >= r.ActiveAt + Room.ActiveStep ? at : null)));
        }
        if (_seats.Where(seat => seat.Value.HasMoved).ToList() is { Count: > 0 } seats)
        {
            Say(changes, PostgresStatements.MarkMembers, Of(Array(seats, s => s.Key.Room)), Of(Array(seats, s => s.Key.User)), Of(Array(seats, s => s.Value.ReadSeq)),
                Of(Array(seats, s => s.Value.LastVisitedAt.ToUnixTimeMilliseconds())), Of(Array(seats, s => s.Value.HasWritten)),
                Of(Array(seats, s => s.Value.Own)), Of(Array(seats, s => s.Value.OwnTo)));
        }
        Say(changes, PostgresStatements.Commit);
    }

    /// <summary>After <see cref="Write"/>, when nobody knows what became of it.</summary>
    public void AskOutcome(NpgsqlBatch question)
    {
        var written = _changed.Select(key => _messages[key]).Concat(_added).ToList();
        Say(question, PostgresStatements.Outcome, new NpgsqlParameter<ulong> { TypedValue = Transaction, NpgsqlDbType = NpgsqlDbType.Xid8 },
            Of(Array(written, m => m.RoomId)), Of(Array(written, m => m.Seq)), Of(Array(written, m => m.Version)), Of(Array(written, m => m.ClientId)));
    }

    static void Say(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(value);
        batch.BatchCommands.Add(command);
    }

    static NpgsqlParameter<T> Of<T>(T value) => new() { TypedValue = value };

    static TValue[] Array<TRow, TValue>(IReadOnlyCollection<TRow> rows, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Count];
        var at = 0;
        foreach (var row in rows)
            values[at++] = value(row);
        return values;
    }

    static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
