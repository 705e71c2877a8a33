using System.Globalization;
using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.Logging;

namespace SmallTalk.Stomp;

/// <summary>The life of one connection, from its acceptance to the last byte, on any transport: one loop reads, and the frames take effect one after the
/// other in the order they came (K02). It ends in one of two ways: the peer goes, or <see cref="StompConnection.Finish"/> has queued the
/// last frames; then the loop only drains what still arrives, so that a peer in the middle of sending does read its ERROR (K05), until
/// the peer closes too or the deadline passes.</summary>
sealed partial class StompSession
{
    readonly StompServer _server;
    readonly StompOptions _options;
    readonly StompConnection _connection;
    readonly OutboundQueue _outbound;
    readonly SessionTransport _transport;
    readonly StompFrameReader _reader;
    readonly PendingResults _pending;
    readonly FrameDispatch _dispatch;
    readonly ILogger _logger;
    readonly SessionClock _beats;
    bool _isConnected;
    bool _isAnnounced;
    volatile bool _isHandling;
    volatile bool _isDraining;

    public StompSession(StompServer server, StompOptions options, StompRouteBuilder routes, SessionTransport transport)
    {
        _server = server;
        _options = options;
        _transport = transport;
        _logger = server.Logger;
        _connection = new StompConnection(StompServer.NextId(), transport, options, server);
        _outbound = _connection.Outbound;
        _reader = new StompFrameReader(new StompLimits(options.MaxFrameBytesBeforeConnected, options.MaxHeaders));
        _pending = new PendingResults(options.MaxPendingResults);
        _dispatch = new FrameDispatch(_connection, routes, _pending, server);
        _beats = new SessionClock(server.Clock, options, canPing: transport.Kind == StompTransport.WebSocket);
    }

    public StompConnection Connection => _connection;

    /// <summary>When bytes last came.</summary>
    public long LastRead => _beats.LastRead;

    /// <summary>It waits for bytes: what came is handled, silence counts.</summary>
    public bool IsWaiting => _beats.Waits;

    /// <summary>When, within the time that a drain is spread over, this connection's turn is: from 0 to 1.</summary>
    public double DrainMoment { get; } = Random.Shared.NextDouble();

    public async Task RunAsync()
    {
        if (!_connection.IsClosing)
            _connection.SetDeadline(_options.ConnectTimeout);
        _server.Add(this);
        var output = EndOutputAsync();
        try
        {
            await ReceiveAllAsync();
        }
        catch (Exception e) // a fault of ours: it costs this connection only
        {
            _dispatch.Fail(e, "the session", []);
        }

        // The pulse still watches over the deadline for the last frames.
        _connection.MarkClosed();
        await output;
        _server.Remove(this);
        if (_isAnnounced)
            await CallAsync(_options.Disconnected);
    }

    async Task ReceiveAllAsync()
    {
        try
        {
            while (true)
            {
                _beats.WaitsForBytes(true);
                var received = await _transport.ReceiveAsync();
                _beats.WaitsForBytes(false);
                if (_connection.IsClosing || _isDraining)
                    _transport.DropPayload();
                else
                    await HandleReceivedAsync();

                switch (received)
                {
                    case Reception.Close:
                        _connection.AnswerClose(_transport.CloseCode);
                        return;
                    case Reception.EndOfData:
                        await AnswerAllAsync();
                        return;
                    case Reception.EndOfStream:
                        _outbound.Break();
                        return;
                    case Reception.Violation:
                        _connection.Finish(default, _transport.CloseCode, _transport.CloseReason);
                        await _transport.DiscardAsync(); // or what still arrives would make TCP drop the close frame
                        return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException) // a BadHttpRequestException is an IOException
        {
            LogPeerVanished(_connection.Id, e.Message);
            _outbound.Break();
        }
    }

    /// <summary>A peer that sends nothing more may wait for its RECEIPTs all the same ("Connection Lingering", S12-67).</summary>
    async ValueTask AnswerAllAsync()
    {
        try
        {
            await _pending.WhenEmptyAsync().WaitAsync(_options.CloseTimeout, _server.Clock);
        }
        catch (TimeoutException)
        {
            // Its frames had their effect; nobody waits for ever to say so.
        }

        _connection.Finish(default, StompCloseCode.Normal, "");
    }

    async Task EndOutputAsync()
    {
        await _outbound.Ended;
        await _transport.EndOutputAsync();
    }

    /// <summary>Handles the frames that are there. What they are answered at once leaves in one write.</summary>
    async ValueTask HandleReceivedAsync()
    {
        var isHeld = _outbound.Hold();
        _isHandling = true;
        try
        {
            while (!_connection.IsClosing && !_isDraining)
            {
                var payload = _transport.Payload;
                var before = payload.Length;
                var status = _reader.Read(ref payload, out var frame);
                _transport.Consumed(before - payload.Length);
                _server.Telemetry.BytesReceived(before - payload.Length);
                if (status == StompReadStatus.NeedMore)
                    return;
                if (status == StompReadStatus.Refused)
                {
                    RefuseUnreadable(_reader.Fault!, frame);
                    return;
                }

                var handled = HandleAsync(frame!);
                if (handled.IsCompletedSuccessfully)
                {
                    handled.GetAwaiter().GetResult();
                    continue;
                }

                if (isHeld)
                    _outbound.Release();
                isHeld = false;
                await handled;
            }
        }
        finally
        {
            _isHandling = false;
            if (isHeld)
                _outbound.Release();
        }
    }

    ValueTask HandleAsync(StompFrame frame)
    {
        _server.Telemetry.FrameReceived(frame.Command);
        if (frame.Command is StompCommand.Connect or StompCommand.Stomp)
            return ConnectAsync(frame);
        if (_isConnected)
            return _dispatch.HandleAsync(frame);
        _dispatch.RefuseProtocol(frame, FormattableString.Invariant($"{Name(frame.Command)} before CONNECT"));
        return default;
    }

    /// <summary>"CONNECT or STOMP Frame", "Protocol Negotiation", "Heart-beating".</summary>
    async ValueTask ConnectAsync(StompFrame frame)
    {
        if (_isConnected)
        {
            _dispatch.RefuseProtocol(frame, "a second CONNECT");
            return;
        }

        // Without accept-version the client is one of 1.0.
        var version = frame.TryGetHeader(HeaderNames.AcceptVersion, out var accepted)
            ? StompVersions.Negotiate(accepted, _transport.Cap)
            : StompVersion.V10;
        if (version == StompVersion.None)
        {
            _connection.Finish(
                ServerFrames.Error(StompVersion.None, "no common version", [], [new("version", StompVersions.Supported)]),
                StompCloseCode.ProtocolError, "no common version");
            return;
        }

        HeartBeat wishes = default;
        if (version > StompVersion.V10 && frame.TryGetHeader(HeaderNames.HeartBeat, out var heartBeat)
            && !HeartBeat.TryParse(heartBeat, out wishes))
        {
            _dispatch.RefuseProtocol(frame, "heart-beat is not two numbers of milliseconds with a comma between");
            return;
        }

        var authentication = StompAuthentication.Accept(_transport.Http?.User ?? new ClaimsPrincipal());
        try
        {
            if (_options.Authenticate is { } authenticate)
                authentication = await authenticate(new StompConnect(frame, version, _connection), _transport.Http, _connection.Aborted);
            authentication.Prepare?.Invoke(_connection);
        }
        catch (Exception e) // of the application
        {
            _dispatch.Fail(e, "CONNECT", []);
            return;
        }

        if (_connection.IsClosing)
            return; // it took too long

        if (authentication.Principal is not { } principal)
        {
            var refusal = authentication.Refusal!;
            _server.Telemetry.Refused(refusal.Code);
            _connection.Finish(
                ServerFrames.Error(StompVersion.None, refusal.TitleIn(CultureInfo.InvariantCulture), [], [new("code", refusal.Code)]),
                FrameDispatch.CloseCodeOf(refusal), refusal.Code);
            return;
        }

        _connection.Version = _reader.Version = version;
        _connection.Principal = principal;
        _reader.Limits = _reader.Limits with { MaxFrameBytes = _options.MaxFrameBytes };
        _isAnnounced = true;
        if (!await CallAsync(_options.Connected))
        {
            _connection.Finish(ServerFrames.Error(StompVersion.None, "internal error", []), StompCloseCode.ServerFault, "internal error");
            return;
        }

        var (send, receive) = _beats.Agree(wishes);
        if (_outbound.Enqueue(ServerFrames.Connected(version, _connection.Id, _options.ServerName, send, receive)))
        {
            _connection.ClearDeadline();
            _isConnected = true;
        }
    }

    /// <summary>Called by the server's one timer, a few times a second: deadlines, heart-beats, pings and the drain need no timer of
    /// their own.</summary>
    public void Pulse(long now)
    {
        if (_connection.IsDeadlinePast(now))
        {
            if (_connection.IsClosing)
                _connection.Abort();
            else
                _connection.Finish(
                    ServerFrames.Error(StompVersion.None, "no CONNECT came in time", []), StompCloseCode.ProtocolError, "no CONNECT came in time");
            return;
        }

        if (_connection.IsClosing)
        {
            // The peer may take its time to answer the close; what the application keeps for it ends now.
            if (!_isHandling)
                _connection.EndSubscriptions();
            return;
        }

        if (_isDraining && !_isHandling && _pending.IsEmpty)
        {
            _connection.Close(StompCloseCode.GoingAway, "the server is going away");
            return;
        }

        switch (_beats.Due(now, _outbound.LastWrite, _isConnected))
        {
            case SessionClock.Duty.SendHeartBeat:
                _outbound.Enqueue(WebSocketFrames.HeartBeat);
                break;
            case SessionClock.Duty.SendPing:
                _outbound.Enqueue(WebSocketFrames.EmptyPing);
                break;
            case SessionClock.Duty.GiveUpHeartBeat:
                const string Silent = "no heart-beat came in time";
                _connection.Finish(ServerFrames.Error(_connection.Version, Silent, []), StompCloseCode.ProtocolError, Silent);
                break;
            case SessionClock.Duty.GiveUpPing:
                LogPeerVanished(_connection.Id, "no answer to a ping");
                _connection.Abort();
                break;
        }
    }

    /// <summary>No frame is handled any more; when those under way have their outcome, the connection closes with 1001.</summary>
    public void Drain() => _isDraining = true;

    void RefuseUnreadable(StompFault fault, StompFrame? frame) =>
        _dispatch.RefuseProtocol(frame, fault.Message, fault.Kind == StompFaultKind.TooLarge ? StompCloseCode.TooLarge : StompCloseCode.ProtocolError);

    async ValueTask<bool> CallAsync(List<Func<StompConnection, ValueTask>> callbacks)
    {
        var isFine = true;
        foreach (var callback in callbacks)
        {
            try
            {
                await callback(_connection);
            }
            catch (Exception e) // each one is called, whatever the others do
            {
                isFine = false;
                _connection.ReportFault(e);
            }
        }

        return isFine;
    }

    static string Name(StompCommand command) => Encoding.ASCII.GetString(StompCommands.Utf8(command));

    [LoggerMessage(Level = LogLevel.Debug, Message = "Connection {Connection} vanished: {Reason}")]
    partial void LogPeerVanished(string connection, string reason);
}
