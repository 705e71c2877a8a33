using System.Buffers;
using System.Net.WebSockets;
using System.Text.Unicode;
using System.Threading.Channels;

namespace SmallTalk.Stomp;

/// <summary>The transport of a client: one loop that reads frames, one that is the WebSocket's only writer (K14), heart-beats and close
/// included. Whichever ends first ends the other.</summary>
sealed class ClientConnection(ClientWebSocket socket, StompClientOptions options, Action<StompFrame> onFrame, Action<StompClosure> onClosed)
    : IDisposable
{
    const int WaitingFrames = 256;

    static readonly byte[] HeartBeatOctet = [(byte)'\n'];

    readonly Channel<byte[]> _outbound = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(WaitingFrames) { SingleReader = true });
    readonly StompFrameReader _reader = new(new StompLimits(options.MaxFrameBytes, MaxHeaders: 1024));
    readonly CancellationTokenSource _end = new();
    readonly TimeProvider _clock = options.Clock;
    long _lastRead;
    int _sendEveryMs;
    int _receiveEveryMs;
    Exception? _fault;
    Task _running = Task.CompletedTask;

    /// <summary>Both loops; never faults.</summary>
    public Task Completion => _running;

    public void Start() => _running = RunAsync();

    /// <summary>CONNECTED has come: from now on its version and heart-beats hold.</summary>
    public void Agree(StompVersion version, HeartBeat server)
    {
        _reader.Version = version;
        if (version == StompVersion.V10)
            return;
        Volatile.Write(ref _sendEveryMs, HeartBeat.Interval((int)options.HeartBeatSend.TotalMilliseconds, server.ReceiveMilliseconds));
        Volatile.Write(ref _receiveEveryMs, HeartBeat.Interval(server.SendMilliseconds, (int)options.HeartBeatReceive.TotalMilliseconds));
        if (_sendEveryMs > 0)
            _outbound.Writer.TryWrite(HeartBeatOctet); // wakes the writer, which learns its interval
    }

    /// <summary>Waits for room in the queue, not for the network.</summary>
    /// <returns>False when the connection is over.</returns>
    public async ValueTask<bool> SendAsync(byte[] frame, CancellationToken ct)
    {
        try
        {
            await _outbound.Writer.WriteAsync(frame, ct);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    /// <summary>Sends when there is room at once; for what may be lost without harm.</summary>
    public void TrySend(byte[] frame) => _outbound.Writer.TryWrite(frame);

    /// <summary>What waits is still written, then the close frame.</summary>
    public void CompleteWriting() => _outbound.Writer.TryComplete();

    public void Abort(Exception? fault)
    {
        Interlocked.CompareExchange(ref _fault, fault, null);
        _outbound.Writer.TryComplete();
        _end.Cancel();
        socket.Abort();
    }

    public void Dispose()
    {
        _end.Dispose();
        socket.Dispose();
    }

    async Task RunAsync()
    {
        Volatile.Write(ref _lastRead, _clock.GetTimestamp());
        var writing = WriteAsync();
        var watching = WatchAsync();
        try
        {
            await ReadAsync();
        }
        catch (Exception e) // a callback of the application; whoever waits must hear of the end all the same
        {
            Abort(e);
        }

        _outbound.Writer.TryComplete();
        _end.CancelAfter(options.Timeout); // a write that is stuck
        await writing;
        await _end.CancelAsync();
        await watching;
        onClosed(new StompClosure(null, socket.CloseStatus, socket.CloseStatusDescription, _fault));
    }

    async Task ReadAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(8192);
        var (start, end) = (0, 0);
        try
        {
            while (true)
            {
                if (end == buffer.Length)
                {
                    var target = end - start > buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(buffer.Length * 2) : buffer;
                    buffer.AsSpan(start, end - start).CopyTo(target);
                    if (target != buffer)
                        ArrayPool<byte>.Shared.Return(buffer);
                    (buffer, start, end) = (target, 0, end - start);
                }

                var received = await socket.ReceiveAsync(buffer.AsMemory(end), _end.Token);
                Volatile.Write(ref _lastRead, _clock.GetTimestamp());
                if (received.MessageType == WebSocketMessageType.Close)
                    return;
                end += received.Count;
                start += ReadFrames(new ReadOnlySequence<byte>(buffer, start, end - start));
                if (start == end)
                    (start, end) = (0, 0);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            Abort(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    int ReadFrames(ReadOnlySequence<byte> bytes)
    {
        var before = bytes.Length;
        while (_reader.Read(ref bytes, out var frame) is not StompReadStatus.NeedMore and var status)
        {
            if (status == StompReadStatus.Refused)
                throw new WebSocketException($"The server sent what is no STOMP frame: {_reader.Fault!.Message}.");
            onFrame(frame!);
        }

        return (int)(before - bytes.Length);
    }

    async Task WriteAsync()
    {
        try
        {
            while (await WaitForFrameAsync())
            {
                while (_outbound.Reader.TryRead(out var frame))
                {
                    var type = Utf8.IsValid(frame) ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
                    await socket.SendAsync(frame.AsMemory(), type, endOfMessage: true, _end.Token);
                }
            }

            using var patience = new CancellationTokenSource(options.Timeout, _clock);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            _end.CancelAfter(options.Timeout); // the server's close must come in time
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            Abort(e);
        }
    }

    /// <summary>Waits for a frame, and beats whenever the interval since the last write is nearly over (K10).</summary>
    async ValueTask<bool> WaitForFrameAsync()
    {
        var waiting = _outbound.Reader.WaitToReadAsync(_end.Token).AsTask();
        while (!waiting.IsCompleted && Volatile.Read(ref _sendEveryMs) is > 0 and var every)
        {
            using var nap = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(every * 0.8), _clock, nap.Token));
            await nap.CancelAsync();
            if (!waiting.IsCompleted)
                await socket.SendAsync(HeartBeatOctet.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, _end.Token);
        }

        return await waiting;
    }

    /// <summary>Gives a server up that has been silent for twice its interval.</summary>
    async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                var every = Volatile.Read(ref _receiveEveryMs);
                await Task.Delay(TimeSpan.FromMilliseconds(every == 0 ? 500 : Math.Min(every / 2, 5000)), _clock, _end.Token);
                if (every > 0 && _clock.GetElapsedTime(Volatile.Read(ref _lastRead)).TotalMilliseconds >= 2.0 * every)
                {
                    Abort(new TimeoutException($"The server was silent for {2 * every} ms, though it promised a heart-beat every {every} ms."));
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
    }
}
