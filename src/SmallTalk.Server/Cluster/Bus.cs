using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using NATS.Client.Core;

namespace SmallTalk.Server.Cluster;

/// <summary>The way to the other nodes: NATS, which delivers at most once. Nothing here waits for it. What it may have lost is told by
/// <see cref="Doubted"/>, and whoever listens asks the store, which is the truth. Letters of one node to one subject are heard in
/// their order.</summary>
sealed partial class Bus : IHostedService, IAsyncDisposable
{
    const int MostWaiting = 65_536;

    readonly NatsConnection _nats;
    readonly string _prefix;
    readonly ILogger<Bus> _logger;
    readonly Channel<Sending> _outgoing = Channel.CreateBounded<Sending>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    readonly Channel<(Action<ReadOnlyMemory<byte>> Heard, byte[] Letter)> _incoming =
        Channel.CreateBounded<(Action<ReadOnlyMemory<byte>>, byte[])>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    Task _loops = Task.CompletedTask;
    volatile bool _hasStopped;

    public Bus(IOptions<NatsOptions> options, ILogger<Bus> logger)
    {
        _prefix = options.Value.Subject + ".";
        _logger = logger;
        _nats = new NatsConnection(NatsOpts.Default with
        {
            Url = options.Value.Urls,
            Name = "SmallTalk",
            Echo = false, // what this node says it knows
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PingInterval = TimeSpan.FromSeconds(1), // a line that died without a word is found within three seconds
            MaxPingOut = 2,
            MaxReconnectRetry = -1,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
            ReconnectWaitMax = TimeSpan.FromSeconds(1),
            RetryOnInitialConnect = true,
        });
        _nats.ConnectionOpened += (_, _) =>
        {
            LogConnected();
            IsConnected = true;
            Doubted?.Invoke();
            return default;
        };
        _nats.ConnectionDisconnected += (_, _) =>
        {
            LogDisconnected();
            IsConnected = false;
            Doubted?.Invoke();
            return default;
        };
    }

    /// <summary>Letters may have been lost, this node's or others'.</summary>
    public Action? Doubted { get; set; }

    public bool IsConnected { get; private set; }

    readonly record struct Sending(string Subject, byte[]? Letter, Ear? Ear);

    public void Tell(string subject, byte[] letter) => Send(new Sending(_prefix + subject, letter, null));

    /// <summary>Hears the subject until it is disposed. What hears must be quick.</summary>
    public Ear Listen(string subject, Action<ReadOnlyMemory<byte>> heard)
    {
        var ear = new Ear(this, _prefix + subject, heard);
        Send(new Sending(ear.Subject, null, ear));
        return ear;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loops = Task.WhenAll(Task.Run(SendAsync, CancellationToken.None), Task.Run(HearAsync, CancellationToken.None));
        return Task.CompletedTask;
    }

    /// <summary>What was told is sent, if there is anybody to take it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _outgoing.Writer.TryComplete();
        _incoming.Writer.TryComplete();
        await _loops.WaitAsync(TimeSpan.FromSeconds(IsConnected ? 1 : 0), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _hasStopped = true;
    }

    public ValueTask DisposeAsync() => _nats.DisposeAsync();

    void Send(Sending what)
    {
        if (!_outgoing.Writer.TryWrite(what) && what.Letter is not null)
            Doubted?.Invoke();
    }

    async Task SendAsync()
    {
        await foreach (var (subject, letter, ear) in _outgoing.Reader.ReadAllAsync())
        {
            try
            {
                // While there is no NATS the first of these waits for it, and the rest wait here.
                if (letter is not null)
                    await _nats.PublishAsync(subject, letter);
                else
                    await ear!.MoveAsync(_nats);
            }
            catch (Exception e) when (e is NatsException or OperationCanceledException or ObjectDisposedException)
            {
                if (_hasStopped)
                    return;
                LogFailed(e);
                Doubted?.Invoke();
            }
        }
    }

    async Task HearAsync()
    {
        await foreach (var (heard, letter) in _incoming.Reader.ReadAllAsync())
        {
            try
            {
                heard(letter);
            }
            catch (Exception e) // one letter must not end the hearing of all
            {
                LogFailed(e);
            }
        }
    }

    /// <summary>Somebody who listens to one subject.</summary>
    public sealed class Ear(Bus bus, string subject, Action<ReadOnlyMemory<byte>> heard) : IDisposable
    {
        readonly TaskCompletionSource _isHearing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        volatile bool _isDisposed;
        Sub? _sub;

        public string Subject => subject;

        /// <summary>From here on nothing is missed that NATS brings; while there is no NATS it comes after a second, and means nothing.</summary>
        public Task IsHearingAsync(CancellationToken ct) => _isHearing.Task.IsCompleted ? Task.CompletedTask : WaitAsync(ct);

        public void Dispose()
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            bus.Send(new Sending(subject, null, this));
        }

        async Task WaitAsync(CancellationToken ct)
        {
            try
            {
                await _isHearing.Task.WaitAsync(TimeSpan.FromSeconds(bus.IsConnected ? 1 : 0), ct);
            }
            catch (TimeoutException)
            {
                bus.Doubted?.Invoke();
            }
        }

        internal async ValueTask MoveAsync(NatsConnection nats)
        {
            if (_sub is not null)
                await _sub.UnsubscribeAsync();
            else if (!_isDisposed)
            {
                _sub = new Sub(bus, nats, subject, heard);
                await nats.AddSubAsync(_sub);
                _ = ReachAsync(nats);
            }
        }

        /// <summary>NATS answers in order: when it answers this, it knows of the subscription.</summary>
        async Task ReachAsync(NatsConnection nats)
        {
            try
            {
                await nats.PingAsync();
                _isHearing.TrySetResult();
            }
            catch (Exception e) when (e is NatsException or OperationCanceledException or ObjectDisposedException)
            {
                // IsHearingAsync tells
            }
        }
    }

    /// <summary>A subscription without a channel and a loop of its own: a node has one for each room and person.</summary>
    sealed class Sub(Bus bus, NatsConnection nats, string subject, Action<ReadOnlyMemory<byte>> heard)
        : NatsSubBase(nats, nats.SubscriptionManager, subject, queueGroup: null, opts: null, CancellationToken.None)
    {
        protected override ValueTask ReceiveInternalAsync(
            string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
        {
            if (!bus._incoming.Writer.TryWrite((heard, payloadBuffer.ToArray())))
                bus.Doubted?.Invoke();
            return default;
        }

        protected override void TryComplete()
        {
            // nothing waits for its end
        }
    }

    [LoggerMessage(LogLevel.Information, "The other nodes are reached through NATS.")]
    partial void LogConnected();

    [LoggerMessage(LogLevel.Warning, "NATS is lost: what other nodes take is read from the store every second until it is back.")]
    partial void LogDisconnected();

    [LoggerMessage(LogLevel.Error, "A letter from or to other nodes was lost.")]
    partial void LogFailed(Exception exception);
}
