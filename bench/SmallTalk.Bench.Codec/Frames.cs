using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using SmallTalk.Stomp;

namespace SmallTalk.Bench.Codec;

public enum FrameKind
{
    /// <summary>A message of a room with its JSON body, about 260 bytes.</summary>
    Chat,

    /// <summary>The same with a body of 64 KiB.</summary>
    Large,

    /// <summary>The chat frame with fifteen headers of the application's, twenty in all.</summary>
    TwentyHeaders,
}

/// <summary>One frame into a buffer that is there, and one frame out of bytes that have arrived.</summary>
public class Frames
{
    static readonly byte[][] OwnNames = [.. Enumerable.Range(0, 15).Select(i => Encoding.UTF8.GetBytes($"x-header-{i}"))];

    readonly ArrayBufferWriter<byte> _output = new(128 * 1024);
    readonly StompFrameReader _reader = new(new StompLimits(MaxFrameBytes: 128 * 1024)) { Version = StompVersion.V12 };
    byte[] _body = [];
    byte[] _frame = [];
    ReadOnlySequence<byte> _whole;
    ReadOnlySequence<byte> _inTwo;

    [ParamsAllValues]
    public FrameKind Kind { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        const string Text = """{"type":"message","roomId":"0199","seq":1041,"version":1077,"sender":"민지","text":"내일 저녁 일곱 시에 봐요!"}""";
        _body = Encoding.UTF8.GetBytes(Kind == FrameKind.Large ? new string('x', 64 * 1024) : Text);
        Encode();
        _frame = _output.WrittenSpan.ToArray();
        _whole = new ReadOnlySequence<byte>(_frame);
        _inTwo = Cut.InTwo(_frame, _frame.Length / 2);
        Console.WriteLine($"// {Kind}: {_frame.Length} bytes");
    }

    [Benchmark]
    public int Encode()
    {
        _output.ResetWrittenCount();
        var writer = new StompFrameWriter(_output, StompVersion.V12, StompCommand.Message);
        writer.Header("subscription"u8, "room"u8);
        writer.Header("destination"u8, "/topic/rooms/0199c2f4-6f0e-7cc1-9d57-1f2e3d4c5b6a"u8);
        writer.Header("message-id"u8, "5f3a91c2-1041"u8);
        writer.Header("content-type"u8, "application/json"u8);
        if (Kind == FrameKind.TwentyHeaders)
        {
            foreach (var name in OwnNames)
                writer.Header(name, "a value that is neither long nor short"u8);
        }

        writer.Body(_body);
        return _output.WrittenCount;
    }

    /// <summary>All its bytes in one piece, as they nearly always are.</summary>
    [Benchmark]
    public int Decode() => Read(_whole);

    /// <summary>Its bytes in two pieces, which have to be joined.</summary>
    [Benchmark]
    public int DecodeInTwo() => Read(_inTwo);

    int Read(ReadOnlySequence<byte> bytes)
    {
        if (_reader.Read(ref bytes, out var frame) != StompReadStatus.Frame || !frame!.TryGetHeader("destination"u8, out var destination))
            throw new InvalidOperationException("The frame was not read.");
        return destination.Length + frame.Body.Length;
    }

    sealed class Cut : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> InTwo(byte[] bytes, int at)
        {
            var second = new Cut { Memory = bytes.AsMemory(at), RunningIndex = at };
            return new ReadOnlySequence<byte>(new Cut { Memory = bytes.AsMemory(0, at), Next = second }, 0, second, bytes.Length - at);
        }
    }
}
