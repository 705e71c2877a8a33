namespace SmallTalk.Stomp;

/// <summary>SENDs and acknowledgements that take effect together, or not at all ("BEGIN"). It belongs to its connection: a loss aborts it,
/// and everything that is called here afterwards fails with <see cref="StompConnectionLostException"/>. Disposing aborts what was not
/// committed.</summary>
public sealed class StompTransaction : IAsyncDisposable
{
    readonly StompClient _client;
    readonly ClientConnection _connection;
    int _isOver;

    internal StompTransaction(StompClient client, ClientConnection connection, string id)
    {
        _client = client;
        _connection = connection;
        Id = id;
    }

    /// <summary>The header <c>transaction</c>.</summary>
    public string Id { get; }

    /// <summary>Adds a SEND. The RECEIPT of COMMIT answers for it.</summary>
    public Task SendAsync(
        string destination, ReadOnlyMemory<byte> body, string? contentType = null, IEnumerable<KeyValuePair<string, string>>? headers = null,
        CancellationToken ct = default) =>
        WriteAsync(version => ClientFrames.Send(version, destination, body, contentType, headers, receipt: null, Id), ct);

    /// <summary>Adds an ACK.</summary>
    public Task AckAsync(StompReceived message, CancellationToken ct = default) =>
        WriteAsync(version => ClientFrames.Answer(version, StompCommand.Ack, message, receipt: null, Id), ct);

    /// <summary>Adds a NACK (1.1 and later).</summary>
    public Task NackAsync(StompReceived message, CancellationToken ct = default) =>
        WriteAsync(version => ClientFrames.Answer(version, StompCommand.Nack, message, receipt: null, Id), ct);

    /// <summary>Lets it take effect and waits for the RECEIPT.</summary>
    public Task<StompReceived> CommitAsync(CancellationToken ct = default) => EndAsync(StompCommand.Commit, ct);

    /// <summary>Undoes it and waits for the RECEIPT.</summary>
    public Task<StompReceived> AbortAsync(CancellationToken ct = default) => EndAsync(StompCommand.Abort, ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
            _connection.TrySend(ClientFrames.Of(_connection.Version, StompCommand.Abort, null, ("transaction", Id)));
        return ValueTask.CompletedTask;
    }

    async Task WriteAsync(Func<StompVersion, byte[]> frame, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isOver) == 1, this);
        if (!await _connection.SendAsync(frame(_connection.Version), ct))
            throw new StompConnectionLostException(closure: null);
    }

    async Task<StompReceived> EndAsync(StompCommand command, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(Interlocked.Exchange(ref _isOver, 1) == 1, this);
        return await _client.AskAsync(
            _connection, (receipt, version) => ClientFrames.Of(version, command, null, ("transaction", Id), ("receipt", receipt)), ct);
    }
}
