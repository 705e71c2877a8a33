using SmallTalk.Server.Cluster;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>One subscription to a room, from SUBSCRIBE to its end.</summary>
sealed class Watcher(StompSubscription subscription, Guid userId)
{
    public StompSubscription Subscription => subscription;

    public Guid UserId => userId;

    /// <summary>It may read and has caught up: what happens is sent to it as it happens.</summary>
    public bool IsLive { get; set; }

    /// <summary>Changes up to here it has, so that between replay and live nothing comes twice.</summary>
    public long Seen { get; set; }

    /// <summary>Events that came while it was catching up.</summary>
    public List<StompMessage>? Held { get; set; }

    /// <summary>No longer among the room's watchers.</summary>
    public bool IsGone { get; set; }

    /// <summary>Why, when it was the server that ended it.</summary>
    public Refusal? EndedBy { get; set; }
}

/// <summary>One room that somebody watches: who, and its newest changes. Every step happens under its lock, and what is sent
/// is queued under it: so all watchers see one order, and nothing reaches one whom <see cref="End"/> has taken out.</summary>
sealed class RoomStream(Guid roomId, TailMemory memory, FanoutMetrics metrics, Action<RoomStream>? gapSeen = null)
{
    const int MostHeld = 256;
    const int MostAhead = 1_024;

    readonly Lock _gate = new();
    readonly List<Watcher> _watchers = [];
    readonly Dictionary<Guid, int> _here = [];
    List<Change>? _early;
    SortedList<long, Change>? _ahead;
    RoomTail? _tail;
    Task? _backfill;

    public Guid RoomId => roomId;

    public string Destination { get; } = DestinationOf(roomId);

    /// <summary>Where other nodes tell of the room; null where this node is the only one. Set before anybody watches.</summary>
    public Bus.Ear? Ear { get; private set; }

    public KnownReaders Readers { get; } = new();

    /// <summary>Where the room's log stands, as far as this stream knows; null before <see cref="Know"/>.</summary>
    public long? Version
    {
        get
        {
            lock (_gate)
                return _tail?.Version;
        }
    }

    /// <summary>Taken out of the registry: whoever still holds it must ask for the room's stream anew.</summary>
    public bool IsClosed { get; private set; }

    public long UnwatchedSince { get; private set; } = long.MaxValue;

    public int Here
    {
        get
        {
            lock (_gate)
                return _here.Count;
        }
    }

    public int LastHereTold { get; set; }

    public static string DestinationOf(Guid roomId) => $"/topic/rooms/{roomId}";

    /// <returns>False when this stream is closed.</returns>
    public bool TryAdd(Watcher watcher, Func<RoomStream, Bus.Ear?> listen)
    {
        lock (_gate)
        {
            if (IsClosed)
                return false;
            Ear ??= listen(this);
            _watchers.Add(watcher);
            UnwatchedSince = long.MaxValue;
            return true;
        }
    }

    /// <summary>Its own end: UNSUBSCRIBE, the connection's end, or refused.</summary>
    public void Remove(Watcher watcher, long now)
    {
        lock (_gate)
        {
            if (_watchers.Remove(watcher))
                Left(watcher, now);
        }
    }

    /// <summary>Takes people out; nothing is sent to them from here on.</summary>
    public void End(Func<Watcher, bool> whom, Refusal why, long now)
    {
        List<Watcher> ended;
        lock (_gate)
        {
            ended = _watchers.FindAll(watcher => whom(watcher));
            foreach (var watcher in ended)
            {
                _watchers.Remove(watcher);
                Left(watcher, now);
                watcher.EndedBy = why;
            }
        }
        metrics.Ended(ended.Count, why);
        foreach (var watcher in ended.Where(watcher => watcher.IsLive)) // who was not live yet hears it as the answer to SUBSCRIBE
            watcher.Subscription.End(why);
    }

    public IReadOnlyList<Guid> People()
    {
        lock (_gate)
            return [.. _watchers.Select(watcher => watcher.UserId).Distinct()];
    }

    public void Publish(Change change)
    {
        lock (_gate)
        {
            if (_tail is null)
                (_early ??= []).Add(change); // the first watcher is just asking where the log stands
            else
                Append(change);
        }
    }

    public void Publish(StompMessage message, bool isWorthHolding)
    {
        var dropped = 0;
        lock (_gate)
        {
            foreach (var watcher in _watchers)
            {
                if (watcher.IsLive)
                    watcher.Subscription.Send(message);
                else if (!isWorthHolding)
                    continue;
                else if ((watcher.Held ??= []).Count < MostHeld)
                    watcher.Held.Add(message);
                else
                    dropped++;
            }
        }
        metrics.Dropped(dropped);
    }

    /// <param name="version">Where the store's log of the room stands.</param>
    public void Know(long version)
    {
        lock (_gate)
        {
            if (_tail is not null)
                return;
            _tail = new RoomTail(Destination, memory, version);
            foreach (var change in _early ?? [])
                Append(change);
            _early = null;
        }
    }

    /// <summary>Another node has taken changes that this stream has not heard of, or not yet.</summary>
    public bool IsBehind(long version)
    {
        lock (_gate)
            return _tail is not null && (_tail.Version < version || _ahead is { Count: > 0 });
    }

    /// <summary>What the store has up to <paramref name="version"/> after what this stream had, in its order.</summary>
    public void Mend(IReadOnlyList<RoomTail.Kept> missed, long version)
    {
        using var turn = StompTurn.Begin();
        lock (_gate)
        {
            foreach (var (at, seq, sender, frame) in missed.Where(kept => kept.Version > _tail!.Version))
                Append(at, seq, sender, isNewMessage: false, frame);
            _tail!.Reach(version);
            AppendAhead();
        }
    }

    /// <summary>Too much was missed: who watches begins anew.</summary>
    public void Reset(string epoch, long version)
    {
        using var turn = StompTurn.Begin();
        lock (_gate)
        {
            _tail!.Release();
            _tail = new RoomTail(Destination, memory, version);
            var reset = LiveJson.Frame(Destination, new ResetEvent(epoch, version) { RoomId = roomId });
            foreach (var watcher in _watchers.Where(watcher => watcher.IsLive))
            {
                watcher.Seen = version;
                watcher.Subscription.Send(reset);
            }
            AppendAhead();
        }
    }

    /// <summary>Up to here the past is in the store alone; and where the room stands.</summary>
    public (long Floor, long Version) Reach()
    {
        lock (_gate)
            return (_tail!.Floor, _tail.Version);
    }

    /// <summary>Lets a watcher in who has everything up to <paramref name="after"/> (null: who wants no past). From then on it is live.</summary>
    /// <returns>False when some of what it missed is not in memory: see <see cref="Reach"/>.</returns>
    public bool TryGoLive(Watcher watcher, long? after)
    {
        List<StompMessage> missed;
        lock (_gate)
        {
            if (after < _tail!.Floor)
                return false;
            if (watcher.IsGone)
                return true;
            missed = after is { } seen ? _tail.After(seen) : [];
            Enter(watcher, missed, Math.Max(_tail.Version, after ?? 0));
        }
        metrics.ReplayedFromTail(missed.Count);
        metrics.Started(after is null ? FanoutMetrics.Start.Live : FanoutMetrics.Start.CaughtUp);
        return true;
    }

    /// <summary>Lets a watcher in who must forget what it had.</summary>
    public void GoLive(Watcher watcher, string epoch)
    {
        lock (_gate)
        {
            if (watcher.IsGone)
                return;
            var version = _tail!.Version;
            Enter(watcher, [LiveJson.Frame(Destination, new ResetEvent(epoch, version) { RoomId = roomId })], version);
        }
        metrics.Started(FanoutMetrics.Start.Reset);
    }

    /// <summary>Gives a watcher that is not live yet a piece of the past.</summary>
    public void Replay(Watcher watcher, IReadOnlyList<RoomTail.Kept> older)
    {
        using var turn = StompTurn.Begin();
        List<StompMessage> missed;
        lock (_gate)
        {
            missed = watcher.IsGone ? [] : _tail!.StillTrue(older);
            foreach (var frame in missed)
                watcher.Subscription.Send(frame);
        }
        metrics.ReplayedFromStore(missed.Count);
    }

    void Enter(Watcher watcher, IEnumerable<StompMessage> missed, long version)
    {
        using var turn = StompTurn.Begin();
        foreach (var frame in missed)
            watcher.Subscription.Send(frame);
        foreach (var frame in watcher.Held ?? [])
            watcher.Subscription.Send(frame);
        watcher.Held = null;
        watcher.Seen = version;
        watcher.IsLive = true;
        _here[watcher.UserId] = _here.GetValueOrDefault(watcher.UserId) + 1;
    }

    /// <summary>Reads the newest past into memory, once for all who come at the same time.</summary>
    public Task BackfillAsync(Func<long, Task<(long Floor, List<RoomTail.Kept> Changes)>> read)
    {
        lock (_gate)
            return _backfill ??= RunAsync(_tail!, _tail!.Floor);

        async Task RunAsync(RoomTail tail, long floor)
        {
            try
            {
                await Task.Yield();
                var (reached, changes) = await read(floor);
                lock (_gate)
                {
                    if (_tail == tail && tail.Floor == floor)
                        tail.Prepend(reached, changes);
                }
            }
            finally
            {
                lock (_gate)
                    _backfill = null;
            }
        }
    }

    /// <summary>What is kept of their messages has the wrong name: the store has the right one.</summary>
    public void Renamed(Guid sender, string? nickname)
    {
        lock (_gate)
        {
            _early = _early?.ConvertAll(change => change.Under(sender, nickname));
            for (var i = 0; i < _ahead?.Count; i++)
                _ahead.SetValueAtIndex(i, _ahead.GetValueAtIndex(i).Under(sender, nickname));
            if (_tail is not null && (_backfill is not null || _tail.HasFrom(sender)))
                _tail = _tail.Emptied();
        }
    }

    /// <returns>Whether it may be forgotten: nobody has watched for a while. Who cuts the connection comes back.</returns>
    public bool TryClose(long unwatchedBefore)
    {
        lock (_gate)
        {
            IsClosed = _watchers.Count == 0 && UnwatchedSince < unwatchedBefore;
            if (IsClosed)
            {
                _tail?.Release();
                Ear?.Dispose();
            }
            return IsClosed;
        }
    }

    void Append(Change change)
    {
        var message = change.Message;
        if (message.Version <= _tail!.Version)
            return; // the store was asked after this had been committed
        if (gapSeen is not null && message.Version > _tail.Version + 1)
        {
            KeepAhead(change);
            gapSeen(this);
            return;
        }
        Append(message.Version, message.Seq, message.Sender.Id, change.Kind == ChangeKind.Posted, LiveJson.Frame(Destination, message));
        AppendAhead();
    }

    void Append(long version, long seq, Guid sender, bool isNewMessage, StompMessage frame)
    {
        _tail!.Append(version, seq, sender, isNewMessage, frame.Body);
        foreach (var watcher in _watchers)
        {
            if (!watcher.IsLive || watcher.Seen >= version)
                continue;
            watcher.Seen = version;
            watcher.Subscription.Send(frame);
        }
    }

    /// <summary>Until what is before it has come too, from another node or from the store. What does not fit the store has.</summary>
    void KeepAhead(Change change)
    {
        _ahead ??= [];
        _ahead[change.Message.Version] = change;
        if (_ahead.Count > MostAhead)
            _ahead.RemoveAt(MostAhead);
    }

    void AppendAhead()
    {
        while (_ahead is { Count: > 0 } && _ahead.GetKeyAtIndex(0) <= _tail!.Version + 1)
        {
            var (kind, message) = _ahead.GetValueAtIndex(0);
            _ahead.RemoveAt(0);
            if (message.Version > _tail.Version)
                Append(message.Version, message.Seq, message.Sender.Id, kind == ChangeKind.Posted, LiveJson.Frame(Destination, message));
        }
    }

    void Left(Watcher watcher, long now)
    {
        watcher.IsGone = true;
        if (watcher.IsLive && --_here[watcher.UserId] is var left && left == 0)
            _here.Remove(watcher.UserId);
        if (_watchers.Count == 0)
            UnwatchedSince = now;
    }
}
