using System.Buffers;

namespace SmallTalk.Stomp;

/// <summary>The sending half of a connection: a bounded queue of finished frames and its only writer.
/// <para>Whoever adds a frame while nobody writes becomes the writer and writes at once, on its own thread: no hop, no timer.
/// What arrives meanwhile waits and goes out together, in one write to the socket. The frames themselves are shared with other
/// connections and never copied before that write. A caller that has many frames for many connections opens a
/// <see cref="StompTurn"/>, so that each touched connection is written once.</para></summary>
sealed class OutboundQueue(SessionTransport transport, int capacityBytes, StompServer server, Action onOverflow, Action<Exception> onBroken)
{
    const int GatherBytes = 32 * 1024;

    enum State
    {
        Open,

        /// <summary>The last frames are queued; nothing may follow them.</summary>
        Finishing,

        /// <summary>All written, or nothing more can be.</summary>
        Ended,
    }

    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ReadOnlyMemory<byte>[] _ring = [];
    int _head;
    int _count;
    long _bytes; // waiting and being written, so that a stuck socket counts
    List<(long Bytes, TaskCompletionSource Source)>? _awaitingRoom;
    bool _isWriting;
    bool _isHeld;
    State _state;
    long _lastWrite = server.Clock.GetTimestamp();

    /// <summary>Guards this queue and, because "nothing after the end of a subscription" must hold, the connection's subscriptions.</summary>
    public Lock Gate { get; } = new();

    /// <summary>When bytes last went to the socket; heart-beats count from there.</summary>
    public long LastWrite => Volatile.Read(ref _lastWrite);

    public bool IsOpen => _state == State.Open;

    /// <summary>Completes when the frames of <see cref="Finish"/> are written or can't be.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Bytes that wait for the socket.</summary>
    public long QueuedBytes => Volatile.Read(ref _bytes);

    /// <returns>False when nothing may be sent any more on this connection, or for this subscription.</returns>
    public bool Enqueue(ReadOnlyMemory<byte> frame, StompSubscription? subscription = null, Delivery? delivery = null)
    {
        frame = transport.Carry(frame);
        if (frame.IsEmpty)
            return IsOpen; // not of this transport
        var isOverflow = false;
        lock (Gate)
        {
            if (_state != State.Open || subscription is { IsEnded: true })
                return false;
            if (_bytes > 0 && _bytes + frame.Length > capacityBytes)
            {
                isOverflow = true;
            }
            else
            {
                if (delivery is not null)
                    subscription!.Connection.Deliveries.Add(delivery);
                Push(frame);
                if (_isWriting || _isHeld)
                    return true; // whoever writes or holds takes it along
                if (StompTurn.TryHold(this))
                {
                    _isHeld = true;
                    return true;
                }

                _isWriting = true;
            }
        }

        if (isOverflow)
        {
            onOverflow();
            return false;
        }

        Write();
        return true;
    }

    /// <summary>Queues the last frames; what is queued later is dropped.</summary>
    /// <param name="last">They pass the capacity: a connection that is told goodbye gets the word even when its queue is full.</param>
    /// <param name="mayDropWaiting">For a reader that is too slow: what waits is dropped.</param>
    /// <param name="whileOpen">Runs inside the gate, before the last frames, when this call is the one that ends the queue.</param>
    /// <returns>False when it was finished before.</returns>
    public bool Finish(ReadOnlySpan<ReadOnlyMemory<byte>> last, bool mayDropWaiting = false, Action? whileOpen = null)
    {
        lock (Gate)
        {
            if (_state != State.Open)
                return false;
            whileOpen?.Invoke();
            if (mayDropWaiting)
            {
                server.Telemetry.Dropped(_count);
                DropWaiting();
            }

            foreach (var frame in last)
            {
                if (!frame.IsEmpty && transport.Carry(frame) is { IsEmpty: false } carried)
                    Push(carried);
            }

            _state = State.Finishing;
            if (_isWriting)
                return true;
            _isWriting = true;
        }

        Write();
        return true;
    }

    /// <summary>Ends at once: what waits is dropped, a write under way is left to fail.</summary>
    public void Break()
    {
        lock (Gate)
        {
            _state = State.Ended;
            DropWaiting();
            TellRoom();
            if (!_isWriting)
                _ended.TrySetResult();
        }
    }

    /// <summary>Ends when at most so many bytes wait, or nothing can be written any more.</summary>
    public Task WhenAtMostAsync(long bytes)
    {
        lock (Gate)
        {
            if (_bytes <= bytes || _state == State.Ended)
                return Task.CompletedTask;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (_awaitingRoom ??= []).Add((bytes, source));
            return source.Task;
        }
    }

    /// <summary>Lets frames wait until <see cref="Release"/>, so that the answers to what arrived together leave together.</summary>
    public bool Hold()
    {
        lock (Gate)
        {
            if (_isHeld || _isWriting)
                return false;
            _isHeld = true;
            return true;
        }
    }

    public void Release()
    {
        lock (Gate)
        {
            _isHeld = false;
            if (_isWriting || _count == 0)
                return;
            _isWriting = true;
        }

        Write();
    }

    /// <summary>Writes until nothing waits. The caller has set <see cref="_isWriting"/> and so is the only one here.</summary>
    void Write()
    {
        byte[]? gathered = null;
        while (Next(ref gathered) is { IsEmpty: false } bytes)
        {
            ValueTask write;
            try
            {
                Volatile.Write(ref _lastWrite, server.Clock.GetTimestamp());
                write = transport.Output.WriteAsync(bytes, CancellationToken.None);
                if (write.IsCompletedSuccessfully)
                {
                    write.GetAwaiter().GetResult();
                    Written(bytes.Length);
                    continue;
                }
            }
            catch (Exception e) when (IsPeerGone(e))
            {
                Broken(e);
                continue;
            }

            _ = FinishWritingAsync(write, bytes.Length, gathered); // Ended, which the session awaits, comes after it
            return;
        }

        if (gathered is not null)
            ArrayPool<byte>.Shared.Return(gathered);
    }

    async Task FinishWritingAsync(ValueTask write, int length, byte[]? gathered)
    {
        while (true)
        {
            try
            {
                await write;
                Written(length);
            }
            catch (Exception e) when (IsPeerGone(e))
            {
                Broken(e);
            }

            if (Next(ref gathered) is not { IsEmpty: false } bytes)
                break;
            length = bytes.Length;
            Volatile.Write(ref _lastWrite, server.Clock.GetTimestamp());
            try
            {
                write = transport.Output.WriteAsync(bytes, CancellationToken.None);
            }
            catch (Exception e) when (IsPeerGone(e))
            {
                write = ValueTask.FromException(e);
            }
        }

        if (gathered is not null)
            ArrayPool<byte>.Shared.Return(gathered);
    }

    /// <summary>What to write next: one frame as it is, or all that wait in one buffer. Empty: the writer's work is done.</summary>
    ReadOnlyMemory<byte> Next(ref byte[]? gathered)
    {
        lock (Gate)
        {
            if (_count == 0)
            {
                _isWriting = false;
                if (_ring.Length > 64)
                    _ring = []; // a burst is over; an idle connection keeps little
                if (_state != State.Open)
                {
                    _state = State.Ended;
                    _ended.TrySetResult();
                }

                return default;
            }

            if (_count == 1 || _ring[_head].Length + _ring[(_head + 1) & (_ring.Length - 1)].Length > GatherBytes)
                return Pop();
            gathered ??= ArrayPool<byte>.Shared.Rent(GatherBytes);
            var length = 0;
            while (_count > 0 && length + _ring[_head].Length <= GatherBytes)
            {
                var frame = Pop();
                frame.Span.CopyTo(gathered.AsSpan(length));
                length += frame.Length;
            }

            return gathered.AsMemory(0, length);
        }
    }

    void Push(ReadOnlyMemory<byte> frame)
    {
        if (_count == _ring.Length)
        {
            var larger = new ReadOnlyMemory<byte>[Math.Max(4, _ring.Length * 2)];
            for (var i = 0; i < _count; i++)
                larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
            (_ring, _head) = (larger, 0);
        }

        _ring[(_head + _count++) & (_ring.Length - 1)] = frame;
        _bytes += frame.Length;
    }

    ReadOnlyMemory<byte> Pop()
    {
        var frame = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        return frame;
    }

    void DropWaiting()
    {
        while (_count > 0)
            _bytes -= Pop().Length;
    }

    void Written(int length)
    {
        server.Telemetry.BytesSent(length);
        lock (Gate)
        {
            _bytes -= length;
            if (_awaitingRoom is not null)
                TellRoom();
        }
    }

    void TellRoom()
    {
        _awaitingRoom?.RemoveAll(waiter => (_bytes <= waiter.Bytes || _state == State.Ended) && waiter.Source.TrySetResult());
        if (_awaitingRoom is { Count: 0 })
            _awaitingRoom = null;
    }

    void Broken(Exception e)
    {
        Break();
        onBroken(e);
    }

    static bool IsPeerGone(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
