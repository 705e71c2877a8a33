using CsCheck;

namespace SmallTalk.Stomp.Tests;

/// <summary>Any octets, cut anywhere, are heard as the plain oracle hears them.</summary>
public class ReadingWebSockets
{
    static readonly Gen<byte[]> Payload = Gen.OneOf(
        Gen.OneOf("", "a", "안녕 👋", "SEND\n\nx\0", new string('y', 130)).Select(text => System.Text.Encoding.UTF8.GetBytes(text)),
        Gen.OneOf<byte[]>([0xC3], [0xA9], [0xF0, 0x9F], [0x91, 0x8B], [0xED, 0xA0], [3, 0xE8], [3, 0xED], [3]),
        Gen.Byte.Array[0, 200]);

    static readonly Gen<byte[]> Frame = Gen.Select(Gen.OneOf(0, 0, 1, 1, 1, 2, 2, 8, 9, 9, 10, 3), Payload, Gen.OneOf(true, true, false))
        .Select((opcode, payload, isFinal) => WirePeer.Encode(opcode, payload, isFinal || (opcode >= 8 && payload.Length > 3)));

    static readonly Gen<int[]> Cuts = Gen.Int[1, 30].Array[1, 20];

    [Fact]
    public void K11_K12_Any_frames_cut_anywhere_are_heard_as_the_oracle_hears_them() =>
        Gen.Select(Gen.OneOf(Frame, Frame, Frame, Gen.Byte.Array[0, 20]).Array[0, 8], Cuts).Sample((frames, cuts) => Compare([.. frames.SelectMany(frame => frame)], cuts), iter: 20_000);

    [Fact]
    public void What_is_sent_in_any_messages_and_pieces_arrives_whole()
    {
        var whole = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("SEND\ndestination:/a\n\n안녕 👋\0\n", 20)));
        Gen.Select(Gen.Int[1, 300].Array[1, 10], Gen.Bool.Array[1, 10], Cuts).Sample((sizes, ends, cuts) =>
        {
            var octets = new List<byte>();
            var (at, isInside) = (0, false);
            for (var i = 0; at < whole.Length; i++)
            {
                var length = Math.Min(sizes[i % sizes.Length], whole.Length - at);
                var isFinal = ends[i % ends.Length];
                octets.AddRange(WirePeer.Encode(isInside ? 0 : 2, whole.AsSpan(at, length), isFinal));
                (at, isInside) = (at + length, !isFinal);
            }

            Assert.Equal(whole, WebSocketInPieces.Read([.. octets], cuts).Payload);
        }, iter: 2_000);
    }

    static void Compare(byte[] octets, int[] cuts)
    {
        var expected = PlainWebSocket.Read(octets);
        Assert.Null(WebSocketInPieces.Difference(expected, WebSocketInPieces.Read(octets, cuts)));
        Assert.Null(WebSocketInPieces.Difference(expected, WebSocketInPieces.Read(octets, [octets.Length + 1])));
    }
}
