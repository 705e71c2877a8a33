using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SmallTalk.Stomp;

/// <summary>A STOMP 1.0–1.2 client over WebSocket. Everything may be called from any thread.
/// <para>A call that waits for the server ends in one of three ways: the RECEIPT; a refusal (<see cref="StompRefusedException"/>, see
/// <see cref="StompClientOptions.RefusalDestination"/>) after which the connection lives on; or the end of the connection
/// (<see cref="StompErrorException"/> when the ERROR answers this very call, else <see cref="StompClosedException"/>). Cancelling ends the
/// waiting; the server may still do what was asked.</para></summary>
public sealed class StompClient : IAsyncDisposable
{
    readonly StompClientOptions _options;
    readonly ClientConnection _connection;
    readonly TaskCompletionSource<StompReceived> _connected = NewSource<StompReceived>();
    readonly TaskCompletionSource<StompClosure> _closed = NewSource<StompClosure>();
    readonly ConcurrentDictionary<string, TaskCompletionSource<StompReceived>> _receipts = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, StompClientSubscription> _subscriptions = new(StringComparer.Ordinal);
    StompReceived? _error;
    long _lastNumber;
    volatile bool _isClosing;

    StompClient(ClientWebSocket socket, StompClientOptions options)
    {
        _options = options;
        _connection = new ClientConnection(socket, options, OnFrame, OnClosed);
    }

    /// <summary>The negotiated version.</summary>
    public StompVersion Version { get; private set; }

    /// <summary>The CONNECTED frame.</summary>
    public StompReceived Connected => _connected.Task.Result;

    /// <summary>Completes when the connection is over, however it ended.</summary>
    public Task<StompClosure> Closed => _closed.Task;

    /// <summary>Connects and waits for CONNECTED.</summary>
    /// <exception cref="StompErrorException">The server refused, with an ERROR.</exception>
    /// <exception cref="StompClosedException">The connection ended without one.</exception>
    /// <exception cref="WebSocketException">The address could not be reached, or is no WebSocket.</exception>
    public static async Task<StompClient> ConnectAsync(Uri address, StompClientOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new StompClientOptions();
        using var timeout = new CancellationTokenSource(options.Timeout, options.Clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        var socket = new ClientWebSocket();
        StompClient client;
        try
        {
            foreach (var protocol in (ReadOnlySpan<string>)["v12.stomp", "v11.stomp", "v10.stomp"])
                socket.Options.AddSubProtocol(protocol);
            foreach (var (name, value) in options.HandshakeHeaders)
                socket.Options.SetRequestHeader(name, value);
            socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(30);
            socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(20);
            options.ConfigureWebSocket?.Invoke(socket.Options);
            await socket.ConnectAsync(address, options.Invoker, patience.Token);
            client = new StompClient(socket, options);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        try
        {
            client._connection.Start();
            await client._connection.SendAsync(client.ConnectFrame(address.Host), patience.Token);
            await client._connected.Task.WaitAsync(patience.Token);
            if (options.RefusalDestination is { } refusals)
                await client.SubscribeAsync(refusals, new StompSubscribeOptions { Id = "refusals" }, patience.Token);
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
        CancellationToken ct = default)
    {
        var receipt = NextNumber();
        return AskAsync(receipt, SendFrame(destination, body, contentType, headers, receipt), ct);
    }

    /// <summary>Sends <paramref name="value"/> as JSON and waits for the RECEIPT.</summary>
    public Task<StompReceived> SendJsonAsync<T>(
        string destination, T value, JsonTypeInfo<T> type, IEnumerable<KeyValuePair<string, string>>? headers = null, CancellationToken ct = default) =>
        SendAsync(destination, JsonSerializer.SerializeToUtf8Bytes(value, type), "application/json", headers, ct);

    /// <summary>Sends without asking for a RECEIPT: nothing tells whether it arrived.</summary>
    public async Task SendAndForgetAsync(
        string destination, ReadOnlyMemory<byte> body, string? contentType = null, IEnumerable<KeyValuePair<string, string>>? headers = null,
        CancellationToken ct = default)
    {
        if (!await _connection.SendAsync(SendFrame(destination, body, contentType, headers, receipt: null), ct))
            throw new StompClosedException(await Closed);
    }

    /// <summary>Subscribes and waits for the RECEIPT: from then on nothing is missed.</summary>
    public async Task<StompClientSubscription> SubscribeAsync(
        string destination, StompSubscribeOptions? options = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        options ??= new StompSubscribeOptions();
        var subscription = new StompClientSubscription(this, options.Id ?? $"sub-{NextNumber()}", destination, options);
        if (!_subscriptions.TryAdd(subscription.Id, subscription))
            throw new ArgumentException($"The subscription id '{subscription.Id}' is in use.", nameof(options));
        try
        {
            var receipt = NextNumber();
            subscription.Receipt = await AskAsync(receipt, Frame(StompCommand.Subscribe, options.Headers,
                ("id", subscription.Id), ("destination", destination), ("receipt", receipt)), ct);
            return subscription;
        }
        catch (Exception e)
        {
            if (_subscriptions.TryRemove(subscription.Id, out _))
                subscription.Complete(e);
            throw;
        }
    }

    /// <summary>Ends a subscription and waits for the RECEIPT; messages that had come before can still be read.</summary>
    public async Task UnsubscribeAsync(StompClientSubscription subscription, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        var receipt = NextNumber();
        await AskAsync(receipt, Frame(StompCommand.Unsubscribe, null, ("id", subscription.Id), ("receipt", receipt)), ct);
        _subscriptions.TryRemove(subscription.Id, out _);
        subscription.Complete(null);
    }

    /// <summary>Ends the session in order ("DISCONNECT"): when it returns the server has processed everything that was sent.</summary>
    public async Task<StompClosure> CloseAsync(CancellationToken ct = default)
    {
        if (!_isClosing)
        {
            _isClosing = true;
            var receipt = NextNumber();
            try
            {
                await AskAsync(receipt, Frame(StompCommand.Disconnect, null, ("receipt", receipt)), ct).WaitAsync(_options.Timeout, _options.Clock, ct);
            }
            catch (Exception e) when (e is StompClientException or TimeoutException)
            {
                // It ends all the same; the closure tells how.
            }

            _connection.CompleteWriting();
        }

        try
        {
            return await Closed.WaitAsync(_options.Timeout, _options.Clock, ct);
        }
        catch (TimeoutException e)
        {
            _connection.Abort(e);
            return await Closed;
        }
    }

    /// <summary>Cuts the connection without a word, as a dying network does.</summary>
    public void Abort()
    {
        _isClosing = true;
        _connection.Abort(null);
    }

    /// <summary>Cuts what is still connected.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_closed.Task.IsCompleted)
            Abort();
        await _connection.Completion;
        _connection.Dispose();
    }

    async Task<StompReceived> AskAsync(string receipt, byte[] frame, CancellationToken ct)
    {
        var source = NewSource<StompReceived>();
        _receipts[receipt] = source;
        try
        {
            // Looked at after the entry is there: either the end of the connection finds it, or it is found here.
            if (_closed.Task.IsCompleted || !await _connection.SendAsync(frame, ct))
                throw new StompClosedException(await Closed.WaitAsync(ct));
            return await source.Task.WaitAsync(ct);
        }
        finally
        {
            _receipts.TryRemove(receipt, out _);
        }
    }

    void OnFrame(StompFrame frame)
    {
        switch (frame.Command)
        {
            case StompCommand.Message:
                OnMessage(new StompReceived(frame));
                break;
            case StompCommand.Receipt:
                if (frame.GetHeader(HeaderNames.ReceiptId) is { } id && _receipts.TryRemove(id, out var waiting))
                    waiting.TrySetResult(new StompReceived(frame));
                break;
            case StompCommand.Connected:
                OnConnected(frame);
                break;
            case StompCommand.Error:
                _error = new StompReceived(frame);
                if (_error["receipt-id"] is { } refused && _receipts.TryRemove(refused, out var asked))
                    asked.TrySetException(new StompErrorException(_error));
                _connected.TrySetException(new StompErrorException(_error));
                break;
        }
    }

    void OnConnected(StompFrame frame)
    {
        Version = frame.TryGetHeader(HeaderNames.Version, out var version)
            ? StompVersions.Negotiate(version, StompVersion.V12)
            : StompVersion.V10;
        if (!frame.TryGetHeader(HeaderNames.HeartBeat, out var value) || !HeartBeat.TryParse(value, out var server))
            server = default;
        _connection.Agree(Version, server);
        _connected.TrySetResult(new StompReceived(frame));
    }

    void OnMessage(StompReceived message)
    {
        var subscription = message["subscription"] is { } id
            ? _subscriptions.GetValueOrDefault(id)
            : _subscriptions.Values.FirstOrDefault(s => s.Destination == message["destination"]); // 1.0
        if (subscription is null)
            return; // its UNSUBSCRIBE is under way
        if (subscription.Destination == _options.RefusalDestination && subscription.Id == "refusals")
        {
            OnNotice(message);
            return;
        }

        if (!subscription.Offer(message) && _subscriptions.TryRemove(subscription.Id, out _))
            _connection.TrySend(Frame(StompCommand.Unsubscribe, null, ("id", subscription.Id)));
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
        else if (Member("receipt") is { } receipt && _receipts.TryRemove(receipt, out var waiting))
        {
            waiting.TrySetException(refusal);
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

    void OnClosed(StompClosure closure)
    {
        closure = closure with { Error = _error };
        _closed.TrySetResult(closure);
        var exception = new StompClosedException(closure);
        _connected.TrySetException(exception);
        foreach (var (id, _) in _receipts)
        {
            if (_receipts.TryRemove(id, out var waiting))
                waiting.TrySetException(exception);
        }

        foreach (var (id, _) in _subscriptions)
        {
            if (_subscriptions.TryRemove(id, out var subscription))
                subscription.Complete(_isClosing ? null : exception);
        }
    }

    byte[] ConnectFrame(string host)
    {
        var headers = new List<(string, string)>
        {
            ("accept-version", _options.AcceptVersion),
            ("host", host),
            ("heart-beat", string.Create(CultureInfo.InvariantCulture,
                $"{(int)_options.HeartBeatSend.TotalMilliseconds},{(int)_options.HeartBeatReceive.TotalMilliseconds}")),
        };
        if (_options.BearerToken is { } token)
            headers.Add(("Authorization", $"Bearer {token}"));
        if (_options.Login is { } login)
            headers.Add(("login", login));
        if (_options.Passcode is { } passcode)
            headers.Add(("passcode", passcode));
        return Frame(StompCommand.Connect, _options.ConnectHeaders, [.. headers]);
    }

    byte[] SendFrame(
        string destination, ReadOnlyMemory<byte> body, string? contentType, IEnumerable<KeyValuePair<string, string>>? headers, string? receipt)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        var output = new ArrayBufferWriter<byte>(256 + body.Length);
        var writer = new StompFrameWriter(output, Version, StompCommand.Send);
        writer.Header("destination", destination);
        if (receipt is not null)
            writer.Header("receipt", receipt);
        if (contentType is not null)
            writer.Header("content-type", contentType);
        foreach (var (name, value) in headers ?? [])
            writer.Header(name, value);
        writer.Body(body.Span);
        return output.WrittenSpan.ToArray();
    }

    byte[] Frame(StompCommand command, IEnumerable<KeyValuePair<string, string>>? more, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new StompFrameWriter(output, Version, command);
        foreach (var (name, value) in headers)
        {
            if (!writer.Header(name, value))
                throw new ArgumentException($"The header '{name}' has a value that this frame can't carry.", nameof(headers));
        }

        foreach (var (name, value) in more ?? [])
            writer.Header(name, value);
        writer.End();
        return output.WrittenSpan.ToArray();
    }

    string NextNumber() => Interlocked.Increment(ref _lastNumber).ToString(CultureInfo.InvariantCulture);

    static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
