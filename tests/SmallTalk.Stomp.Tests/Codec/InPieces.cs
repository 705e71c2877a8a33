using System.Buffers;
using System.Text;

namespace SmallTalk.Stomp.Tests;

/// <summary>Reads a recording as <see cref="PlainReader"/> does, with the real reader, the bytes arriving in pieces and lying in
/// segments. Whatever they are, it holds the reader to three things: a frame takes something away, a wait is for less than a
/// frame may have, a refusal has a name and stays.</summary>
static class InPieces
{
    public static List<string> Read(StompVersion version, StompLimits limits, byte[] bytes, int[] cuts, int segmentLength)
    {
        var reader = new StompFrameReader(limits) { Version = version };
        var result = new List<string>();
        var (consumed, arrived, cut) = (0, 0, 0);
        while (true)
        {
            var sequence = Segmented(bytes.AsMemory(consumed, arrived - consumed), segmentLength);
            var before = sequence.Length;
            var status = reader.Read(ref sequence, out var frame);
            consumed += (int)(before - sequence.Length);
            switch (status)
            {
                case StompReadStatus.Frame:
                    Hold(sequence.Length < before, "a frame was read out of nothing");
                    result.Add(Describe(frame!));
                    continue;
                case StompReadStatus.Refused:
                    Hold(reader.Fault is { Message.Length: > 0 }, "a refusal without a name");
                    var more = new ReadOnlySequence<byte>("\nSEND\n\n\0"u8.ToArray());
                    Hold(reader.Read(ref more, out _) == StompReadStatus.Refused, "something was read after a refusal");
                    return [.. result, "refused"];
            }

            Hold(sequence.Length < limits.MaxFrameBytes, "more is wanted than a frame may have");
            if (arrived == bytes.Length)
                return consumed < bytes.Length ? [.. result, "…"] : result;
            arrived = Math.Min(bytes.Length, arrived + cuts[cut++ % cuts.Length]);
        }
    }

    static string Describe(StompFrame frame) => PlainReader.Describe(
        frame.Command,
        Enumerable.Range(0, frame.HeaderCount).Select(i => (Encoding.Latin1.GetString(frame.HeaderName(i)), Encoding.Latin1.GetString(frame.HeaderValue(i)))),
        frame.Body.ToArray());

    static ReadOnlySequence<byte> Segmented(ReadOnlyMemory<byte> bytes, int length)
    {
        if (bytes.Length <= length)
            return new ReadOnlySequence<byte>(bytes.ToArray()); // fresh memory: nothing may be kept from the last call
        var first = new Segment(bytes[..length].ToArray(), 0);
        var last = first;
        for (var at = length; at < bytes.Length; at += length)
            last = last.Append(bytes.Slice(at, Math.Min(length, bytes.Length - at)).ToArray());
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    static void Hold(bool isKept, string otherwise)
    {
        if (!isKept)
            throw new InvalidOperationException(otherwise);
    }

    sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
