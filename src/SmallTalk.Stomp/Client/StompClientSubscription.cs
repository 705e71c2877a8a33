using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace SmallTalk.Stomp;

/// <summary>A client's subscription: its messages in their order, from a queue of its own, so that a reader that takes its time holds up
/// neither the connection nor its other subscriptions (K16). It is read once, by one reader, and outlives connections: after a loss it is
/// subscribed anew and goes on.</summary>
public sealed class StompClientSubscription : IAsyncEnumerable<StompReceived>
{
    readonly Channel<StompReceived> _messages;
    readonly TimeProvider _clock;
    StompReceived? _last;
    volatile bool _isEstablished;
    long _dropped;

    internal StompClientSubscription(
        StompClient client, long number, string destination, StompSubscribeOptions options, TimeProvider clock)
    {
        Client = client;
        Number = number;
        Id = options.Id ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sub-{number}");
        Destination = destination;
        Options = options;
        _clock = clock;
        _messages = Channel.CreateBounded<StompReceived>(
            new BoundedChannelOptions(options.Capacity)
            {
                SingleWriter = true,
                FullMode = options.Overflow switch
                {
                    StompOverflow.DropOldest => BoundedChannelFullMode.DropOldest,
                    StompOverflow.DropNewest => BoundedChannelFullMode.DropWrite,
                    _ => BoundedChannelFullMode.Wait,
                },
            },
            _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>The client that it belongs to.</summary>
    public StompClient Client { get; }

    /// <summary>The header <c>id</c>.</summary>
    public string Id { get; }

    /// <summary>What was subscribed to.</summary>
    public string Destination { get; }

    /// <summary>The RECEIPT of the latest SUBSCRIBE; null where none was asked for.</summary>
    public StompReceived? Receipt { get; internal set; }

    /// <summary>The last message that came, read or not.</summary>
    public StompReceived? Last => Volatile.Read(ref _last);

    /// <summary>How many messages the dropping modes of <see cref="StompOverflow"/> have dropped.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The messages. It completes at UNSUBSCRIBE and at the close of the client; it fails when the client is over for another
    /// reason, when the server refuses or ends the subscription (<see cref="StompRefusedException"/>, <see cref="StompErrorException"/>)
    /// and when the queue overflows.</summary>
    public ChannelReader<StompReceived> Messages => _messages.Reader;

    internal StompSubscribeOptions Options { get; }

    /// <summary>Whether the first SUBSCRIBE has been answered; from then on a new connection subscribes anew.</summary>
    internal bool IsEstablished
    {
        get => _isEstablished;
        set => _isEstablished = value;
    }

    /// <summary>Their order.</summary>
    internal long Number { get; }

    /// <summary>Waits for the next message.</summary>
    public async ValueTask<StompReceived> ReadAsync(CancellationToken ct = default)
    {
        try
        {
            return await _messages.Reader.ReadAsync(ct);
        }
        catch (ChannelClosedException e) when (e.InnerException is StompClientException)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerator<StompReceived> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        _messages.Reader.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

    /// <returns>False when the queue is full and the subscription has ended with it.</returns>
    internal ValueTask<bool> OfferAsync(StompReceived message)
    {
        Volatile.Write(ref _last, message);
        if (_messages.Writer.TryWrite(message))
            return ValueTask.FromResult(true);
        if (Options.Overflow == StompOverflow.Wait)
            return WaitAndOfferAsync(message);
        Overflow();
        return ValueTask.FromResult(false);
    }

    /// <summary>The connection is lost. What waits without an ACK will come again.</summary>
    internal void OnLost()
    {
        if (Options.Ack == StompAckMode.Auto)
            return;
        while (_messages.Reader.TryRead(out _))
        {
        }
    }

    internal void Complete(Exception? why) => _messages.Writer.TryComplete(why);

    async ValueTask<bool> WaitAndOfferAsync(StompReceived message)
    {
        using var limit = new CancellationTokenSource(Options.WaitLimit, _clock);
        try
        {
            await _messages.Writer.WriteAsync(message, limit.Token);
            return true;
        }
        catch (ChannelClosedException)
        {
            return true; // it was unsubscribed meanwhile
        }
        catch (OperationCanceledException)
        {
            Overflow();
            return false;
        }
    }

    void Overflow() => _messages.Writer.TryComplete(new StompOverflowException(Destination, Options.Capacity));
}
