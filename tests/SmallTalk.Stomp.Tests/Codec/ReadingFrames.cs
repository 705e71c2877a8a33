using System.Buffers;
using System.Text;
using CsCheck;

namespace SmallTalk.Stomp.Tests;

/// <summary>Any bytes, cut anywhere, read as the plain oracle reads them; what is written reads back.</summary>
public class ReadingFrames
{
    static readonly StompLimits Small = new(MaxFrameBytes: 120, MaxHeaders: 4);

    static readonly Gen<StompVersion> Version = Gen.OneOf(StompVersion.None, StompVersion.V10, StompVersion.V11, StompVersion.V12);

    /// <summary>Pieces that make frames, nearly frames, and the places where they go wrong.</summary>
    static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Gen.OneOf(
            "SEND\n", "SEND\r\n", "CONNECT\n", "ERROR\n", "ACK\n", "MESSAGE\n", "SUBSCRIBE\r\n", "send\n", "UNSUBSCRIBED", "\n", "\r\n", "\r", "\0",
            "\n\n", "\n\0", "\n\nbody\0", "a:b\n", "a: b \n", "한글:값\n", "a:\\n\\c\\\\\n", "a:\\r\n", "a:\\t\n", "a:\\", "a\n", ":a\n", "a\\cb:c\n",
            "content-length:5\n", "content-length:05\n", "content-length:4\n", "content-length:0\n", "content-length:-1\n", "content-length: 5\n",
            "content-length:99999999999999999999\n", "content-length:110\n", "\nab\0de\0", "\nabcde\0", "a:b\r\n", "a:b\rc\n", "\uFEFF")
            .Select(text => Encoding.UTF8.GetBytes(text)),
        Gen.Byte.Array[0, 6]);

    static readonly Gen<byte[]> Recording = Bytes.Array[0, 14].Select(pieces => pieces.SelectMany(piece => piece).ToArray());

    [Fact]
    public void Any_bytes_cut_anywhere_read_as_the_oracle_reads_them() =>
        Gen.Select(Version, Recording, Gen.Int[1, 20].Array[1, 40], Gen.Int[1, 7]).Sample((version, bytes, cuts, segment) =>
        {
            var expected = new PlainReader(version, Small).Read(bytes);

            Assert.Equal(expected, InPieces.Read(version, Small, bytes, cuts, segment));
            Assert.Equal(expected, InPieces.Read(version, Small, bytes, [bytes.Length + 1], bytes.Length + 1));
        }, iter: 40_000);

    /// <summary>Frames as they are written, then damaged: octets changed, left out, repeated, moved. This comes nearer to the edges of
    /// the grammar than pieces put together at random.</summary>
    [Fact]
    public void Damaged_frames_cut_anywhere_read_as_the_oracle_reads_them()
    {
        var command = Gen.OneOf(StompCommand.Send, StompCommand.Message, StompCommand.Error, StompCommand.Ack, StompCommand.Connect, StompCommand.Subscribe);
        var headers = Gen.Select(Gen.OneOf("destination", "id", "content-length", "a:b", "한글"), Gen.OneOf("/topic/a", "5", "a:b\\c\n", "값", "")).Array[0, 4];
        var damage = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 200], Gen.Int[1, 8], Gen.Byte);
        Gen.Select(Version, Gen.Select(command, headers, Gen.Byte.Array[0, 20]).Array[1, 3], damage.Array[0, 4], Gen.Int[1, 20].Array[1, 20], Gen.Int[1, 7]).Sample(
            (version, frames, damages, cuts, segment) =>
            {
                var output = new ArrayBufferWriter<byte>();
                foreach (var (kind, lines, body) in frames)
                {
                    var writer = new StompFrameWriter(output, version == StompVersion.None ? StompVersion.V12 : version, kind);
                    foreach (var (name, value) in lines)
                        writer.Header(name, value);
                    writer.Body(StompCommands.MayHaveBody(kind) ? body : []);
                }

                var bytes = damages.Aggregate(output.WrittenSpan.ToArray(), Damage);

                var expected = new PlainReader(version, Small).Read(bytes);
                Assert.Equal(expected, InPieces.Read(version, Small, bytes, cuts, segment));
                Assert.Equal(expected, InPieces.Read(version, Small, bytes, [bytes.Length + 1], bytes.Length + 1));
            }, iter: 20_000);

        static byte[] Damage(byte[] bytes, (int How, int At, int Length, byte Octet) damage)
        {
            var at = Math.Min(damage.At, bytes.Length);
            var end = Math.Min(at + damage.Length, bytes.Length);
            return damage.How switch
            {
                0 => [.. bytes[..at], damage.Octet, .. bytes[Math.Min(at + 1, bytes.Length)..]],
                1 => [.. bytes[..at], .. bytes[end..]],
                2 => [.. bytes[..end], .. bytes[at..]],
                _ => [.. bytes[end..], .. bytes[at..end], .. bytes[..at]],
            };
        }
    }

    [Fact]
    public void S10_01_K12_Frames_read_the_same_octet_by_octet_and_all_at_once()
    {
        var bytes = Encoding.UTF8.GetBytes("\n\nSEND\na:1\n\nx\0\n\nSEND\ncontent-length:3\n\n\0\n\0\0" + new string('\n', 50) + "ACK\nid:7\n\n\0");

        var atOnce = InPieces.Read(StompVersion.V12, Small, bytes, [bytes.Length], bytes.Length);

        Assert.Equal(["Send(a=1)[78]", "Send(content-length=3)[000A00]", "Ack(id=7)[]"], atOnce);
        Assert.Equal(atOnce, InPieces.Read(StompVersion.V12, Small, bytes, [1], 1));
    }

    [Fact]
    public void Whatever_is_written_reads_back()
    {
        var text = Gen.String[Gen.OneOf(Gen.Char["abc:\\\r\n 한글é"], Gen.Char['a', 'z']), 0, 12];
        Gen.Select(Gen.OneOf(StompVersion.V10, StompVersion.V11, StompVersion.V12),
                Gen.OneOf(StompCommand.Send, StompCommand.Message, StompCommand.Error),
                Gen.Select(text, text).Array[0, 6], Gen.Byte.Array[0, 60], Gen.Int[1, 9].Array[1, 10])
            .Sample((version, command, headers, body, cuts) =>
            {
                var output = new ArrayBufferWriter<byte>();
                var writer = new StompFrameWriter(output, version, command);
                var written = new List<(string, string)>();
                foreach (var (name, value) in headers)
                {
                    // content-length is the writer's own.
                    if (name != "content-length" && writer.Header(name, value))
                        written.Add((name, value));
                }

                writer.Body(body);
                if (body.Length > 0)
                    written.Add(("content-length", body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)));

                // 1.0 trims values (AMB-28): the blanks at their ends are the one thing that it can't carry.
                var expected = PlainReader.Describe(command,
                    written.Select(h => version == StompVersion.V10 ? (Latin(h.Item1), Latin(h.Item2).Trim(' ')) : (Latin(h.Item1), Latin(h.Item2))), body);
                Assert.Equal([expected], InPieces.Read(version, new StompLimits(), output.WrittenSpan.ToArray(), cuts, 5));
            }, iter: 10_000);

        static string Latin(string value) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value));
    }

    [Fact]
    public void AMB_16_What_1_0_cannot_say_is_left_out_and_never_written_raw()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new StompFrameWriter(output, StompVersion.V10, StompCommand.Message);

        Assert.False(writer.Header("x", "a\nevil:1"));
        Assert.False(writer.Header("x\ny", "a"));
        Assert.False(writer.Header("x:y", "a"));
        Assert.False(writer.Header("x", "a\r"));
        Assert.True(writer.Header("x", "a:b"));
        writer.End();

        Assert.Equal("MESSAGE\nx:a:b\n\n\0", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void K17_An_endless_frame_is_refused_when_it_passes_the_limit_not_when_it_ends()
    {
        foreach (var (start, octet) in new[] { ("SEND\nx:", 'a'), ("SEND\n\n", 'a'), ("SEND\nx:", '\\') })
        {
            var reader = new StompFrameReader(new StompLimits(MaxFrameBytes: 1000)) { Version = StompVersion.V12 };
            var bytes = new List<byte>(Encoding.ASCII.GetBytes(start));
            StompReadStatus status;
            do
            {
                bytes.Add((byte)octet);
                var sequence = new ReadOnlySequence<byte>(bytes.ToArray());
                status = reader.Read(ref sequence, out _);
            }
            while (status == StompReadStatus.NeedMore && bytes.Count < 2000);

            Assert.Equal((StompReadStatus.Refused, 1000), (status, bytes.Count));
            Assert.Equal(StompFaultKind.TooLarge, reader.Fault!.Kind);
        }
    }

    [Theory]
    [InlineData("HELLO\n\n\0", "line 1: 'HELLO' is not a command")]
    [InlineData("SENDSENDSENDSEND", "line 1: 'SENDSENDSEND' is not a command")]
    [InlineData("SEND\na:b\nnocolon\n\n\0", "line 3: a header without a colon")]
    [InlineData("SEND\n:b\n\n\0", "line 2: a header without a name")]
    [InlineData("SEND\nfoo:a\\tb\n\n\0", "line 2: header 'foo' has the undefined escape '\\t'")]
    [InlineData("SEND\nfoo:a\\\n\n\0", "line 2: header 'foo' has the undefined escape '\\'")]
    [InlineData("SEND\nfoo:a\rb\n\n\0", "line 2: header 'foo' has a CR that no LF follows")]
    [InlineData("SEND\ncontent-length:2\n\nabc\0", "no NUL after 2 bytes: content-length and body differ")]
    [InlineData("SEND\ncontent-length:+2\n\nabc\0", "line 2: content-length '+2' is not a number of bytes")]
    [InlineData("SEND\ncontent-length:2\ncontent-length:3\n\nabc\0", "line 3: a second content-length that differs from the first")]
    [InlineData("SUBSCRIBE\nid:1\n\nbody\0", "a SUBSCRIBE frame must not have a body")]
    [InlineData("SEND\na:b\0", "line 2: a NUL before the blank line that ends the headers")]
    [InlineData("\0SEND\n\n\0", "a NUL stands where a command should begin")]
    public void A_refusal_names_what_was_wrong_and_where(string frame, string message)
    {
        var reader = new StompFrameReader(new StompLimits()) { Version = StompVersion.V12 };
        var sequence = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(frame));

        Assert.Equal(StompReadStatus.Refused, reader.Read(ref sequence, out _));

        Assert.Equal(message, reader.Fault!.Message);
    }

    [Fact]
    public void A_frame_whose_headers_are_the_usual_ones_is_read_without_an_allocation()
    {
        var bytes = Encoding.UTF8.GetBytes("SEND\ndestination:/app/rooms/1/messages\nreceipt:12\ncontent-type:application/json\ncontent-length:15\n\n{\"text\":\"hallo\"}\0");
        bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("content-length:15", "content-length:16", StringComparison.Ordinal));
        var reader = new StompFrameReader(new StompLimits()) { Version = StompVersion.V12 };
        Assert.Equal(100, ReadTimes(100)); // compiled, grown

        // The least of some runs: the runtime itself may allocate on this thread, a frame may not.
        var least = Enumerable.Range(0, 5).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var isRead = ReadTimes(1000) == 1000;
            return isRead ? GC.GetAllocatedBytesForCurrentThread() - before : long.MaxValue;
        });
        Assert.Equal(0, least);

        int ReadTimes(int times)
        {
            var found = 0;
            for (var i = 0; i < times; i++)
            {
                var sequence = new ReadOnlySequence<byte>(bytes);
                if (reader.Read(ref sequence, out var frame) == StompReadStatus.Frame && frame!.TryGetHeader("destination"u8, out _)
                    && frame.TryGetHeader("receipt"u8, out _) && frame.Body.Length == 16)
                    found++;
            }

            return found;
        }
    }
}
