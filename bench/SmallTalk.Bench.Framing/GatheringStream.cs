namespace SmallTalk.Bench.Framing;

/// <summary>Between a WebSocket and its connection: holds what is written until it is told to write it all.</summary>
sealed class GatheringStream(Stream inner) : Stream
{
    byte[] _gathered = new byte[4096];
    int _length;

    public async ValueTask WriteGatheredAsync()
    {
        await inner.WriteAsync(_gathered.AsMemory(0, _length));
        _length = 0;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_gathered.Length - _length < buffer.Length)
            Array.Resize(ref _gathered, Math.Max(_gathered.Length * 2, _length + buffer.Length));
        buffer.Span.CopyTo(_gathered.AsSpan(_length));
        _length += buffer.Length;
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
