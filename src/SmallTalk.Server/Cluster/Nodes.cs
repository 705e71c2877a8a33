using System.Collections.Concurrent;

namespace SmallTalk.Server.Cluster;

/// <summary>The other nodes and what each has: who is online there, how many have which room open. Each tells its share as it changes and,
/// each second, how often it has changed; who missed a change asks for the whole. A node that is silent for five seconds is dead,
/// and its share is gone with it.</summary>
sealed partial class Nodes(Bus bus, TimeProvider clock, ILogger<Nodes> logger) : BackgroundService
{
    const string Subject = "nodes";
    const int ChangesALetter = 5_000;
    static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    readonly Lock _gate = new();
    readonly Guid _me = Guid.CreateVersion7();
    readonly Dictionary<Guid, int> _share = [];
    readonly Dictionary<Guid, int> _changed = [];
    readonly Dictionary<Guid, Other> _others = [];
    readonly ConcurrentDictionary<Guid, int> _elsewhere = new();
    long _no;
    bool _isWanted;
    volatile bool _owesDoubt;

    sealed class Other
    {
        public Dictionary<Guid, int> Share { get; } = [];

        /// <summary>Null: not known.</summary>
        public long? No { get; set; }

        public long HeardAt { get; set; }

        public long AskedAt { get; set; }
    }

    /// <summary>Sessions that another node has ended.</summary>
    public Action<IReadOnlyList<Guid>>? SessionsEnded { get; set; }

    public Action<NodeLetter.Renaming>? Renamed { get; set; }

    public Action<IReadOnlyList<Guid>>? RoomsMoved { get; set; }

    /// <summary>What the others have of these is not what it was.</summary>
    public Action<IReadOnlyCollection<Guid>>? ShareMoved { get; set; }

    /// <summary>What these people had was on a node that died without a word.</summary>
    public Action<IReadOnlyCollection<Guid>>? Lost { get; set; }

    /// <summary>Another node says that what it told may be lost, or has died.</summary>
    public Action<bool>? Doubted { get; set; }

    /// <summary>Any of them has anybody.</summary>
    public bool HaveAny => !_elsewhere.IsEmpty;

    /// <summary>On the other nodes together: 0 for a person who is not online there, for a room that nobody has open there.</summary>
    public int CountOf(Guid id) => _elsewhere.GetValueOrDefault(id);

    /// <summary>This node has so much of it now.</summary>
    public void Share(Guid id, int count)
    {
        lock (_gate)
        {
            if (_share.GetValueOrDefault(id) == count)
                return;
            if (count == 0)
                _share.Remove(id);
            else
                _share[id] = count;
            _changed[id] = count;
        }
    }

    public void Tell(Func<NodeLetter, NodeLetter> what) => Send(what(new NodeLetter(_me)));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Tell(letter => letter with { IsGoodbye = true });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bus.Doubted += () => _owesDoubt = true;
        using var ear = bus.Listen(Subject, Hear);
        Tell(letter => letter with { Wants = Guid.Empty });
        using var timer = new PeriodicTimer(Step, clock);
        var beaten = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                TellShare();
                if (clock.GetElapsedTime(beaten) < Beat)
                    continue;
                beaten = clock.GetTimestamp();
                if (_owesDoubt && bus.IsConnected)
                {
                    _owesDoubt = false;
                    Tell(letter => letter with { IsDoubted = true });
                }
                lock (_gate)
                    Tell(letter => letter with { No = _no });
                Bury();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the node stops
        }
    }

    void Send(NodeLetter letter) => bus.Tell(Subject, Letters.Write(letter));

    void TellShare()
    {
        lock (_gate)
        {
            if (_changed.Count == 0 && !_isWanted)
                return;
            var isWhole = _isWanted;
            foreach (var some in (isWhole ? _share : _changed).Chunk(ChangesALetter).DefaultIfEmpty([]))
            {
                Send(new NodeLetter(_me) { No = ++_no, IsWhole = isWhole, Share = new Dictionary<Guid, int>(some) });
                isWhole = false;
            }
            _isWanted = false;
            _changed.Clear();
        }
    }

    void Hear(ReadOnlyMemory<byte> bytes)
    {
        var letter = Letters.Read<NodeLetter>(bytes);
        if (letter.EndedSessions is { } sessions)
            SessionsEnded?.Invoke(sessions);
        else if (letter.Renamed is { } renamed)
            Renamed?.Invoke(renamed);
        else if (letter.MovedRooms is { } rooms)
            RoomsMoved?.Invoke(rooms);
        else if (letter.IsDoubted)
            Doubted?.Invoke(false);
        else if (letter.Wants is { } wanted)
        {
            lock (_gate)
                _isWanted |= wanted == _me || wanted == Guid.Empty;
        }
        else
            HearShare(letter);
    }

    void HearShare(NodeLetter letter)
    {
        List<Guid> moved = [];
        lock (_gate)
        {
            if (letter.IsGoodbye)
            {
                if (_others.Remove(letter.Node, out var gone))
                    Take(gone, moved);
            }
            else
            {
                if (!_others.TryGetValue(letter.Node, out var other))
                {
                    _others[letter.Node] = other = new Other();
                    LogCame(letter.Node);
                }
                other.HeardAt = clock.GetTimestamp();
                if (letter.IsWhole)
                    Take(other, moved);
                var isNext = letter.IsWhole || (letter.Share is not null ? other.No == letter.No - 1 : other.No == letter.No);
                other.No = isNext ? letter.No : null;
                if (!isNext && (other.AskedAt == 0 || clock.GetElapsedTime(other.AskedAt) > Beat))
                {
                    other.AskedAt = clock.GetTimestamp();
                    Tell(mine => mine with { Wants = letter.Node });
                }
                if (isNext && letter.Share is { } changed)
                    Give(other, changed, moved);
            }
        }
        if (moved.Count > 0)
            ShareMoved?.Invoke(moved);
    }

    /// <summary>The silent ones are dead.</summary>
    void Bury()
    {
        List<Guid> moved = [];
        lock (_gate)
        {
            foreach (var (node, other) in _others.Where(other => clock.GetElapsedTime(other.Value.HeardAt) > Silence).ToList())
            {
                LogDied(node);
                _others.Remove(node);
                Take(other, moved);
                Doubted?.Invoke(true);
            }
        }
        if (moved.Count == 0)
            return;
        ShareMoved?.Invoke(moved);
        Lost?.Invoke(moved);
    }

    void Give(Other other, IReadOnlyDictionary<Guid, int> changed, List<Guid> moved)
    {
        foreach (var (id, count) in changed)
        {
            Count(id, count - other.Share.GetValueOrDefault(id), moved);
            if (count == 0)
                other.Share.Remove(id);
            else
                other.Share[id] = count;
        }
    }

    void Take(Other other, List<Guid> moved)
    {
        foreach (var (id, count) in other.Share)
            Count(id, -count, moved);
        other.Share.Clear();
    }

    void Count(Guid id, int more, List<Guid> moved)
    {
        if (more == 0)
            return;
        var count = _elsewhere.GetValueOrDefault(id) + more;
        if (count == 0)
            _elsewhere.TryRemove(id, out _);
        else
            _elsewhere[id] = count;
        moved.Add(id);
    }

    [LoggerMessage(LogLevel.Information, "Node {Node} is there.")]
    partial void LogCame(Guid node);

    [LoggerMessage(LogLevel.Warning, "Node {Node} is silent: what it had is gone until it comes back.")]
    partial void LogDied(Guid node);
}
