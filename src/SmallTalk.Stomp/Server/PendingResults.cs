namespace SmallTalk.Stomp;

/// <summary>Counts the frames of a connection whose outcome is still awaited. The session alone enters and waits; outcomes leave from
/// any thread.</summary>
sealed class PendingResults(int max)
{
    readonly Lock _gate = new();
    int _count;
    int _below;
    TaskCompletionSource? _waiting;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Counts one more, after waiting for room.</summary>
    public ValueTask EnterAsync()
    {
        lock (_gate)
        {
            _count++;
            return _count <= max ? default : new ValueTask(WaitUnderGate(max));
        }
    }

    public void Leave()
    {
        TaskCompletionSource? waiting = null;
        lock (_gate)
        {
            if (--_count <= _below)
                (waiting, _waiting) = (_waiting, null);
        }

        waiting?.TrySetResult();
    }

    public Task WhenEmptyAsync()
    {
        lock (_gate)
            return _count == 0 ? Task.CompletedTask : WaitUnderGate(0);
    }

    Task WaitUnderGate(int below)
    {
        _below = below;
        _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _waiting.Task;
    }
}
