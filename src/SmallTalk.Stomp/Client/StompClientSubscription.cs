using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace SmallTalk.Stomp;

/// <summary>A client's subscription: its messages in their order, from a queue of its own, so that a reader that takes its time holds up
/// neither the connection nor its other subscriptions (K16). It is read once, by one reader.</summary>
public sealed class StompClientSubscription : IAsyncEnumerable<StompReceived>
{
    readonly Channel<StompReceived> _messages;
    readonly StompSubscribeOptions _options;
    long _dropped;

    internal StompClientSubscription(StompClient client, string id, string destination, StompSubscribeOptions options)
    {
        Client = client;
        Id = id;
        Destination = destination;
        _options = options;
        _messages = Channel.CreateBounded<StompReceived>(
            new BoundedChannelOptions(options.Capacity)
            {
                SingleWriter = true,
                FullMode = options.Overflow == StompOverflow.DropOldest ? BoundedChannelFullMode.DropOldest : BoundedChannelFullMode.Wait,
            },
            _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>The client that it belongs to.</summary>
    public StompClient Client { get; }

    /// <summary>The header <c>id</c>.</summary>
    public string Id { get; }

    /// <summary>What was subscribed to.</summary>
    public string Destination { get; }

    /// <summary>The RECEIPT of the SUBSCRIBE.</summary>
    public StompReceived? Receipt { get; internal set; }

    /// <summary>How many messages <see cref="StompOverflow.DropOldest"/> has dropped.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The messages. It completes at UNSUBSCRIBE and at the close of the client; it fails when the connection breaks, when the
    /// server ends the subscription (<see cref="StompRefusedException"/>) and when the queue overflows.</summary>
    public ChannelReader<StompReceived> Messages => _messages.Reader;

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
    internal bool Offer(StompReceived message)
    {
        if (_messages.Writer.TryWrite(message))
            return true;
        _messages.Writer.TryComplete(new StompOverflowException(Destination, _options.Capacity));
        return false;
    }

    internal void Complete(Exception? why) => _messages.Writer.TryComplete(why);
}
