using SmallTalk.Server.Cluster;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Events;

/// <summary>What the absent members of one room are to be told, and enough of its newest messages to count what each of them
/// has not read without asking the store for each. Everything that tells somebody a count happens under <see cref="Gate"/>, with
/// the newest read mark that this node knows, so that an older count never overtakes a newer one.</summary>
sealed class RoomNews(Guid roomId) : IDisposable
{
    const int PreviewLength = 200;

    /// <summary>A little more than the cap of a count, for one's own and deleted ones among them.</summary>
    public const int Remembered = Unread.Cap + 200;

    readonly List<Line> _lines = [];
    readonly Dictionary<Guid, long> _readSeqs = [];
    readonly HashSet<Guid> _gone = [];
    readonly Dictionary<Guid, string?> _renamed = [];
    List<Change>? _early = [];
    MessageView? _last;

    public Guid RoomId => roomId;

    /// <summary>Where other nodes tell of the room; null where this node is the only one.</summary>
    public Bus.Ear? Ear { get; init; }

    public Lock Gate { get; } = new();

    /// <summary>When members were told last; a timestamp.</summary>
    public long ToldAt { get; set; }

    public long LastSeq { get; private set; }

    /// <summary>The room's, as far as the changes since it is remembered have moved it; what is told was moved by one of them.</summary>
    public long Version { get; private set; }

    public PreviewView? Preview => _last is null
        ? null
        : new PreviewView(_last.Seq, _last.Sender, Shortened(_last.Text), _last.CreatedAt, _last.DeletedAt);

    /// <summary>Messages have no gaps: where one is missing, another node's letter was lost, or is on its way.</summary>
    public bool IsLoaded => _early is null && (_lines.Count == 0 || LastSeq - _lines[0].Seq == _lines.Count - 1);

    sealed class Line(long seq, Guid sender, bool isDeleted)
    {
        public long Seq => seq;

        public Guid Sender => sender;

        public bool IsDeleted { get; set; } = isDeleted;
    }

    public void Add(Change change)
    {
        if (_early is not null)
        {
            _early.Add(change);
            return;
        }
        var message = change.Message;
        Version = Math.Max(Version, message.Version);
        var at = _lines.Count;
        while (at > 0 && _lines[at - 1].Seq > message.Seq) // two nodes' letters may cross
            at--;
        if (at > 0 && _lines[at - 1].Seq == message.Seq)
            _lines[at - 1].IsDeleted |= message.DeletedAt is not null;
        else if (at > 0 || _lines.Count == 0)
        {
            _lines.Insert(at, new Line(message.Seq, message.Sender.Id, message.DeletedAt is not null));
            if (_lines.Count > 2 * Remembered)
                _lines.RemoveRange(0, Remembered);
        }
        LastSeq = Math.Max(LastSeq, message.Seq);
        if (message.Seq == LastSeq && (_last is null || _last.Seq < message.Seq || _last.Version < message.Version))
            _last = message;
    }

    /// <param name="newest">The newest messages of the store, oldest first.</param>
    /// <param name="last">The last of them, whole.</param>
    public void Load(IEnumerable<(long Seq, Guid Sender, bool IsDeleted)> newest, MessageView? last)
    {
        if (IsLoaded)
            return;
        var early = _early ?? [];
        _lines.Clear();
        foreach (var (seq, sender, isDeleted) in newest)
        {
            _lines.Add(new Line(seq, sender, isDeleted));
            LastSeq = seq;
        }
        foreach (var (userId, nickname) in _renamed)
            last = Named(last, userId, nickname);
        _last = last;
        _early = null;
        early.ForEach(Add);
    }

    /// <summary>What other nodes told may be lost: it is to be loaded again.</summary>
    public void Doubt() => _early ??= [];

    public void Dispose() => Ear?.Dispose();

    /// <summary>The newest of what the store said and what was told since.</summary>
    public long ReadSeq(Guid userId, long stored)
    {
        if (!_readSeqs.TryGetValue(userId, out var told))
            return stored;
        if (stored >= told)
            _readSeqs.Remove(userId);
        return Math.Max(stored, told);
    }

    public void HasRead(Guid userId, long seq) => _readSeqs[userId] = Math.Max(seq, _readSeqs.GetValueOrDefault(userId));

    public void Renamed(Guid userId, string? nickname)
    {
        if (!IsLoaded)
            _renamed[userId] = nickname; // what is being read may have the old name
        _early = _early?.ConvertAll(change => change.Under(userId, nickname));
        _last = Named(_last, userId, nickname);
    }

    /// <summary>Null when more must be counted than is remembered: the store knows.</summary>
    public int? UnreadOf(Guid userId, long readSeq)
    {
        var count = 0;
        for (var i = _lines.Count - 1; i >= 0; i--)
        {
            var line = _lines[i];
            if (line.Seq <= readSeq || count == Unread.Cap)
                return count;
            if (!line.IsDeleted && line.Sender != userId)
                count++;
        }
        return count == Unread.Cap || _lines.Count == 0 || _lines[0].Seq <= readSeq + 1 ? count : null;
    }

    /// <summary>Before members are read from the store: who is taken out from here on must not be told.</summary>
    public void BeginTelling() => _gone.Clear();

    public void TakeOut(Guid userId) => _gone.Add(userId);

    public bool IsTakenOut(Guid userId) => _gone.Contains(userId);

    static MessageView? Named(MessageView? message, Guid userId, string? nickname) =>
        message is null || message.Sender.Id != userId ? message : message with { Sender = new SenderView(userId, nickname) };

    static string Shortened(string text) => text.Length <= PreviewLength
        ? text
        : text[..(char.IsHighSurrogate(text[PreviewLength - 1]) ? PreviewLength - 1 : PreviewLength)] + "…";
}
