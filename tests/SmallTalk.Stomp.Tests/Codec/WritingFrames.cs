using System.Buffers;
using System.Text;
using CsCheck;

namespace SmallTalk.Stomp.Tests;

public class WritingFrames
{
    [Fact]
    public void Values_are_escaped_as_the_plain_loop_escapes_them() =>
        Gen.Select(Gen.OneOf(StompVersion.None, StompVersion.V10, StompVersion.V11, StompVersion.V12),
            Gen.OneOf(Gen.Byte, Gen.OneOf((byte)'\n', (byte)'\r', (byte)':', (byte)'\\')).Array[0, 100]).Sample((version, value) =>
            {
                var (fast, plain) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());

                HeaderEscaping.Write(fast, version, value);
                PlainEscaping.Write(plain, version, value);

                Assert.Equal(plain.WrittenSpan, fast.WrittenSpan);
            }, iter: 5_000);

    /// <summary>What goes out for every message must not make garbage for every message. Names and values may be strings, too.</summary>
    [Fact]
    public void Encoding_into_a_buffer_that_is_there_allocates_nothing()
    {
        var output = new ArrayBufferWriter<byte>(200 * 1024);
        var body = Encoding.UTF8.GetBytes("""{"type":"message","text":"내일 저녁 일곱 시에 봐요!"}""");
        var large = new byte[64 * 1024];

        Assert.Equal(0, LeastAllocatedBy(() =>
        {
            for (var version = StompVersion.V10; version <= StompVersion.V12; version++)
            {
                Write(version, body, headers: 0);
                Write(version, large, headers: 0);
                Write(version, body, headers: 20);
            }
        }));

        void Write(StompVersion version, byte[] bytes, int headers)
        {
            output.ResetWrittenCount();
            var writer = new StompFrameWriter(output, version, StompCommand.Message);
            writer.Header("subscription"u8, "a:b"u8);
            writer.Header("destination"u8, "/topic/rooms/7");
            writer.Header("seq"u8, 1041);
            writer.Header("글", "a string\nthat has to be escaped, " + "longer than the others");
            for (var i = 0; i < headers; i++)
                writer.Header("x-header", "한글 값");
            writer.Body(bytes);
            Assert.True(output.WrittenCount > bytes.Length);
        }
    }

    [Fact]
    public void Decoding_frames_of_any_size_allocates_nothing()
    {
        var reader = new StompFrameReader(new StompLimits(MaxFrameBytes: 128 * 1024)) { Version = StompVersion.V12 };
        var (small, large) = (Encode(100, 0), Encode(64 * 1024, 0));
        var many = Encode(100, 20);

        Assert.Equal(0, LeastAllocatedBy(() =>
        {
            Read(small);
            Read(large);
            Read(many);
        }));

        void Read(byte[] bytes)
        {
            var sequence = new ReadOnlySequence<byte>(bytes);
            Assert.True(reader.Read(ref sequence, out var frame) == StompReadStatus.Frame);
            Assert.True(frame!.TryGetHeader("content-type"u8, out var type) && type.Length == 10);
        }

        static byte[] Encode(int body, int headers)
        {
            var output = new ArrayBufferWriter<byte>();
            var writer = new StompFrameWriter(output, StompVersion.V12, StompCommand.Send);
            writer.Header("destination"u8, "/topic/rooms/7");
            writer.Header("receipt"u8, 1041);
            for (var i = 0; i < headers; i++)
                writer.Header($"x-{i}", "value");
            writer.Header("content-type"u8, "text/plain");
            writer.Body(new byte[body]);
            return output.WrittenSpan.ToArray();
        }
    }

    /// <summary>The least of several runs: what the runtime allocates once, for itself, doesn't count.</summary>
    static long LeastAllocatedBy(Action action) => Enumerable.Range(0, 5).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++)
            action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
