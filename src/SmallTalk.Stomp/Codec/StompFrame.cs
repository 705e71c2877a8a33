using System.Runtime.InteropServices;
using System.Text;

namespace SmallTalk.Stomp;

/// <summary>One frame as it was read: a view of its reader's bytes, so that nothing is copied. It is valid until the reader
/// reads on, for a handler: until it returns. What is to live longer must be copied, as strings and deserialised bodies are.</summary>
public sealed class StompFrame
{
    const int KeptHeaders = 32;
    const int KeptBytes = 1024;

    // A negative start means "in _unescaped": only headers with an escape are ever copied.
    [StructLayout(LayoutKind.Auto)]
    struct Slot
    {
        public int NameStart, NameLength, ValueStart, ValueLength;
    }

    Slot[] _slots = new Slot[8];
    ReadOnlyMemory<byte> _bytes;
    byte[] _unescaped = [];
    int _unescapedLength;

    internal StompFrame()
    {
    }

    /// <summary>The frame's command.</summary>
    public StompCommand Command { get; internal set; }

    /// <summary>The body; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; internal set; }

    /// <summary>How many header lines the frame has, repeated names included.</summary>
    public int HeaderCount { get; private set; }

    /// <summary>About what the frame costs to keep: its octets, as far as they were read.</summary>
    internal int ByteCount => Body.Length + (HeaderCount == 0 ? 0 : HeaderBytes());

    int HeaderBytes()
    {
        var bytes = 0;
        foreach (var slot in _slots.AsSpan(0, HeaderCount))
            bytes += slot.NameLength + slot.ValueLength + 2;
        return bytes;
    }

    /// <summary>The name of the header line <paramref name="index"/>, unescaped UTF-8.</summary>
    public ReadOnlySpan<byte> HeaderName(int index) => At(_slots.AsSpan(0, HeaderCount)[index].NameStart, _slots[index].NameLength);

    /// <summary>The value of the header line <paramref name="index"/>, unescaped UTF-8.</summary>
    public ReadOnlySpan<byte> HeaderValue(int index) => At(_slots.AsSpan(0, HeaderCount)[index].ValueStart, _slots[index].ValueLength);

    /// <summary>Finds a header; of repeated ones the first counts ("Repeated Header Entries").</summary>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var i = 0; i < HeaderCount; i++)
        {
            ref var slot = ref _slots[i];
            if (slot.NameLength == name.Length && At(slot.NameStart, slot.NameLength).SequenceEqual(name))
            {
                value = At(slot.ValueStart, slot.ValueLength);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The first value of a header as a string, or null.</summary>
    public string? GetHeader(ReadOnlySpan<byte> name) => TryGetHeader(name, out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>The first value of a header as a string, or null.</summary>
    public string? GetHeader(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return GetHeader(Encoding.UTF8.GetBytes(name));
    }

    internal void Reset()
    {
        // One large frame must not cost its connection memory for ever.
        if (_slots.Length > KeptHeaders)
            _slots = new Slot[8];
        if (_unescaped.Length > KeptBytes)
            _unescaped = [];
        Command = StompCommand.None;
        Body = default;
        HeaderCount = 0;
        _bytes = default;
        _unescapedLength = 0;
    }

    /// <summary>Positions are counted from the frame's start, so the bytes may move while the frame is still arriving.</summary>
    internal void SetBytes(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    internal void AddHeader(int nameStart, int nameLength, int valueStart, int valueLength)
    {
        if (HeaderCount == _slots.Length)
            Array.Resize(ref _slots, _slots.Length * 2);
        _slots[HeaderCount++] = new Slot
        {
            NameStart = nameStart,
            NameLength = nameLength,
            ValueStart = valueStart,
            ValueLength = valueLength,
        };
    }

    /// <returns>As <see cref="HeaderEscaping.Read"/>; <paramref name="start"/> is what <see cref="AddHeader"/> wants to know.</returns>
    internal int Unescape(StompVersion version, ReadOnlySpan<byte> escaped, out int start)
    {
        if (_unescaped.Length - _unescapedLength < escaped.Length)
            Array.Resize(ref _unescaped, Math.Max(_unescaped.Length * 2, _unescapedLength + escaped.Length));
        start = ~_unescapedLength;
        var length = HeaderEscaping.Read(version, escaped, _unescaped.AsSpan(_unescapedLength));
        if (length > 0)
            _unescapedLength += length;
        return length;
    }

    ReadOnlySpan<byte> At(int start, int length) =>
        start >= 0 ? _bytes.Span.Slice(start, length) : _unescaped.AsSpan(~start, length);
}
