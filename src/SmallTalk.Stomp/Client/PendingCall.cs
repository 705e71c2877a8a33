namespace SmallTalk.Stomp;

/// <summary>A frame that waits for its RECEIPT. <paramref name="write"/> writes it in the words of the connection that carries it.</summary>
sealed class PendingCall(long number, StompWhenLost whenLost, Func<string, StompVersion, byte[]> write)
{
    readonly TaskCompletionSource<StompReceived> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Number { get; } = number;

    public StompWhenLost WhenLost { get; } = whenLost;

    /// <summary>The connection that has taken it; null while it waits for one.</summary>
    public ClientConnection? Carrier { get; set; }

    public Task<StompReceived> Outcome => _outcome.Task;

    public byte[] Write(StompVersion version) => write(Number.ToString(System.Globalization.CultureInfo.InvariantCulture), version);

    public void Complete(StompReceived receipt) => _outcome.TrySetResult(receipt);

    public void Fail(Exception why) => _outcome.TrySetException(why);
}
