using System.Collections.Concurrent;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>Who watches which room on this node, and the way to all of them. A room that nobody watches costs a look-up that
/// finds nothing.</summary>
sealed class RoomStreams : IChangeListener
{
    static readonly TimeSpan KeptUnwatched = TimeSpan.FromMinutes(1);

    readonly TimeProvider _clock;
    readonly FanoutMetrics _metrics;
    readonly TailMemory _memory = new();
    readonly ConcurrentDictionary<Guid, RoomStream> _streams = new();
    readonly ConcurrentDictionary<Guid, RoomStream> _hereMoved = new();

    public RoomStreams(TimeProvider clock, FanoutMetrics metrics)
    {
        (_clock, _metrics) = (clock, metrics);
        metrics.Watch(() => _streams.Count, () => _memory.Bytes);
    }

    /// <summary>A room has more or fewer people, here or among its members.</summary>
    public Action<Guid>? PeopleMoved { get; set; }

    /// <summary>A person was taken out of a room.</summary>
    public Action<Guid, Guid>? TakenOut { get; set; }

    /// <summary>How many people have the room open now.</summary>
    public int Here(Guid roomId) => _streams.TryGetValue(roomId, out var stream) ? stream.Here : 0;

    /// <summary>Who watches it, members or not: for ending those who lose the right to.</summary>
    public IReadOnlyList<Guid> PeopleIn(Guid roomId) => _streams.TryGetValue(roomId, out var stream) ? stream.People() : [];

    /// <summary>Tells all who watch the room now.</summary>
    public void Publish(RoomEvent about)
    {
        if (about is MemberEvent)
            PeopleMoved?.Invoke(about.RoomId);
        if (_streams.TryGetValue(about.RoomId, out var stream))
        {
            if (about is MemberEvent moved)
                stream.Readers.Forget(moved.User.Id); // who was looking in has joined
            using var turn = StompTurn.Begin();
            stream.Publish(LiveJson.Frame(stream.Destination, about), isWorthHolding: about is not (TypingEvent or HereEvent));
        }
    }

    /// <summary>Ends this person's subscriptions to the room; nothing of it reaches them afterwards. Call it after the commit
    /// that took the right away: a SUBSCRIBE that is on its way is refused too.</summary>
    public void End(Guid roomId, Guid userId, Refusal why)
    {
        TakenOut?.Invoke(roomId, userId);
        if (!_streams.TryGetValue(roomId, out var stream))
            return;
        stream.Readers.Forget(userId); // first: who comes from here on is not known, who came before is ended
        stream.End(watcher => watcher.UserId == userId, why, _clock.GetTimestamp());
    }

    public void EndAll(Guid roomId, Refusal why)
    {
        if (!_streams.TryGetValue(roomId, out var stream))
            return;
        stream.Readers.ForgetAll();
        stream.End(_ => true, why, _clock.GetTimestamp());
    }

    /// <summary>Who may read the room is to be asked anew. Call it after the commit that changed its door, and before looking who is in.</summary>
    public void ForgetReaders(Guid roomId)
    {
        if (_streams.TryGetValue(roomId, out var stream))
            stream.Readers.ForgetAll();
    }

    public void Changed(IReadOnlyList<Change> batch)
    {
        using var turn = StompTurn.Begin(); // each socket is written once for the whole batch
        foreach (var change in batch)
        {
            if (_streams.TryGetValue(change.Message.RoomId, out var stream))
                stream.Publish(change);
        }
    }

    public void Renamed(Guid userId, string? nickname)
    {
        foreach (var (_, stream) in _streams)
            stream.Renamed(userId, nickname);
    }

    /// <summary>From here on the room's changes are kept for this watcher, until it goes live or ends.</summary>
    public RoomStream Enter(Guid roomId, Watcher watcher)
    {
        RoomStream stream;
        while (!(stream = _streams.GetOrAdd(roomId, static (id, all) => new RoomStream(id, all._memory, all._metrics), this)).TryAdd(watcher))
            _streams.TryRemove(new(roomId, stream));
        watcher.Subscription.OnEnded(_ =>
        {
            stream.Remove(watcher, _clock.GetTimestamp());
            MarkHere(roomId, stream);
        });
        return stream;
    }

    public void MarkHere(Guid roomId, RoomStream stream) => _hereMoved[roomId] = stream;

    /// <summary>Called once a second: tells how many are here where that has changed, and forgets rooms that nobody watches.</summary>
    public void Pulse()
    {
        foreach (var (roomId, stream) in _hereMoved)
        {
            _hereMoved.TryRemove(new(roomId, stream));
            if (stream.Here is var here && here == stream.LastHereTold)
                continue;
            stream.LastHereTold = here;
            Publish(new HereEvent(here) { RoomId = roomId });
            PeopleMoved?.Invoke(roomId);
        }
        var before = _clock.GetTimestamp() - (long)(KeptUnwatched.TotalSeconds * _clock.TimestampFrequency);
        foreach (var (roomId, stream) in _streams)
        {
            if (stream.TryClose(before))
                _streams.TryRemove(new(roomId, stream));
        }
    }
}
