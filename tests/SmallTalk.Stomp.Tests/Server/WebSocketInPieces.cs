namespace SmallTalk.Stomp.Tests;

/// <summary>Reads a recording as <see cref="PlainWebSocket"/> does, with the real <see cref="WebSocketInput"/>, the octets arriving in
/// pieces.</summary>
static class WebSocketInPieces
{
    public static WebSocketHeard Read(byte[] octets, int[] cuts)
    {
        var pongs = new List<byte[]>();
        var payload = new List<byte>();
        using var input = new WebSocketInput(new Pieces(octets, cuts), frame => pongs.Add(frame.ToArray()[2..]));
        while (true)
        {
            // The stream completes everything at once, so nothing is waited for here.
            var receipt = input.ReceiveAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            var arrived = input.Payload.FirstSpan;
            payload.AddRange(arrived);
            input.Consumed(arrived.Length);
            if (receipt != Reception.Data)
                return new WebSocketHeard([.. payload], [.. pongs], receipt.ToString(), receipt == Reception.EndOfStream ? 0 : input.CloseCode);
        }
    }

    /// <summary>Why the two differ, or null. Where the octets break a rule, how much of what came before was still handed on depends on the
    /// cuts; it is never anything else than what the oracle heard.</summary>
    public static string? Difference(WebSocketHeard expected, WebSocketHeard heard)
    {
        if ((expected.End, expected.Code) != (heard.End, heard.Code))
            return $"{expected.End} {expected.Code} was expected, {heard.End} {heard.Code} came";
        if (!expected.Pongs.Select(Convert.ToHexString).SequenceEqual(heard.Pongs.Select(Convert.ToHexString)))
            return "other pongs";
        var isSame = expected.End == "Violation"
            ? expected.Payload.AsSpan().StartsWith(heard.Payload)
            : expected.Payload.AsSpan().SequenceEqual(heard.Payload);
        return isSame ? null : $"{Convert.ToHexString(expected.Payload)} was expected, {Convert.ToHexString(heard.Payload)} came";
    }

    sealed class Pieces(byte[] octets, int[] cuts) : Stream
    {
        int _at;
        int _cut;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty)
                return new(0);
            var length = Math.Min(Math.Min(cuts[_cut++ % cuts.Length], buffer.Length), octets.Length - _at);
            octets.AsSpan(_at, length).CopyTo(buffer.Span);
            _at += length;
            return new(length);
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
