using System.Globalization;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace SmallTalk.Stomp;

/// <summary>One client's connection, as the application sees it. Safe from any thread.
/// <para>It keeps the subscriptions and the way to the end. Every end but the peer's own vanishing goes through
/// <see cref="Close(int, string)"/>: the last frames are queued, nothing can follow them, and a deadline makes sure that a peer who
/// doesn't answer is cut.</para></summary>
public sealed partial class StompConnection
{
    // Ids that the server ended are remembered so that their UNSUBSCRIBE is no error; a client that never sends it forgets the oldest.
    const int MaxEndedIds = 256;

    readonly SessionTransport _transport;
    readonly TimeProvider _clock;
    readonly ILogger _logger;
    // By id; one of 1.0 that has none by its destination.
    readonly Dictionary<(string? Id, string? Destination), StompSubscription> _subscriptions = [];
    Queue<string>? _endedIds;
    FeatureCollection? _features;
    CancellationTokenSource? _closed;
    CancellationTokenSource? _aborted;
    bool _isClosed;
    bool _isAborted;
    long _deadline; // a timestamp; 0: none

    internal StompConnection(string id, SessionTransport transport, StompOptions options, StompServer server)
    {
        Id = id;
        Options = options;
        _transport = transport;
        _clock = server.Clock;
        _logger = server.Logger;
        Telemetry = server.Telemetry;
        Outbound = new OutboundQueue(transport, options.OutboundQueueBytes, server, OnOverflow, OnBroken);
        Deliveries = new Deliveries(Gate);
        _transport.Reply = frame => Outbound.Enqueue(frame);
        RemoteAddress = transport.RemoteAddress;
        AcceptLanguage = transport.Http?.Request.Headers.AcceptLanguage.ToString() ?? "";
        Language = transport.Http?.Features.Get<Microsoft.AspNetCore.Localization.IRequestCultureFeature>()?.RequestCulture.UICulture
            ?? CultureInfo.InvariantCulture;
    }

    /// <summary>Unique among all connections; the header <c>session</c> of CONNECTED.</summary>
    public string Id { get; }

    /// <summary>What CONNECT negotiated.</summary>
    public StompVersion Version { get; internal set; }

    /// <summary>Who connects.</summary>
    public ClaimsPrincipal Principal { get; internal set; } = new();

    /// <summary>The peer's address, as the middleware before (forwarded headers) sees it.</summary>
    public IPAddress? RemoteAddress { get; }

    /// <summary>What carries it.</summary>
    public StompTransport Transport => _transport.Kind;

    /// <summary>The upgrade request's <c>Accept-Language</c>; empty over TCP.</summary>
    public string AcceptLanguage { get; }

    /// <summary>The language of titles. The upgrade request's culture when request localization is in use; an application may set it.</summary>
    public CultureInfo Language { get; set; }

    /// <summary>A place for what the application knows about the connection.</summary>
    public IFeatureCollection Features
    {
        get
        {
            lock (Gate)
                return _features ??= new FeatureCollection();
        }
    }

    /// <summary>Cancelled when the connection is over and its last frame was handled.</summary>
    public CancellationToken Closed
    {
        get
        {
            lock (Gate)
            {
                _closed ??= new CancellationTokenSource();
                if (_isClosed && !_closed.IsCancellationRequested)
                    _closed.Cancel(); // nobody can have registered yet
                return _closed.Token;
            }
        }
    }

    /// <summary>The live subscriptions at this moment.</summary>
    public IReadOnlyList<StompSubscription> Subscriptions
    {
        get
        {
            lock (Gate)
                return [.. _subscriptions.Values.Where(static s => s.IsLive)];
        }
    }

    /// <summary>Bytes that wait for the socket: who has much to send waits until there are few.</summary>
    public long QueuedBytes => Outbound.QueuedBytes;

    /// <summary>Cancelled when the connection had to be cut.</summary>
    internal CancellationToken Aborted
    {
        get
        {
            lock (Gate)
            {
                _aborted ??= new CancellationTokenSource();
                if (_isAborted && !_aborted.IsCancellationRequested)
                    _aborted.Cancel(); // nobody can have registered yet
                return _aborted.Token;
            }
        }
    }

    internal StompOptions Options { get; }

    internal OutboundQueue Outbound { get; }

    internal Deliveries Deliveries { get; }

    internal StompTelemetry Telemetry { get; }

    internal Lock Gate => Outbound.Gate;

    internal bool IsClosing => !Outbound.IsOpen;

    /// <summary>The live subscriptions to a destination, spelled exactly so.</summary>
    public IReadOnlyList<StompSubscription> SubscriptionsTo(string destination)
    {
        lock (Gate)
            return [.. _subscriptions.Values.Where(s => s.IsLive && s.Destination == destination)];
    }

    /// <summary>Waits until at most so many bytes wait for the socket, or the connection is over. For one who has more to send than
    /// may wait (a replay, a download): a slow reader then slows its sender instead of being closed.</summary>
    public Task WaitForRoomAsync(long mostQueuedBytes, CancellationToken ct = default) => Outbound.WhenAtMostAsync(mostQueuedBytes).WaitAsync(ct);

    /// <summary>Ends the connection: what waits is still written, then the close frame. Over TCP, which has no such frame, an ERROR
    /// says the reason, except for <see cref="StompCloseCode.Normal"/>.</summary>
    /// <param name="code">See <see cref="StompCloseCode"/>.</param>
    /// <param name="reason">For people and logs, at most 123 bytes of UTF-8; the rest is cut.</param>
    public void Close(int code, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        var isTold = Transport == StompTransport.WebSocket || code == StompCloseCode.Normal;
        Finish(isTold ? default : ServerFrames.Error(Version, reason, []), code, reason);
    }

    /// <summary>ERROR, then the close ("ERROR": "the server MUST then close the connection"). False when it was closing already.</summary>
    internal bool Finish(ReadOnlyMemory<byte> error, int code, string reason, bool mayDropWaiting = false) =>
        Outbound.Finish([error, WebSocketFrames.Close(code, reason)], mayDropWaiting, StartCloseDeadline);

    /// <summary>The peer closed: its code goes back (RFC 6455, section 5.5.1).</summary>
    internal void AnswerClose(int code) =>
        Outbound.Finish([code == 0 ? WebSocketFrames.Encode(WebSocketOpcode.Close, []) : WebSocketFrames.Close(code, "")], false, StartCloseDeadline);

    internal void SetDeadline(TimeSpan fromNow) =>
        Volatile.Write(ref _deadline, _clock.GetTimestamp() + (long)(fromNow.TotalSeconds * _clock.TimestampFrequency));

    internal void ClearDeadline() => Volatile.Write(ref _deadline, 0);

    internal bool IsDeadlinePast(long now) => Volatile.Read(ref _deadline) is > 0 and var deadline && now >= deadline;

    /// <summary>Cuts the connection without a word.</summary>
    internal void Abort()
    {
        Outbound.Break();
        _transport.Abort();
        CancellationTokenSource? aborted;
        lock (Gate)
            (_isAborted, aborted) = (true, _aborted);
        Cancel(aborted);
    }

    internal StompSubscription? Find(string id)
    {
        lock (Gate)
            return _subscriptions.GetValueOrDefault((id, null));
    }

    /// <summary>1.0 may unsubscribe by destination.</summary>
    internal StompSubscription? FindByDestination(string destination)
    {
        lock (Gate)
            return _subscriptions.GetValueOrDefault((null, destination)) ?? _subscriptions.Values.FirstOrDefault(s => s.Destination == destination);
    }

    /// <returns>Null when the id (in 1.0 without one the destination) is in use.</returns>
    internal StompSubscription? Add(string? id, string destination, StompAckMode ackMode = StompAckMode.Auto)
    {
        var subscription = new StompSubscription(this, id, destination, ackMode);
        lock (Gate)
        {
            if (!_subscriptions.TryAdd(Key(subscription), subscription))
                return null;
            if (id is not null)
                ForgetEndedId(id); // reused
            Telemetry.SubscriptionCame();
            return subscription;
        }
    }

    internal int SubscriptionCount
    {
        get
        {
            lock (Gate)
                return _subscriptions.Count;
        }
    }

    /// <summary>Ends one; whoever gets true is the one who did, so that everything about its end happens once.</summary>
    internal bool Remove(StompSubscription subscription, bool isByServer)
    {
        lock (Gate)
        {
            if (subscription.IsEnded || !_subscriptions.Remove(Key(subscription)))
                return false;
            subscription.MarkEnded();
            if (isByServer && subscription.Id is { } id)
            {
                _endedIds ??= new Queue<string>();
                if (_endedIds.Count == MaxEndedIds)
                    _endedIds.Dequeue();
                _endedIds.Enqueue(id);
            }
        }

        Telemetry.SubscriptionWent();
        subscription.NotifyEnded();
        return true;
    }

    /// <summary>AMB-08: the client could not know that the server ended it.</summary>
    internal bool ForgetIfEndedByServer(string id)
    {
        lock (Gate)
            return ForgetEndedId(id);
    }

    internal void TellEnded(StompSubscription subscription, IStompRefusal why)
    {
        if (Options.RefusalDestination is { } destination && SubscriptionsTo(destination) is [var listener, ..])
        {
            listener.Send(RefusalBody.AsMessage(destination, new StompRefusalNotice(
                StompRefusalNotice.SubscriptionEnded, why, this)
            { Destination = subscription.Destination, Subscription = subscription.Id }));
        }
    }

    internal void EndSubscriptions()
    {
        while (true)
        {
            List<StompSubscription> all;
            lock (Gate)
                all = [.. _subscriptions.Values];
            if (all.Count == 0)
                return;
            foreach (var subscription in all)
                Remove(subscription, isByServer: false);
        }
    }

    /// <summary>After the last frame: ends the subscriptions and tells whoever waits for the end.</summary>
    internal void MarkClosed()
    {
        EndSubscriptions();
        CancellationTokenSource? closed;
        lock (Gate)
            (_isClosed, closed) = (true, _closed);
        Cancel(closed);
    }

    void Cancel(CancellationTokenSource? source)
    {
        try
        {
            source?.Cancel();
        }
        catch (AggregateException e) // a callback of the application
        {
            ReportFault(e);
        }
    }

    internal void ReportFault(Exception e) => LogFault(_logger, Id, e);

    static (string? Id, string? Destination) Key(StompSubscription subscription) =>
        subscription.Id is { } id ? (id, null) : (null, subscription.Destination);

    bool ForgetEndedId(string id)
    {
        if (_endedIds is null || !_endedIds.Contains(id))
            return false;
        _endedIds = new Queue<string>(_endedIds.Where(other => other != id));
        return true;
    }

    void StartCloseDeadline() => SetDeadline(Options.CloseTimeout);

    void OnOverflow() => RefuseSlow("the client reads more slowly than it is sent to");

    internal void RefuseSlow(string reason)
    {
        if (Finish(ServerFrames.Error(Version, reason, []), StompCloseCode.TryAgainLater, reason, mayDropWaiting: true))
        {
            Telemetry.Overflowed();
            LogTooSlow(_logger, Id, reason);
        }
    }

    void OnBroken(Exception e)
    {
        LogPeerVanished(_logger, Id, e.Message);
        _transport.Abort(); // ends the read that waits
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A callback of the application failed on connection {Connection}")]
    static partial void LogFault(ILogger logger, string connection, Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "Connection {Connection} is closed: {Reason}")]
    static partial void LogTooSlow(ILogger logger, string connection, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Connection {Connection} vanished: {Reason}")]
    static partial void LogPeerVanished(ILogger logger, string connection, string reason);
}
