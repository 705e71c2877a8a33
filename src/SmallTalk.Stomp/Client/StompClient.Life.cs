using System.Collections.Concurrent;

namespace SmallTalk.Stomp;

/// <summary>The life of a client: one loop that connects, gives the new connection what belongs to it, waits for its end and decides
/// whether to come back. It alone sets <see cref="_connection"/>, so that a call either finds a connection that takes it or waits here.</summary>
public sealed partial class StompClient
{
    const string RefusalsId = "refusals";

    // After a connection that died while subscriptions were being got back, they are asked for one at a time: the one that costs the
    // connection is then known, even where the ERROR doesn't name it.
    volatile bool _isCareful;
    volatile bool _hasErrorAnsweredCall;

    async Task RunAsync()
    {
        var closure = new StompClosure(null, null, null, null);
        try
        {
            closure = await ComeBackUntilOverAsync();
        }
        catch (Exception e) // a callback of the application
        {
            closure = closure with { Exception = e };
        }

        OnOver(closure);
    }

    async Task<StompClosure> ComeBackUntilOverAsync()
    {
        var backOff = _options.Reconnect is { } reconnect ? new BackOff(reconnect, _options.FreshCredentials is not null) : null;
        Tell(new StompStateChange(StompClientState.Connecting));
        while (true)
        {
            _hasErrorAnsweredCall = false;
            var (connection, closure) = await TryConnectAsync();
            TimeSpan? lasted = null;
            if (connection is not null)
            {
                await using var _ = connection;
                await using var cut = _end.Token.Register(() => connection.Abort(null));
                var since = _options.Clock.GetTimestamp();
                if (await GetBackAsync(connection))
                {
                    _isCareful = false;
                    _first.TrySetResult();
                    Tell(new StompStateChange(StompClientState.Connected));
                }

                closure = await connection.Ended;
                lasted = _options.Clock.GetElapsedTime(since);
                _isCareful |= State != StompClientState.Connected;
            }

            var mayComeBack = !_isClosing && (_first.Task.IsCompletedSuccessfully || _options.Reconnect?.RetryOnInitialConnect == true);
            var wait = mayComeBack ? backOff?.Next(closure!, lasted, _hasErrorAnsweredCall) : null;
            if (closure!.Exception is StompNoCredentialsException || wait is not { } delay)
                return closure;
            OnLost(connection, closure);
            Tell(new StompStateChange(_first.Task.IsCompleted ? StompClientState.Reconnecting : StompClientState.Connecting, closure, delay));
            try
            {
                await Task.Delay(delay, _options.Clock, _end.Token);
            }
            catch (OperationCanceledException)
            {
                return closure;
            }
        }
    }

    /// <summary>A connection that is CONNECTED and hears refusals, or why there is none.</summary>
    async Task<(ClientConnection? Connection, StompClosure? Closure)> TryConnectAsync()
    {
        ClientConnection? connection = null;
        using var timeout = new CancellationTokenSource(_options.Timeout, _options.Clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _end.Token);
        try
        {
            StompCredentials? credentials = null;
            if (_options.FreshCredentials is { } fetch)
                credentials = await fetch(patience.Token) ?? throw new StompNoCredentialsException();
            var transport = await ClientTransport.ConnectAsync(_address, _options, credentials, patience.Token);
            connection = new ClientConnection(transport, _options, OnFrameAsync);
            connection.Start();
            if (await connection.IntroduceAsync(_address.IdnHost, credentials).WaitAsync(patience.Token))
            {
                if (_options.RefusalDestination is { } refusals)
                {
                    await AskAsync(connection, (receipt, version) => ClientFrames.Of(
                        version, StompCommand.Subscribe, null, ("id", RefusalsId), ("destination", refusals), ("receipt", receipt)), patience.Token);
                }

                _latest = connection;
                return (connection, null);
            }
        }
        catch (Exception e) when (e is OperationCanceledException && timeout.IsCancellationRequested)
        {
            connection?.Abort(new TimeoutException($"No CONNECTED came within {_options.Timeout.TotalSeconds} s.", e));
            if (connection is null)
                return (null, new StompClosure(null, null, null, new TimeoutException($"No connection came about within {_options.Timeout.TotalSeconds} s.", e)));
        }
        catch (Exception e) // whatever it was, the caller hears it: by ConnectAsync, or as the reason of the next try
        {
            if (connection is null)
                return (null, new StompClosure(null, null, null, e));
            if (e is not (StompErrorException or StompConnectionLostException)) // those end it by themselves
                connection.Abort(e);
        }

        await using (connection)
            return (null, await connection!.Ended);
    }

    /// <summary>The subscriptions first, then what is to be sent (again), then whatever is called from now on.</summary>
    /// <returns>False when the connection did not live to see it.</returns>
    async Task<bool> GetBackAsync(ClientConnection connection)
    {
        var back = new ConcurrentQueue<StompClientSubscription>();
        try
        {
            using var timeout = new CancellationTokenSource(_options.Timeout, _options.Clock);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _end.Token);
            var asked = new List<Task>();
            foreach (var subscription in _subscriptions.Values.Where(s => s.IsEstablished).OrderBy(s => s.Number))
            {
                var asking = ResubscribeAsync(connection, subscription, back, patience.Token);
                asked.Add(asking);
                if (_isCareful)
                    await asking;
            }

            await Task.WhenAll(asked);
        }
        catch (OperationCanceledException e)
        {
            if (!_end.IsCancellationRequested)
                connection.Abort(new TimeoutException("The server did not answer SUBSCRIBE in time.", e));
            return false;
        }

        // Unsubscribed while it was being got back: nobody wants it any more.
        foreach (var subscription in back.Where(s => !_subscriptions.ContainsKey(s.Id)))
            connection.TrySend(ClientFrames.Of(connection.Version, StompCommand.Unsubscribe, null, ("id", subscription.Id)));
        while (TakeUnsent(connection) is { } unsent)
        {
            foreach (var call in unsent)
            {
                try
                {
                    if (!await connection.SendAsync(call.Write(connection.Version), _end.Token))
                        return false;
                }
                catch (ArgumentException e)
                {
                    call.Fail(e); // this version has no words for it
                }
                catch (OperationCanceledException)
                {
                    return false;
                }
            }
        }

        return !connection.IsOver;
    }

    /// <returns>Null when there is none left; then the connection takes calls itself.</returns>
    PendingCall[]? TakeUnsent(ClientConnection connection)
    {
        lock (_gate)
        {
            PendingCall[] unsent = [.. _calls.Values.Where(call => call.Carrier is null)];
            if (unsent.Length > 0)
            {
                foreach (var call in unsent)
                    call.Carrier = connection;
                return unsent;
            }

            _connection = connection;
            _ready.TrySetResult();
            return null;
        }
    }

    async Task SubscribeAsync(StompClientSubscription subscription, CancellationToken ct)
    {
        if (subscription.Options.WaitsForReceipt)
        {
            subscription.Receipt = await AskAsync(StompWhenLost.SendAgain, (receipt, version) => SubscribeFrame(version, subscription, receipt), ct);
            subscription.IsEstablished = true;
            return;
        }

        while (true)
        {
            var connection = await ReadyAsync(ct);
            subscription.IsEstablished = true;
            if (await connection.SendAsync(SubscribeFrame(connection.Version, subscription, receipt: null), ct))
                return;
            subscription.IsEstablished = false;
            await connection.LetGo.WaitAsync(ct);
        }
    }

    async Task ResubscribeAsync(
        ClientConnection connection, StompClientSubscription subscription, ConcurrentQueue<StompClientSubscription> back, CancellationToken ct)
    {
        try
        {
            if (subscription.Options.WaitsForReceipt)
                subscription.Receipt = await AskAsync(connection, (receipt, version) => SubscribeFrame(version, subscription, receipt), ct);
            else
                await connection.SendAsync(SubscribeFrame(connection.Version, subscription, receipt: null), ct);
            back.Enqueue(subscription);
            subscription.Options.OnResubscribed?.Invoke(subscription);
        }
        catch (Exception e) when (e is StompRefusedException or StompErrorException or ArgumentException)
        {
            Remove(subscription, e);
        }
        catch (StompConnectionLostException)
        {
            // The next connection asks again.
        }
    }

    static byte[] SubscribeFrame(StompVersion version, StompClientSubscription subscription, string? receipt)
    {
        var options = subscription.Options;
        var more = options.HeadersEachTime is { } compute ? options.Headers.Concat(compute(subscription)) : options.Headers;
        if (receipt is not null)
            more = more.Prepend(KeyValuePair.Create("receipt", receipt));
        if (options.Ack != StompAckMode.Auto)
            more = more.Prepend(KeyValuePair.Create("ack", options.Ack == StompAckMode.Client ? "client" : "client-individual"));
        return ClientFrames.Of(version, StompCommand.Subscribe, more, ("id", subscription.Id), ("destination", subscription.Destination));
    }

    /// <summary>A connection is gone and the client comes back.</summary>
    void OnLost(ClientConnection? connection, StompClosure closure)
    {
        if (connection is null)
            return;
        List<PendingCall> lost = [];
        lock (_gate)
        {
            connection.OnLetGo();
            if (_connection is not null)
                (_connection, _ready) = (null, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            foreach (var call in _calls.Values.Where(call => call.Carrier == connection))
            {
                if (call.WhenLost == StompWhenLost.SendAgain)
                    call.Carrier = null;
                else
                    lost.Add(call);
            }

            foreach (var call in lost)
                _calls.Remove(call.Number);
        }

        foreach (var call in lost)
            call.Fail(new StompConnectionLostException(closure));
        foreach (var subscription in _subscriptions.Values)
            subscription.OnLost();
    }

    void OnOver(StompClosure closure)
    {
        try
        {
            Tell(new StompStateChange(StompClientState.Closed, closure));
        }
        catch (Exception) // a callback of the application: there is nobody left to tell
        {
        }

        PendingCall[] waiting;
        lock (_gate)
        {
            _connection?.OnLetGo();
            _connection = null;
            _closed.TrySetResult(closure);
            waiting = [.. _calls.Values];
            _calls.Clear();
        }

        var exception = new StompClosedException(closure);
        foreach (var call in waiting)
            call.Fail(exception);
        foreach (var (id, _) in _subscriptions)
        {
            if (_subscriptions.TryRemove(id, out var subscription))
                subscription.Complete(_isClosing ? null : exception);
        }

        _first.TrySetException(closure switch
        {
            { Error: { } error } => new StompErrorException(error),
            { Exception: { } e } => e,
            _ => exception,
        });
        _ = _first.Task.Exception; // whoever gave up waiting need not hear of it
    }

    void Tell(StompStateChange change)
    {
        Volatile.Write(ref _state, (int)change.State);
        _options.OnStateChanged?.Invoke(change);
    }
}
