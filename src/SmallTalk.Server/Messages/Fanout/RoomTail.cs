using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>The newest changes of one room, as finished frames: all that happened after <see cref="Floor"/> up to
/// <see cref="Version"/>. A message that changed again is kept in its newest state only, so that no deleted text comes back.
/// Guarded by its <see cref="RoomStream"/>.</summary>
sealed class RoomTail(long version)
{
    const int MaxChanges = 512;
    const int MaxBytes = 256 * 1024;

    readonly LinkedList<Kept> _changes = [];
    readonly HashSet<long> _forgotten = [];
    int _bytes;

    public readonly record struct Kept(long Version, long Seq, Guid Sender, StompMessage Frame);

    /// <summary>What happened up to here is in the store alone.</summary>
    public long Floor { get; private set; } = version;

    public long Version { get; private set; } = version;

    public void Append(long version, long seq, Guid sender, bool isNewMessage, StompMessage frame)
    {
        if (!isNewMessage)
            Forget(seq);
        _changes.AddLast(new Kept(version, seq, sender, frame));
        _bytes += frame.Body.Length;
        Version = version;
        while (_changes.Count > MaxChanges || _bytes > MaxBytes)
            DropFirst();
    }

    /// <summary>Extends the tail into the past by what the store had between <paramref name="floor"/> and <see cref="Floor"/>.</summary>
    public void Prepend(long floor, IEnumerable<Kept> older)
    {
        var present = _changes.Select(kept => kept.Seq).ToHashSet();
        foreach (var kept in older.Where(kept => kept.Version <= Floor && !present.Contains(kept.Seq)).OrderByDescending(kept => kept.Version))
        {
            _changes.AddFirst(kept);
            _bytes += kept.Frame.Body.Length;
        }
        Floor = floor;
        while (_bytes > 2 * MaxBytes)
            DropFirst();
    }

    /// <summary>The changes that somebody missed who has everything up to <paramref name="version"/>.</summary>
    public IEnumerable<StompMessage> After(long version)
    {
        var first = _changes.Last;
        while (first is not null && first.Value.Version > version)
            first = first.Previous;
        for (var kept = first is null ? _changes.First : first.Next; kept is not null; kept = kept.Next)
            yield return kept.Value.Frame;
    }

    /// <summary>Without those that are out of date: an old state would bring back what was deleted since.</summary>
    public List<StompMessage> StillTrue(IReadOnlyList<Kept> older)
    {
        var newer = _changes.Select(kept => kept.Seq).Concat(_forgotten).ToHashSet();
        return [.. older.Where(kept => !newer.Contains(kept.Seq)).Select(kept => kept.Frame)];
    }

    public bool HasFrom(Guid sender) => _changes.Any(kept => kept.Sender == sender);

    /// <summary>The same tail with nothing in it: all of it is to be read from the store.</summary>
    public RoomTail Emptied()
    {
        var tail = new RoomTail(Version);
        tail._forgotten.UnionWith(_changes.Select(kept => kept.Seq));
        return tail;
    }

    void Forget(long seq)
    {
        for (var kept = _changes.Last; kept is not null; kept = kept.Previous)
        {
            if (kept.Value.Seq != seq)
                continue;
            _bytes -= kept.Value.Frame.Body.Length;
            _changes.Remove(kept);
            return;
        }
    }

    void DropFirst()
    {
        var first = _changes.First!;
        Floor = first.Value.Version;
        _bytes -= first.Value.Frame.Body.Length;
        _changes.Remove(first);
    }
}
