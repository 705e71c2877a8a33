using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace SmallTalk.Stomp;

/// <summary>One connection of a client, from CONNECT to its end: one loop that reads frames, one that is the transport's only writer (K14),
/// heart-beats and the close included. Whichever ends first ends the other. CONNECTED and ERROR are its own affair; MESSAGE and RECEIPT go
/// to <paramref name="onFrame"/>, one after the other.</summary>
sealed class ClientConnection(
    ClientTransport transport, StompClientOptions options, Func<ClientConnection, StompFrame, ValueTask> onFrame) : IAsyncDisposable
{
    const int WaitingFrames = 256;

    // How long what the server said before it broke off may still be read (K05).
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    static readonly byte[] HeartBeatOctet = [(byte)'\n'];

    readonly Channel<byte[]> _outbound = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(WaitingFrames) { SingleReader = true });
    readonly StompFrameReader _reader = new(new StompLimits(options.MaxFrameBytes, MaxHeaders: 1024));
    readonly TaskCompletionSource<StompReceived?> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<StompClosure> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly CancellationTokenSource _end = new();
    readonly TimeProvider _clock = options.Clock;
    readonly Lock _limitGate = new();
    ITimer? _limit;
    long _lastRead;
    int _sendEveryMs;
    int _receiveEveryMs;
    volatile bool _isHeldUp;
    Exception? _fault;
    Task _running = Task.CompletedTask;

    public StompVersion Version { get; private set; }

    /// <summary>The CONNECTED frame; null until it has come.</summary>
    public StompReceived? Connected { get; private set; }

    /// <summary>The server's last word, after which it says nothing.</summary>
    public StompReceived? Error { get; private set; }

    /// <summary>Completes when the client has noticed the end: whoever asks it then for a connection gets another.</summary>
    public Task LetGo => _letGo.Task;

    public bool IsOver => Ended.IsCompleted;

    /// <summary>Both loops are over; never faults.</summary>
    public Task<StompClosure> Ended => _ended.Task;

    /// <summary>When the last octets came, on the clock's scale.</summary>
    public long LastRead => Volatile.Read(ref _lastRead);

    /// <summary>A full subscription holds the reading up.</summary>
    public bool IsHeldUp => _isHeldUp;

    public void OnLetGo() => _letGo.TrySetResult();

    public void Start() => _running = RunAsync();

    /// <summary>Introduces the client and waits for the answer.</summary>
    /// <returns>False when the connection ended instead.</returns>
    public async Task<bool> IntroduceAsync(string host, StompCredentials? credentials)
    {
        await SendAsync(ConnectFrame(host, credentials), CancellationToken.None);
        return await _connected.Task is not null;
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

    /// <summary>What waits is still written, then the end is said; the server's must come in time.</summary>
    public void CompleteWriting() => _outbound.Writer.TryComplete();

    public void Abort(Exception? fault)
    {
        Interlocked.CompareExchange(ref _fault, fault, null);
        _outbound.Writer.TryComplete();
        _end.Cancel();
        transport.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsOver)
            Abort(null);
        await _running;
        if (_limit is not null)
            await _limit.DisposeAsync();
        transport.Dispose();
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
        LimitTheEnd(options.Timeout); // a write that is stuck
        await writing;
        await _end.CancelAsync();
        await watching;
        _connected.TrySetResult(null);
        _ended.TrySetResult(new StompClosure(Error, transport.CloseCode, transport.CloseReason, _fault));
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

                var count = await transport.ReadAsync(buffer.AsMemory(end), _end.Token);
                Volatile.Write(ref _lastRead, _clock.GetTimestamp());
                if (count == 0)
                    return;
                end += count;
                start += await ReadFramesAsync(new ReadOnlySequence<byte>(buffer, start, end - start));
                if (start == end)
                    (start, end) = (0, 0);
            }
        }
        catch (Exception e) when (IsBrokenLine(e))
        {
            Abort(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    async ValueTask<int> ReadFramesAsync(ReadOnlySequence<byte> bytes)
    {
        var before = bytes.Length;
        while (_reader.Read(ref bytes, out var frame) is not StompReadStatus.NeedMore and var status)
        {
            if (status == StompReadStatus.Refused)
                throw new StompProtocolException($"The server sent what is no STOMP frame: {_reader.Fault!.Message}.");
            if (Error is not null)
                continue; // nothing counts after an ERROR
            if (frame!.Command == StompCommand.Connected)
            {
                OnConnected(frame);
                continue;
            }

            if (frame.Command == StompCommand.Error)
            {
                Error = new StompReceived(frame, this);
                // The server has to close now. One that doesn't hears a close from here.
                CompleteWriting();
            }

            var handling = onFrame(this, frame);
            if (handling.IsCompletedSuccessfully)
                continue;
            _isHeldUp = true;
            await handling;
            _isHeldUp = false;
            Volatile.Write(ref _lastRead, _clock.GetTimestamp());
        }

        return (int)(before - bytes.Length);
    }

    void OnConnected(StompFrame frame)
    {
        Version = frame.TryGetHeader(HeaderNames.Version, out var version)
            ? StompVersions.Negotiate(version, StompVersion.V12)
            : StompVersion.V10;
        if (Version == StompVersion.None)
            throw new StompProtocolException($"The server chose version '{frame.GetHeader(HeaderNames.Version)}', which was not offered.");
        _reader.Version = Version;
        if (Version > StompVersion.V10 && frame.TryGetHeader(HeaderNames.HeartBeat, out var value) && HeartBeat.TryParse(value, out var server))
        {
            Volatile.Write(ref _sendEveryMs, HeartBeat.Interval((int)options.HeartBeatSend.TotalMilliseconds, server.ReceiveMilliseconds));
            Volatile.Write(ref _receiveEveryMs, HeartBeat.Interval(server.SendMilliseconds, (int)options.HeartBeatReceive.TotalMilliseconds));
            if (_sendEveryMs > 0)
                _outbound.Writer.TryWrite(HeartBeatOctet); // wakes the writer, which learns its interval
        }

        Connected = new StompReceived(frame, this);
        _connected.TrySetResult(Connected);
    }

    async Task WriteAsync()
    {
        try
        {
            while (await WaitForFrameAsync())
            {
                while (_outbound.Reader.TryRead(out var frame))
                    await transport.WriteAsync(frame, _end.Token);
                await transport.FlushAsync(_end.Token);
            }

            LimitTheEnd(options.Timeout);
            await transport.FinishAsync(_end.Token);
        }
        catch (Exception e) when (IsBrokenLine(e) || e is InvalidOperationException)
        {
            // The server may have said why before it broke off: that is read first.
            Interlocked.CompareExchange(ref _fault, e, null);
            _outbound.Writer.TryComplete();
            LimitTheEnd(LastWords);
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
            {
                await transport.WriteAsync(HeartBeatOctet, _end.Token);
                await transport.FlushAsync(_end.Token);
            }
        }

        return await waiting;
    }

    /// <summary>Gives a server up that has been silent for twice its interval (K09). While a full subscription holds the reading up, the
    /// silence is not the server's.</summary>
    async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                var every = Volatile.Read(ref _receiveEveryMs);
                await Task.Delay(TimeSpan.FromMilliseconds(every == 0 ? 500 : Math.Min(every / 2, 5000)), _clock, _end.Token);
                if (every > 0 && !_isHeldUp && _clock.GetElapsedTime(Volatile.Read(ref _lastRead)).TotalMilliseconds >= 2.0 * every)
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

    /// <summary>Every end has a deadline (K25); the first one holds.</summary>
    void LimitTheEnd(TimeSpan patience)
    {
        lock (_limitGate)
        {
            _limit ??= _clock.CreateTimer(
                static state => ((ClientConnection)state!).CutOff(), this, patience, Timeout.InfiniteTimeSpan);
        }
    }

    void CutOff()
    {
        if (!_end.IsCancellationRequested)
            Abort(new TimeoutException("The server did not close the connection in time."));
    }

    byte[] ConnectFrame(string host, StompCredentials? credentials)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new StompFrameWriter(output, StompVersion.None, StompCommand.Connect);
        static void Header(StompFrameWriter to, string name, string? value)
        {
            // CONNECT has no escapes ("Value Encoding"): a line end in a password would be another header.
            if (value is not null && !to.Header(name, value))
                throw new StompProtocolException($"The value of CONNECT's header '{name}' has a line end or NUL, which this frame can't carry.");
        }

        Header(writer, "accept-version", options.AcceptVersion);
        Header(writer, "host", options.VirtualHost ?? host);
        Header(writer, "heart-beat", string.Create(CultureInfo.InvariantCulture,
            $"{(int)options.HeartBeatSend.TotalMilliseconds},{(int)options.HeartBeatReceive.TotalMilliseconds}"));
        Header(writer, "Authorization", (credentials?.BearerToken ?? options.BearerToken) is { } token ? $"Bearer {token}" : null);
        Header(writer, "login", credentials?.Login ?? options.Login);
        Header(writer, "passcode", credentials?.Passcode ?? options.Passcode);
        foreach (var (name, value) in options.ConnectHeaders)
            Header(writer, name, value);
        writer.End();
        return output.WrittenSpan.ToArray();
    }

    static bool IsBrokenLine(Exception e) =>
        e is WebSocketException or StompProtocolException or IOException or SocketException or OperationCanceledException or ObjectDisposedException;
}
