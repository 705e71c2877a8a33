using System.Collections.Concurrent;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Server.Rooms;
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

    readonly StreamRepair _repair;
    readonly Bus? _bus;
    readonly Nodes? _nodes;

    public RoomStreams(TimeProvider clock, FanoutMetrics metrics, StreamRepair repair, Bus? bus = null, Nodes? nodes = null)
    {
        (_clock, _metrics, _repair, _bus, _nodes) = (clock, metrics, repair, bus, nodes);
        metrics.Watch(() => _streams.Count, () => _memory.Bytes);
    }

    /// <summary>A room has more or fewer people, here or among its members.</summary>
    public Action<Guid>? PeopleMoved { get; set; }

    /// <summary>A person was taken out of a room.</summary>
    public Action<Guid, Guid>? TakenOut { get; set; }

    /// <summary>Another node has committed these changes of one room.</summary>
    public Action<IReadOnlyList<Change>>? ElsewhereChanged { get; set; }

    /// <summary>Who may read the room has changed on another node.</summary>
    public Action<Guid>? DoorMoved { get; set; }

    /// <summary>How many people have the room open now, on all nodes; somebody who has it open on two counts twice.</summary>
    public int Here(Guid roomId) => (_streams.TryGetValue(roomId, out var stream) ? stream.Here : 0) + (_nodes?.CountOf(roomId) ?? 0);

    /// <summary>Those that somebody watches here, or has just watched.</summary>
    public IEnumerable<RoomStream> All => _streams.Values;

    /// <summary>Who watches it, members or not: for ending those who lose the right to.</summary>
    public IReadOnlyList<Guid> PeopleIn(Guid roomId) => _streams.TryGetValue(roomId, out var stream) ? stream.People() : [];

    /// <summary>Tells all who watch the room now, on every node.</summary>
    public void Publish(RoomEvent about)
    {
        Tell(about.RoomId, () => RoomLetter.About(about));
        PublishHere(about);
    }

    void PublishHere(RoomEvent about)
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
        Tell(roomId, () => new RoomLetter { Ended = new RoomLetter.Ending(userId, why.Code) });
        EndHere(roomId, userId, why);
    }

    /// <summary>On this node alone.</summary>
    public void EndHere(Guid roomId, Guid userId, Refusal why)
    {
        TakenOut?.Invoke(roomId, userId);
        if (!_streams.TryGetValue(roomId, out var stream))
            return;
        stream.Readers.Forget(userId); // first: who comes from here on is not known, who came before is ended
        stream.End(watcher => watcher.UserId == userId, why, _clock.GetTimestamp());
    }

    public void EndAll(Guid roomId, Refusal why)
    {
        Tell(roomId, () => new RoomLetter { Ended = new RoomLetter.Ending(null, why.Code) });
        EndAllHere(roomId, why);
    }

    public void EndAllHere(Guid roomId, Refusal why)
    {
        if (!_streams.TryGetValue(roomId, out var stream))
            return;
        stream.Readers.ForgetAll();
        stream.End(_ => true, why, _clock.GetTimestamp());
    }

    /// <summary>Who may read the room is to be asked anew. Call it after the commit that changed its door, and before looking who is in.</summary>
    public void ForgetReaders(Guid roomId)
    {
        Tell(roomId, () => new RoomLetter { DoorMoved = true });
        ForgetReadersHere(roomId);
    }

    void ForgetReadersHere(Guid roomId)
    {
        if (_streams.TryGetValue(roomId, out var stream))
            stream.Readers.ForgetAll();
    }

    public void Changed(IReadOnlyList<Change> batch)
    {
        if (_bus is not null)
        {
            foreach (var ofRoom in batch.GroupBy(change => change.Message.RoomId))
                Tell(ofRoom.Key, () => new RoomLetter { Changes = [.. ofRoom] });
        }
        ChangedHere(batch);
    }

    /// <summary>Changes that this node or another has committed.</summary>
    public void ChangedHere(IReadOnlyList<Change> batch)
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
        while (!(stream = _streams.GetOrAdd(roomId, static (id, all) => all.Open(id), this)).TryAdd(watcher, Listen))
            _streams.TryRemove(new(roomId, stream));
        watcher.Subscription.OnEnded(_ =>
        {
            stream.Remove(watcher, _clock.GetTimestamp());
            MarkHere(roomId, stream);
        });
        return stream;
    }

    public void MarkHere(Guid roomId, RoomStream stream) => _hereMoved[roomId] = stream;

    /// <summary>More or fewer people have it open on other nodes.</summary>
    public void MarkHere(Guid roomId)
    {
        if (_streams.TryGetValue(roomId, out var stream))
            MarkHere(roomId, stream);
    }

    /// <summary>Called once a second: tells how many are here where that has changed, and forgets rooms that nobody watches.</summary>
    public void Pulse()
    {
        foreach (var (roomId, stream) in _hereMoved)
        {
            _hereMoved.TryRemove(new(roomId, stream));
            _nodes?.Share(roomId, stream.Here);
            if (Here(roomId) is var here && here == stream.LastHereTold)
                continue;
            stream.LastHereTold = here;
            PublishHere(new HereEvent(here) { RoomId = roomId });
            PeopleMoved?.Invoke(roomId);
        }
        var before = _clock.GetTimestamp() - (long)(KeptUnwatched.TotalSeconds * _clock.TimestampFrequency);
        foreach (var (roomId, stream) in _streams)
        {
            if (stream.TryClose(before))
                _streams.TryRemove(new(roomId, stream));
        }
    }

    RoomStream Open(Guid roomId) => new(roomId, _memory, _metrics, _bus is null ? null : _repair.Begin);

    Bus.Ear? Listen(RoomStream stream) => _bus?.Listen(SubjectOf(stream.RoomId), letter => Hear(stream.RoomId, Letters.Read<RoomLetter>(letter)));

    public static string SubjectOf(Guid roomId) => $"room.{roomId}";

    void Tell(Guid roomId, Func<RoomLetter> letter) => _bus?.Tell(SubjectOf(roomId), Letters.Write(letter()));

    void Hear(Guid roomId, RoomLetter letter)
    {
        if (letter.Changes is { } changes)
            ElsewhereChanged?.Invoke(changes);
        else if (letter.Event is { } about)
            PublishHere(about);
        else if (letter.Ended is { } ended)
            Hear(roomId, ended);
        else if (letter.DoorMoved)
        {
            ForgetReadersHere(roomId);
            DoorMoved?.Invoke(roomId);
        }
    }

    void Hear(Guid roomId, RoomLetter.Ending ended)
    {
        var why = Array.Find([MemberRefusals.YouLeft, MemberRefusals.Kicked, RoomRefusals.RoomDeleted], refusal => refusal.Code == ended.Why)
            ?? MemberRefusals.NotAMember;
        if (ended.UserId is { } userId)
            EndHere(roomId, userId, why);
        else
            EndAllHere(roomId, why);
    }
}
