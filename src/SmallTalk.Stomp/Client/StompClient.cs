using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SmallTalk.Stomp;

/// <summary>A STOMP 1.0–1.2 client over WebSocket (<c>ws://</c>, <c>wss://</c>) or TCP (<c>stomp://</c>, <c>stomp+ssl://</c>). Everything
/// may be called from any thread.
/// <para>A call that waits for the server ends in one of three ways: the RECEIPT; a refusal (<see cref="StompRefusedException"/>, see
/// <see cref="StompClientOptions.RefusalDestination"/>) after which the connection lives on; or the end of the connection
/// (<see cref="StompErrorException"/> when the ERROR answers this very call, <see cref="StompConnectionLostException"/> when the client
/// comes back, else <see cref="StompClosedException"/>). Cancelling ends the waiting; the server may still do what was asked.</para>
/// <para>With <see cref="StompClientOptions.Reconnect"/> it comes back by itself. Meanwhile calls wait for the new connection, which first
/// gets the subscriptions back, then what is to be sent again, then what is new, each in its order. A subscription that the server refuses
/// then ends, and is not asked for again (K07).</para></summary>
public sealed partial class StompClient : IAsyncDisposable
{
    readonly Uri _address;
    readonly StompClientOptions _options;
    readonly Lock _gate = new();
    readonly SortedDictionary<long, PendingCall> _calls = [];
    readonly ConcurrentDictionary<string, StompClientSubscription> _subscriptions = new(StringComparer.Ordinal);
    readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<StompClosure> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly CancellationTokenSource _end = new();
    TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    ClientConnection? _connection; // set while it takes calls
    ClientConnection? _latest;
    Task _running = Task.CompletedTask;
    long _lastNumber;
    int _state = (int)StompClientState.Connecting;
    volatile bool _isClosing;

    StompClient(Uri address, StompClientOptions options)
    {
        _address = address;
        _options = options;
    }

    /// <summary>What it is doing.</summary>
    public StompClientState State => (StompClientState)Volatile.Read(ref _state);

    /// <summary>The version of the latest connection.</summary>
    public StompVersion Version => _latest!.Version;

    /// <summary>The CONNECTED frame of the latest connection.</summary>
    public StompReceived Connected => _latest!.Connected!;

    /// <summary>Completes when the client is over for good, however it ended.</summary>
    public Task<StompClosure> Closed => _closed.Task;

    internal long LastRead => _latest!.LastRead;

    internal bool IsHeldUp => _latest!.IsHeldUp;

    /// <summary>Connects and waits for CONNECTED.</summary>
    /// <exception cref="StompErrorException">The server refused, with an ERROR.</exception>
    /// <exception cref="StompClosedException">The connection ended without one.</exception>
    /// <exception cref="StompHandshakeException">What answers there refused the WebSocket.</exception>
    /// <exception cref="TimeoutException">No answer came in <see cref="StompClientOptions.Timeout"/>.</exception>
    public static async Task<StompClient> ConnectAsync(Uri address, StompClientOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!ClientTransport.Knows(address))
            throw new ArgumentException($"The scheme of {address} is none of ws, wss, stomp, stomp+ssl.", nameof(address));
        var client = new StompClient(address, options ?? new StompClientOptions());
        client._running = client.RunAsync();
        try
        {
            await client._first.Task.WaitAsync(ct);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends and waits for the RECEIPT.</summary>
    /// <returns>The RECEIPT, with what the server says in its headers.</returns>
    public Task<StompReceived> SendAsync(
        string destination, ReadOnlyMemory<byte> body, string? contentType = null, IEnumerable<KeyValuePair<string, string>>? headers = null,
        StompWhenLost whenLost = StompWhenLost.Fail, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return AskAsync(whenLost, (receipt, version) => ClientFrames.Send(version, destination, body, contentType, headers, receipt), ct);
    }

    /// <summary>Sends <paramref name="value"/> as JSON and waits for the RECEIPT.</summary>
    public Task<StompReceived> SendJsonAsync<T>(
        string destination, T value, JsonTypeInfo<T> type, IEnumerable<KeyValuePair<string, string>>? headers = null,
        StompWhenLost whenLost = StompWhenLost.Fail, CancellationToken ct = default) =>
        SendAsync(destination, JsonSerializer.SerializeToUtf8Bytes(value, type), "application/json", headers, whenLost, ct);

    /// <summary>Sends without asking for a RECEIPT: nothing tells whether it arrived.</summary>
    public async Task SendAndForgetAsync(
        string destination, ReadOnlyMemory<byte> body, string? contentType = null, IEnumerable<KeyValuePair<string, string>>? headers = null,
        CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        while (true)
        {
            var connection = await ReadyAsync(ct);
            if (await connection.SendAsync(ClientFrames.Send(connection.Version, destination, body, contentType, headers, receipt: null), ct))
                return;
            await connection.LetGo.WaitAsync(ct);
        }
    }

    /// <summary>Subscribes and waits for the RECEIPT: from then on nothing is missed.</summary>
    public async Task<StompClientSubscription> SubscribeAsync(
        string destination, StompSubscribeOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        options ??= new StompSubscribeOptions();
        var subscription = new StompClientSubscription(this, NextNumber(), destination, options, _options.Clock);
        if (subscription.Id == RefusalsId || !_subscriptions.TryAdd(subscription.Id, subscription))
            throw new ArgumentException($"The subscription id '{subscription.Id}' is in use.", nameof(options));
        try
        {
            await SubscribeAsync(subscription, ct);
            return subscription;
        }
        catch (Exception e)
        {
            Remove(subscription, e);
            throw;
        }
    }

    /// <summary>Ends a subscription and waits for the RECEIPT; messages that had come before can still be read.</summary>
    public async Task UnsubscribeAsync(StompClientSubscription subscription, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        subscription.IsEstablished = false; // whatever happens now, no connection gets it back
        ClientConnection? connection;
        lock (_gate)
            connection = _connection;
        try
        {
            if (_closed.Task.IsCompleted)
                throw new StompClosedException(await Closed);
            if (connection is not null && !subscription.Options.WaitsForReceipt)
                await connection.SendAsync(ClientFrames.Of(connection.Version, StompCommand.Unsubscribe, null, ("id", subscription.Id)), ct);
            else if (connection is not null)
                await AskAsync(connection, (receipt, version) => ClientFrames.Of(version, StompCommand.Unsubscribe, null, ("id", subscription.Id), ("receipt", receipt)), ct);
        }
        catch (StompConnectionLostException)
        {
            // With the connection the subscription is gone.
        }
        finally
        {
            Remove(subscription, why: null);
        }
    }

    /// <summary>Confirms a message of a subscription whose <see cref="StompSubscribeOptions.Ack"/> asks for it, and waits for the RECEIPT.</summary>
    /// <exception cref="StompConnectionLostException">It came on a connection that is gone; the server sends it again.</exception>
    public Task<StompReceived> AckAsync(StompReceived message, CancellationToken ct = default) => AnswerAsync(StompCommand.Ack, message, ct);

    /// <summary>Says that a message was not consumed (1.1 and later), and waits for the RECEIPT.</summary>
    /// <exception cref="StompConnectionLostException">It came on a connection that is gone; the server sends it again.</exception>
    public Task<StompReceived> NackAsync(StompReceived message, CancellationToken ct = default) => AnswerAsync(StompCommand.Nack, message, ct);

    /// <summary>Begins a transaction and waits for the RECEIPT.</summary>
    public async Task<StompTransaction> BeginAsync(CancellationToken ct = default)
    {
        var id = $"tx-{NextNumber()}";
        var begin = await AskAsync(
            StompWhenLost.SendAgain, (receipt, version) => ClientFrames.Of(version, StompCommand.Begin, null, ("transaction", id), ("receipt", receipt)), ct);
        return new StompTransaction(this, begin.Connection!, id);
    }

    /// <summary>Ends the session in order ("DISCONNECT"): when it returns the server has processed everything that was sent.</summary>
    public async Task<StompClosure> CloseAsync(CancellationToken ct = default)
    {
        ClientConnection? connection;
        bool isFirst;
        lock (_gate)
        {
            connection = _connection;
            (isFirst, _isClosing) = (!_isClosing, true);
        }

        if (isFirst && connection is null)
            await _end.CancelAsync();
        else if (isFirst)
            await DisconnectAsync(connection!, ct);
        try
        {
            return await Closed.WaitAsync(_options.Timeout, _options.Clock, ct);
        }
        catch (TimeoutException e)
        {
            connection?.Abort(e);
            return await Closed;
        }
    }

    /// <summary>Cuts the connection without a word, as a dying network does, and does not come back.</summary>
    public void Abort()
    {
        _isClosing = true;
        _end.Cancel();
    }

    /// <summary>Cuts what is still connected.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_closed.Task.IsCompleted)
            Abort();
        await _running;
    }

    async Task DisconnectAsync(ClientConnection connection, CancellationToken ct)
    {
        try
        {
            await AskAsync(connection, (receipt, version) => ClientFrames.Of(version, StompCommand.Disconnect, null, ("receipt", receipt)), ct)
                .WaitAsync(_options.Timeout, _options.Clock, ct);
        }
        catch (Exception e) when (e is StompClientException or TimeoutException)
        {
            // It ends all the same; the closure tells how.
        }

        connection.CompleteWriting();
    }

    /// <summary>Asks on whatever connection there is, or will be.</summary>
    Task<StompReceived> AskAsync(StompWhenLost whenLost, Func<string, StompVersion, byte[]> write, CancellationToken ct) =>
        AskAsync(new PendingCall(NextNumber(), whenLost, write), on: null, ct);

    /// <summary>Asks on that connection only.</summary>
    internal Task<StompReceived> AskAsync(ClientConnection connection, Func<string, StompVersion, byte[]> write, CancellationToken ct) =>
        AskAsync(new PendingCall(NextNumber(), StompWhenLost.Fail, write), connection, ct);

    async Task<StompReceived> AskAsync(PendingCall call, ClientConnection? on, CancellationToken ct)
    {
        try
        {
            bool isEarly;
            lock (_gate)
            {
                if (_closed.Task.IsCompleted)
                    throw new StompClosedException(_closed.Task.Result);
                if (on?.IsOver == true)
                    throw new StompConnectionLostException(closure: null);
                call.Carrier = on ?? _connection;
                isEarly = on is not null && on != _connection;
                // Either the end of the connection finds it here, or it has been found above.
                _calls.Add(call.Number, call);
            }

            if (call.Carrier is { } connection)
                await connection.SendAsync(call.Write(connection.Version), ct);
            // The loop that looks after lost calls may itself wait for this one.
            if (isEarly && await Task.WhenAny(call.Outcome, on!.Ended).WaitAsync(ct) == on.Ended && !call.Outcome.IsCompleted)
                throw new StompConnectionLostException(await on.Ended);
            return await call.Outcome.WaitAsync(ct);
        }
        finally
        {
            lock (_gate)
                _calls.Remove(call.Number);
        }
    }

    async Task<ClientConnection> ReadyAsync(CancellationToken ct)
    {
        while (true)
        {
            Task ready;
            lock (_gate)
            {
                if (_closed.Task.IsCompleted)
                    throw new StompClosedException(_closed.Task.Result);
                if (_connection is { } connection)
                    return connection;
                ready = _ready.Task;
            }

            await Task.WhenAny(ready, _closed.Task).WaitAsync(ct);
        }
    }

    async Task<StompReceived> AnswerAsync(StompCommand command, StompReceived message, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Connection is not { } connection || message.Command != StompCommand.Message)
            throw new ArgumentException("Only a MESSAGE is acknowledged.", nameof(message));
        return await AskAsync(connection, (receipt, version) => ClientFrames.Answer(version, command, message, receipt, transaction: null), ct);
    }

    ValueTask OnFrameAsync(ClientConnection connection, StompFrame frame)
    {
        switch (frame.Command)
        {
            case StompCommand.Message:
                return OnMessageAsync(new StompReceived(frame, connection));
            case StompCommand.Receipt:
                if (frame.TryGetHeader(HeaderNames.ReceiptId, out var id))
                    TakeCall(id, connection)?.Complete(new StompReceived(frame, connection));
                break;
            case StompCommand.Error:
                OnError(connection, frame);
                break;
        }

        return ValueTask.CompletedTask;
    }

    void OnError(ClientConnection connection, StompFrame frame)
    {
        var call = frame.TryGetHeader(HeaderNames.ReceiptId, out var id) ? TakeCall(id, connection) : null;
        if (call is null && _isCareful)
        {
            // One SUBSCRIBE at a time is under way, so the ERROR is its answer though it doesn't say so.
            lock (_gate)
            {
                var waiting = _calls.Values.Where(candidate => candidate.Carrier == connection).Take(2).ToArray();
                call = waiting.Length == 1 ? waiting[0] : null;
            }
        }

        _hasErrorAnsweredCall = call is not null;
        call?.Fail(new StompErrorException(connection.Error!));
    }

    ValueTask OnMessageAsync(StompReceived message)
    {
        var id = message["subscription"];
        if (id == RefusalsId && _options.RefusalDestination is not null)
        {
            OnNotice(message);
            return ValueTask.CompletedTask;
        }

        var subscription = id is not null
            ? _subscriptions.GetValueOrDefault(id)
            : _subscriptions.Values.FirstOrDefault(s => s.Destination == message["destination"]); // 1.0
        if (subscription is null)
        {
            if (id is null && message["destination"] == _options.RefusalDestination)
                OnNotice(message);
            return ValueTask.CompletedTask; // or its UNSUBSCRIBE is under way
        }

        var offering = subscription.OfferAsync(message);
        if (!offering.IsCompletedSuccessfully)
            return AwaitAsync(this, subscription, message, offering);
        if (!offering.Result)
            EndOverflown(subscription, message.Connection!);
        return ValueTask.CompletedTask;

        static async ValueTask AwaitAsync(
            StompClient client, StompClientSubscription subscription, StompReceived message, ValueTask<bool> offering)
        {
            if (!await offering)
                client.EndOverflown(subscription, message.Connection!);
        }
    }

    void EndOverflown(StompClientSubscription subscription, ClientConnection connection)
    {
        if (_subscriptions.TryRemove(subscription.Id, out _))
            connection.TrySend(ClientFrames.Of(connection.Version, StompCommand.Unsubscribe, null, ("id", subscription.Id)));
    }

    /// <summary>The server's word about a refused frame or a subscription that it ended (K07): whoever waits for it hears it.</summary>
    void OnNotice(StompReceived message)
    {
        using var json = ParseOrEmpty(message.Body);
        string? Member(string name) =>
            json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;

        var refusal = new StompRefusedException(Member("code") ?? "", Member("title") ?? "", message);
        if (Member("type") == StompRefusalNotice.SubscriptionEnded)
        {
            if (Member("subscription") is { } id && _subscriptions.TryRemove(id, out var ended))
                ended.Complete(refusal);
        }
        else if (Member("receipt") is { } receipt && TakeCall(System.Text.Encoding.UTF8.GetBytes(receipt), message.Connection!) is { } call)
        {
            call.Fail(refusal);
        }
        else
        {
            _options.OnRefusal?.Invoke(refusal);
        }
    }

    static JsonDocument ParseOrEmpty(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return JsonDocument.Parse("{}"u8.ToArray());
        }
    }

    PendingCall? TakeCall(ReadOnlySpan<byte> receipt, ClientConnection connection)
    {
        if (!Utf8Parser.TryParse(receipt, out long number, out var length) || length != receipt.Length)
            return null;
        lock (_gate)
            return _calls.TryGetValue(number, out var call) && call.Carrier == connection && _calls.Remove(number) ? call : null;
    }

    void Remove(StompClientSubscription subscription, Exception? why)
    {
        _subscriptions.TryRemove(KeyValuePair.Create(subscription.Id, subscription));
        subscription.Complete(why);
    }

    long NextNumber() => Interlocked.Increment(ref _lastNumber);
}
