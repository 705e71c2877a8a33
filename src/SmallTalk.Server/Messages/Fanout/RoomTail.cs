using System.Runtime.InteropServices;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>How much the tails of all watched rooms hold together. Beyond its bound each keeps only the very newest.</summary>
sealed class TailMemory
{
    const long MostBytes = 64 * 1024 * 1024;

    long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    public bool IsScarce => Bytes > MostBytes;

    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);
}

/// <summary>The newest changes of one room: all that happened after <see cref="Floor"/> up to <see cref="Version"/>. A message that
/// changed again is kept in its newest state only, so that no deleted text comes back. Guarded by its <see cref="RoomStream"/>.
/// <para>Bodies are copied into blocks that are used again and again: kept as objects, every message of every busy room would live
/// just long enough for the collector to move it twice. A frame is made when somebody has missed it, and then shared.</para></summary>
sealed class RoomTail(string destination, TailMemory memory, long version)
{
    const int Bytes = 64 * 1024;
    const int ScarceBytes = 4 * 1024;
    const int MostBytes = 512 * 1024;
    const int LargeBlock = 16 * 1024;
    const int SmallBlock = 1024;

    readonly List<Entry> _entries = [];
    readonly HashSet<long> _forgotten = [];
    int _first; // of _entries; what is before it is dropped
    int _bytes;
    byte[] _block = [];
    int _used; // of _block
    byte[]? _spare;

    /// <summary>A change as it comes from the store.</summary>
    public readonly record struct Kept(long Version, long Seq, Guid Sender, StompMessage Frame);

    record struct Entry(long Version, long Seq, Guid Sender, ArraySegment<byte> Body, StompMessage? Frame);

    /// <summary>What happened up to here is in the store alone.</summary>
    public long Floor { get; private set; } = version;

    public long Version { get; private set; } = version;

    Span<Entry> Entries => CollectionsMarshal.AsSpan(_entries)[_first..];

    public void Append(long version, long seq, Guid sender, bool isNewMessage, ReadOnlyMemory<byte> body)
    {
        if (!isNewMessage)
            Forget(seq);
        _entries.Add(new Entry(version, seq, sender, Copy(body.Span), null));
        Count(body.Length);
        Version = version;
        // Two at a time: what was read for a crowd that comes back stays while it comes.
        var bytes = memory.IsScarce ? ScarceBytes : Bytes;
        for (var dropped = 0; _bytes > bytes && (dropped < 2 || _bytes > MostBytes || memory.IsScarce); dropped++)
            DropFirst();
    }

    /// <summary>Up to there everything is in it: the last of these versions were of messages that have changed again since.</summary>
    public void Reach(long version) => Version = Math.Max(Version, version);

    /// <summary>Extends the tail into the past by what the store had between <paramref name="floor"/> and <see cref="Floor"/>.</summary>
    public void Prepend(long floor, IEnumerable<Kept> older)
    {
        var present = new HashSet<long>();
        foreach (ref var entry in Entries)
            present.Add(entry.Seq);
        var missing = older.Where(kept => kept.Version <= Floor && !present.Contains(kept.Seq)).OrderBy(kept => kept.Version)
            .Select(kept => new Entry(kept.Version, kept.Seq, kept.Sender, kept.Frame.Body.ToArray(), kept.Frame)).ToList();
        _entries.RemoveRange(0, _first);
        _first = 0;
        _entries.InsertRange(0, missing);
        Count(missing.Sum(entry => entry.Body.Count));
        Floor = floor;
        while (_bytes > MostBytes)
            DropFirst();
    }

    /// <summary>The changes that somebody missed who has everything up to <paramref name="version"/>.</summary>
    public List<StompMessage> After(long version)
    {
        var entries = Entries;
        var first = entries.Length;
        while (first > 0 && entries[first - 1].Version > version)
            first--;
        var missed = new List<StompMessage>(entries.Length - first);
        foreach (ref var entry in entries[first..])
            missed.Add(entry.Frame ??= LiveJson.Frame(destination, entry.Body.ToArray()));
        return missed;
    }

    /// <summary>Without those that are out of date: an old state would bring back what was deleted since.</summary>
    public List<StompMessage> StillTrue(IReadOnlyList<Kept> older)
    {
        var newer = new HashSet<long>(_forgotten);
        foreach (ref var entry in Entries)
            newer.Add(entry.Seq);
        return [.. older.Where(kept => !newer.Contains(kept.Seq)).Select(kept => kept.Frame)];
    }

    public bool HasFrom(Guid sender)
    {
        foreach (ref var entry in Entries)
        {
            if (entry.Sender == sender)
                return true;
        }
        return false;
    }

    /// <summary>The same tail with nothing in it: all of it is to be read from the store.</summary>
    public RoomTail Emptied()
    {
        var tail = new RoomTail(destination, memory, Version);
        foreach (ref var entry in Entries)
            tail._forgotten.Add(entry.Seq);
        Release();
        return tail;
    }

    /// <summary>Nobody needs it any more.</summary>
    public void Release() => Count(-_bytes);

    void Forget(long seq)
    {
        for (var i = _entries.Count - 1; i >= _first; i--)
        {
            if (_entries[i].Seq != seq)
                continue;
            Count(-_entries[i].Body.Count);
            _entries.RemoveAt(i);
            return;
        }
    }

    void DropFirst()
    {
        var dropped = _entries[_first];
        _entries[_first++] = default;
        Floor = dropped.Version;
        Count(-dropped.Body.Count);
        if (_first == _entries.Count || dropped.Body.Array != _entries[_first].Body.Array)
            Reuse(dropped.Body.Array!);
        if (_first >= 32 && _first * 2 >= _entries.Count)
        {
            _entries.RemoveRange(0, _first);
            _first = 0;
        }
    }

    ArraySegment<byte> Copy(ReadOnlySpan<byte> body)
    {
        if (_block.Length - _used < body.Length)
        {
            var fitting = Math.Max(Math.Clamp(_bytes, SmallBlock, LargeBlock), body.Length); // a quiet room takes little
            (_block, _spare) = _spare?.Length >= fitting ? (_spare, null) : (new byte[fitting], _spare);
            _used = 0;
        }
        var copy = new ArraySegment<byte>(_block, _used, body.Length);
        body.CopyTo(copy);
        _used += body.Length;
        return copy;
    }

    /// <summary>Nothing that is kept is in this block: blocks are filled in the order of the entries.</summary>
    void Reuse(byte[] block)
    {
        if (block.Length == LargeBlock && block != _block)
            _spare = block;
    }

    void Count(int bytes)
    {
        _bytes += bytes;
        memory.Add(bytes);
    }
}
