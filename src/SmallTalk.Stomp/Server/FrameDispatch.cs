using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace SmallTalk.Stomp;

/// <summary>What the frames of a connected client do ("Client Frames"), and how each is answered: by its RECEIPT when it is true, by a
/// refusal when a rule of the application says no, by an ERROR and the close when it breaks the protocol.</summary>
sealed partial class FrameDispatch(
    StompConnection connection, StompRouteBuilder routes, PendingResults pending, StompServer server)
{
    const int MaxKeptBytes = 1024;

    static readonly KeyValuePair<string, string>[] NoHeaders = [];
    static readonly StompHandler AcceptAll = static _ => default;

    readonly StompOptions _options = connection.Options;
    readonly StompTelemetry _telemetry = server.Telemetry;
    readonly IServiceProvider _services = server.Services;
    readonly ILogger _logger = server.Logger;
    readonly Transactions _transactions = new(connection.Options);

    /// <summary>What must be remembered of a frame whose outcome comes when its bytes are gone.</summary>
    sealed record Answerable(
        byte[]? Receipt, byte[] Destination, StompSubscription? Subscription, string? SubscriptionId, byte[] Body);

    public ValueTask HandleAsync(StompFrame frame)
    {
        switch (frame.Command)
        {
            case StompCommand.Send:
                return SendAsync(frame);
            case StompCommand.Subscribe:
                return SubscribeAsync(frame);
            case StompCommand.Unsubscribe:
                Unsubscribe(frame);
                return default;
            case StompCommand.Disconnect:
                return DisconnectAsync(frame);
            case StompCommand.Begin:
                Begin(frame);
                return default;
            case StompCommand.Commit:
            case StompCommand.Abort:
                EndTransaction(frame);
                return default;
            case StompCommand.Ack:
            case StompCommand.Nack:
                Acknowledge(frame);
                return default;
            default:
                RefuseProtocol(frame, FormattableString.Invariant($"{Name(frame)} is not a client's frame"));
                return default;
        }
    }

    ValueTask SendAsync(StompFrame frame)
    {
        if (!frame.TryGetHeader(HeaderNames.Destination, out var destination))
            return Refused(frame, "SEND without destination");
        // AMB-29: they are the server's to write; accepted from a client they would be believed by somebody.
        if (frame.TryGetHeader(HeaderNames.MessageId, out _) || frame.TryGetHeader(HeaderNames.Subscription, out _) || frame.TryGetHeader(HeaderNames.Ack, out _))
            return Refused(frame, "SEND with one of the server's own headers: message-id, subscription, ack");
        if (!TryFindTransaction(frame, out var transaction))
            return default;
        RouteValues values = default;
        if (routes.Sends.Match(destination, ref values) is not { } route)
        {
            Answer(frame, null, StompRefusals.NoSuchDestination);
            return default;
        }

        if (transaction is not null && !route.IsTransactional)
            return Refused(frame, "SEND in a transaction to a destination that takes part in none");
        return RunAsync(route, new StompContext(connection, frame, null, route.Template, values, _services) { Transaction = transaction });
    }

    ValueTask SubscribeAsync(StompFrame frame)
    {
        if (!frame.TryGetHeader(HeaderNames.Destination, out var destinationUtf8))
            return Refused(frame, "SUBSCRIBE without destination");
        var id = frame.GetHeader(HeaderNames.Id);
        if (string.IsNullOrEmpty(id) && (id is not null || connection.Version > StompVersion.V10))
            return Refused(frame, "SUBSCRIBE without id");
        // They are kept as long as the subscription, and there may be many.
        if (destinationUtf8.Length > MaxKeptBytes || (frame.TryGetHeader(HeaderNames.Id, out var idUtf8) && idUtf8.Length > MaxKeptBytes))
        {
            RefuseProtocol(frame, FormattableString.Invariant($"SUBSCRIBE with an id or a destination of more than {MaxKeptBytes} bytes"), StompCloseCode.TooLarge);
            return default;
        }

        if (!TryReadAckMode(frame, out var ackMode))
            return Refused(frame, "SUBSCRIBE with an unknown ack mode");

        var destination = Encoding.UTF8.GetString(destinationUtf8);
        RouteValues values = default;
        var route = routes.Subscribes.Match(destinationUtf8, ref values)
            ?? (destination == _options.RefusalDestination ? new StompRoute(RouteTemplate.Parse(destination), AcceptAll) : null);
        if (route is null)
        {
            Answer(frame, null, StompRefusals.NoSuchDestination);
            return default;
        }

        if (ackMode != StompAckMode.Auto && !route.OffersAcknowledgements)
            return Refused(frame, "SUBSCRIBE with an ack mode that this destination does not offer: only auto");
        if (connection.SubscriptionCount >= _options.MaxSubscriptions)
        {
            Answer(frame, null, StompRefusals.TooManySubscriptions);
            return default;
        }

        return connection.Add(id, destination, ackMode) is { } subscription
            ? RunAsync(route, new StompContext(connection, frame, subscription, route.Template, values, _services))
            : Refused(frame, "SUBSCRIBE with an id that is in use");
    }

    void Unsubscribe(StompFrame frame)
    {
        var id = frame.GetHeader(HeaderNames.Id);
        var destination = connection.Version == StompVersion.V10 && id is null ? frame.GetHeader(HeaderNames.Destination) : null;
        if (id is null && destination is null)
        {
            RefuseProtocol(frame, connection.Version == StompVersion.V10 ? "UNSUBSCRIBE without id or destination" : "UNSUBSCRIBE without id");
            return;
        }

        var subscription = id is not null ? connection.Find(id) : connection.FindByDestination(destination!);
        if ((subscription is not null && connection.Remove(subscription, isByServer: false)) || (id is not null && connection.ForgetIfEndedByServer(id)))
            Receipt(frame, NoHeaders);
        else
            RefuseProtocol(frame, "UNSUBSCRIBE of a subscription that is not there");
    }

    /// <summary>"DISCONNECT": its RECEIPT says that everything before was processed, so it waits for the outcomes under way.</summary>
    async ValueTask DisconnectAsync(StompFrame frame)
    {
        var receipt = frame.TryGetHeader(HeaderNames.Receipt, out var id) ? id.ToArray() : null;
        await pending.WhenEmptyAsync();
        connection.Finish(
            receipt is null ? default : ServerFrames.Receipt(connection.Version, receipt, NoHeaders), StompCloseCode.Normal, "");
    }

    /// <summary>"BEGIN".</summary>
    void Begin(StompFrame frame)
    {
        var fault = frame.GetHeader(HeaderNames.Transaction) is not { Length: > 0 } id ? "BEGIN without transaction"
            : !routes.OffersTransactions ? "BEGIN: transactions are not offered here"
            : _transactions.Begin(id);
        if (fault is null)
            Receipt(frame, NoHeaders);
        else
            RefuseProtocol(frame, fault);
    }

    /// <summary>"COMMIT", "ABORT".</summary>
    void EndTransaction(StompFrame frame)
    {
        if (frame.GetHeader(HeaderNames.Transaction) is not { Length: > 0 } id)
            RefuseProtocol(frame, FormattableString.Invariant($"{Name(frame)} without transaction"));
        else if (!_transactions.End(id, out var transaction))
            RefuseProtocol(frame, FormattableString.Invariant($"{Name(frame)} of a transaction that is not open"));
        else
            Answer(frame, null, frame.Command == StompCommand.Commit ? StompBroker.Commit(transaction!) : null);
    }

    /// <summary>Finds the transaction that a frame wants to be part of, with room for the frame; none is fine.</summary>
    /// <returns>False when the frame was refused.</returns>
    bool TryFindTransaction(StompFrame frame, out Transaction? transaction)
    {
        transaction = null;
        if (!frame.TryGetHeader(HeaderNames.Transaction, out var id))
            return true;
        transaction = _transactions.Find(Encoding.UTF8.GetString(id));
        if (transaction is null)
        {
            RefuseProtocol(frame, FormattableString.Invariant($"{Name(frame)} in a transaction that is not open"));
            return false;
        }

        if (_transactions.Check(transaction, frame.ByteCount) is not { } fault)
            return true;
        RefuseProtocol(frame, fault, StompCloseCode.TooLarge);
        return false;
    }

    /// <summary>"ACK", "NACK".</summary>
    void Acknowledge(StompFrame frame)
    {
        if (frame.Command == StompCommand.Nack && connection.Version == StompVersion.V10)
        {
            RefuseProtocol(frame, "NACK is not a command of 1.0");
            return;
        }

        if (connection.Deliveries.Find(frame, connection.Version, out var delivery) is { } fault)
        {
            RefuseProtocol(frame, FormattableString.Invariant($"{Name(frame)} {fault}"));
            return;
        }

        if (!TryFindTransaction(frame, out var transaction))
            return;
        var settlement = frame.Command == StompCommand.Ack ? StompSettlement.Acknowledged : StompSettlement.Rejected;
        if (delivery is not null && transaction is not null)
            transaction.Add(new SettleStep(delivery, settlement), frame.ByteCount);
        else if (delivery is not null)
            connection.Deliveries.Settle(delivery, settlement);
        Receipt(frame, NoHeaders);
    }

    bool TryReadAckMode(StompFrame frame, out StompAckMode mode)
    {
        mode = StompAckMode.Auto;
        if (!frame.TryGetHeader(HeaderNames.Ack, out var ack) || ack.SequenceEqual("auto"u8))
            return true;
        mode = ack.SequenceEqual("client"u8) ? StompAckMode.Client
            : ack.SequenceEqual("client-individual"u8) && connection.Version > StompVersion.V10 ? StompAckMode.ClientIndividual
            : StompAckMode.Auto;
        return mode != StompAckMode.Auto;
    }

    /// <summary>Runs a handler and answers the frame.</summary>
    async ValueTask RunAsync(StompRoute route, StompContext context)
    {
        var frame = context.Frame;
        IStompResult? result;
        context.Handling = _telemetry.Start(route, frame);
        try
        {
            result = await route.Handler(context);
        }
        catch (Exception e) // a fault of the handler costs this connection, nothing else
        {
            var receipt = frame.TryGetHeader(HeaderNames.Receipt, out var id) ? id : default;
            Fail(e, context, receipt);
            result = null;
        }

        if (result is PendingResult { Outcome: var outcome })
        {
            if (!outcome.IsCompleted)
            {
                var answerable = Keep(frame, context.Subscription);
                var room = pending.EnterAsync();
                _ = AnswerLaterAsync(context, outcome, answerable); // counted in pending, which DISCONNECT and the drain await
                await room;
                return;
            }

            result = await OutcomeAsync(context, outcome, frame.TryGetHeader(HeaderNames.Receipt, out var id) ? id.ToArray() : null);
        }

        context.Handling?.End(result as IStompRefusal);
        Answer(frame, context.Subscription, result);
        if (context.HasScope)
            await context.EndScopeAsync();
    }

    async Task AnswerLaterAsync(StompContext context, Task<IStompResult?> outcome, Answerable answerable)
    {
        try
        {
            var result = await OutcomeAsync(context, outcome, answerable.Receipt);
            context.Handling?.End(result as IStompRefusal);
            Answer(answerable, result);
            if (context.HasScope)
                await context.EndScopeAsync();
        }
        catch (Exception e) // the application's services, when their scope ends
        {
            connection.ReportFault(e);
        }
        finally
        {
            pending.Leave();
        }
    }

    async ValueTask<IStompResult?> OutcomeAsync(StompContext context, Task<IStompResult?> outcome, byte[]? receipt)
    {
        try
        {
            var result = await outcome;
            return result is PendingResult ? throw new InvalidOperationException("The outcome of StompResult.When is another StompResult.When.") : result;
        }
        catch (Exception e)
        {
            Fail(e, context, receipt);
            return null; // closing: nothing is answered any more
        }
    }

    void Answer(StompFrame frame, StompSubscription? subscription, IStompResult? result)
    {
        if (result is IStompRefusal)
        {
            Answer(Keep(frame, subscription), result);
            return;
        }

        subscription?.GoLive();
        Receipt(frame, (result as AcceptedResult)?.ReceiptHeaders ?? NoHeaders);
        subscription?.TellLive();
    }

    void Answer(Answerable frame, IStompResult? result)
    {
        if (result is IStompRefusal refusal)
        {
            if (frame.Subscription is not null)
                connection.Remove(frame.Subscription, isByServer: false);
            Refuse(frame, refusal);
            return;
        }

        frame.Subscription?.GoLive();
        if (frame.Receipt is not null)
            connection.Outbound.Enqueue(ServerFrames.Receipt(connection.Version, frame.Receipt, (result as AcceptedResult)?.ReceiptHeaders ?? NoHeaders));
        frame.Subscription?.TellLive();
    }

    void Receipt(StompFrame frame, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        if (frame.TryGetHeader(HeaderNames.Receipt, out var receipt))
            connection.Outbound.Enqueue(ServerFrames.Receipt(connection.Version, receipt, headers));
    }

    /// <summary>A rule of the application said no: without a place to hear of it, it is an ERROR and the close.</summary>
    void Refuse(Answerable frame, IStompRefusal refusal)
    {
        _telemetry.Refused(refusal.Code);
        var notice = new StompRefusalNotice(StompRefusalNotice.Refused, refusal, connection)
        {
            Destination = Encoding.UTF8.GetString(frame.Destination),
            Receipt = frame.Receipt is null ? null : Encoding.UTF8.GetString(frame.Receipt),
            Subscription = frame.SubscriptionId,
            Echoed = RefusalBody.Echo(frame.Body, _options.EchoedMembers),
        };
        if (_options.RefusalDestination is { } destination && connection.SubscriptionsTo(destination) is [var listener, ..])
        {
            listener.Send(RefusalBody.AsMessage(destination, notice));
            return;
        }

        connection.Finish(
            ServerFrames.Error(connection.Version, refusal.TitleIn(CultureInfo.InvariantCulture), frame.Receipt, [new("code", refusal.Code)],
                RefusalBody.Write(notice), "application/json"),
            CloseCodeOf(refusal), refusal.Code);
    }

    /// <summary>"ERROR": says what was wrong, names the frame's receipt, and closes.</summary>
    public void RefuseProtocol(StompFrame? frame, string message, int closeCode = StompCloseCode.ProtocolError)
    {
        ReadOnlySpan<byte> receipt = default;
        // CONNECT has no receipt (AMB-15).
        if (frame is not null && !StompCommands.IsNeverEscaped(frame.Command))
            frame.TryGetHeader(HeaderNames.Receipt, out receipt);
        LogRefused(connection.Id, message);
        _telemetry.Refused("protocol");
        connection.Finish(ServerFrames.Error(connection.Version, message, receipt), closeCode, message);
    }

    void Fail(Exception e, StompContext context, ReadOnlySpan<byte> receipt)
    {
        if (context.Handling is { } handling)
            handling.Fault = e.GetType().FullName;
        Fail(e, context.Template, receipt);
    }

    public void Fail(Exception e, string destination, ReadOnlySpan<byte> receipt)
    {
        if (connection.IsClosing && e is OperationCanceledException)
            return;
        LogFailed(connection.Id, destination, e);
        connection.Finish(ServerFrames.Error(connection.Version, "internal error", receipt), StompCloseCode.ServerFault, "internal error");
    }

    public static int CloseCodeOf(IStompRefusal refusal) => refusal.Status switch
    {
        413 => StompCloseCode.TooLarge,
        429 or 503 => StompCloseCode.TryAgainLater,
        >= 500 => StompCloseCode.ServerFault,
        _ => StompCloseCode.NotAllowed,
    };

    Answerable Keep(StompFrame frame, StompSubscription? subscription) => new(
        frame.TryGetHeader(HeaderNames.Receipt, out var receipt) ? receipt.ToArray() : null,
        frame.TryGetHeader(HeaderNames.Destination, out var destination) ? destination.ToArray() : [],
        subscription,
        frame.Command == StompCommand.Subscribe ? frame.GetHeader(HeaderNames.Id) : null,
        _options.EchoedMembers.Count > 0 ? frame.Body.ToArray() : []);

    ValueTask Refused(StompFrame frame, string message)
    {
        RefuseProtocol(frame, message);
        return default;
    }

    static string Name(StompFrame frame) => Encoding.ASCII.GetString(StompCommands.Utf8(frame.Command));

    [LoggerMessage(Level = LogLevel.Debug, Message = "Connection {Connection} is refused: {Reason}")]
    partial void LogRefused(string connection, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Connection {Connection}: the handler of {Destination} failed")]
    partial void LogFailed(string connection, string destination, Exception e);
}
