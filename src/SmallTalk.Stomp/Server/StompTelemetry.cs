using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;

namespace SmallTalk.Stomp;

/// <summary>What an operator can see: a <see cref="Meter"/> and an <see cref="ActivitySource"/>, both named <see cref="Name"/>, in
/// OpenTelemetry's words for messaging. While nobody listens each point costs one comparison.</summary>
public sealed class StompTelemetry
{
    /// <summary>What to listen to: <c>AddMeter(StompTelemetry.Name)</c>, <c>AddSource(StompTelemetry.Name)</c>.</summary>
    public const string Name = "SmallTalk.Stomp";

    static readonly ActivitySource Source = new(Name);
    static readonly KeyValuePair<string, object?> MessagingSystem = new("messaging.system", "stomp");

    readonly UpDownCounter<long> _connections;
    readonly UpDownCounter<long> _subscriptions;
    readonly Counter<long> _framesReceived;
    readonly Counter<long> _messagesSent;
    readonly Counter<long> _headersLeftOut;
    readonly Counter<long> _bytesReceived;
    readonly Counter<long> _bytesSent;
    readonly Counter<long> _refusals;
    readonly Counter<long> _overflows;
    readonly Counter<long> _dropped;
    readonly Histogram<double> _duration;

    internal StompTelemetry(IMeterFactory? meters)
    {
        Meter = meters?.Create(Name) ?? new Meter(Name);
        _connections = Meter.CreateUpDownCounter<long>("stomp.server.connections", "{connection}", "Connections that are open.");
        _subscriptions = Meter.CreateUpDownCounter<long>("stomp.server.subscriptions", "{subscription}", "Subscriptions that have not ended.");
        _framesReceived = Meter.CreateCounter<long>("stomp.server.frames.received", "{frame}", "Frames that were read.");
        _messagesSent = Meter.CreateCounter<long>("messaging.server.sent.messages", "{message}", "MESSAGE frames that were queued for a connection.");
        _headersLeftOut = Meter.CreateCounter<long>("stomp.server.headers.left_out", "{header}", "Headers of messages that a receiver's version can't say.");
        _bytesReceived = Meter.CreateCounter<long>("stomp.server.io.received", "By", "STOMP bytes that were read, heart-beats included.");
        _bytesSent = Meter.CreateCounter<long>("stomp.server.io.sent", "By", "Bytes that were written.");
        _refusals = Meter.CreateCounter<long>("stomp.server.refusals", "{frame}", "Frames that were refused.");
        _overflows = Meter.CreateCounter<long>("stomp.server.overflows", "{connection}", "Connections that were closed because they read or acknowledge too slowly.");
        _dropped = Meter.CreateCounter<long>("stomp.server.frames.dropped", "{frame}", "Frames that still waited for such a connection.");
        _duration = Meter.CreateHistogram("messaging.process.duration", "s", "From a SEND or SUBSCRIBE to its outcome.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] }); // as OpenTelemetry says
    }

    internal Meter Meter { get; }

    internal void ConnectionCame(StompTransport transport) => _connections.Add(1, MessagingSystem, Transport(transport));

    internal void ConnectionWent(StompTransport transport) => _connections.Add(-1, MessagingSystem, Transport(transport));

    internal void SubscriptionCame() => _subscriptions.Add(1, MessagingSystem);

    internal void SubscriptionWent() => _subscriptions.Add(-1, MessagingSystem);

    internal void FrameReceived(StompCommand command)
    {
        if (_framesReceived.Enabled)
            _framesReceived.Add(1, MessagingSystem, Operation(command));
    }

    internal void MessageSent(StompMessage message, StompVersion version, string? template)
    {
        if (_messagesSent.Enabled)
            _messagesSent.Add(1, MessagingSystem, new("messaging.destination.template", template));
        if (_headersLeftOut.Enabled && message.CountHeadersLeftOut(version) is > 0 and var count)
            _headersLeftOut.Add(count, MessagingSystem);
    }

    internal void BytesReceived(long bytes) => _bytesReceived.Add(bytes, MessagingSystem);

    internal void BytesSent(long bytes) => _bytesSent.Add(bytes, MessagingSystem);

    /// <param name="code">A refusal's code, or <c>protocol</c>: never a client's words.</param>
    internal void Refused(string code) => _refusals.Add(1, MessagingSystem, new KeyValuePair<string, object?>("error.type", code));

    internal void Dropped(int frames)
    {
        if (frames > 0)
            _dropped.Add(frames, MessagingSystem);
    }

    internal void Overflowed() => _overflows.Add(1, MessagingSystem);

    /// <summary>Null when nobody watches.</summary>
    internal Handling? Start(StompRoute route, StompFrame frame) =>
        _duration.Enabled || Source.HasListeners() ? new Handling(this, route, frame) : null;

    static KeyValuePair<string, object?> Transport(StompTransport transport) => new("stomp.transport", transport == StompTransport.Tcp ? "tcp" : "websocket");

    static KeyValuePair<string, object?> Operation(StompCommand command) => new("messaging.operation.name", command switch
    {
        StompCommand.Connect or StompCommand.Stomp => "connect",
        StompCommand.Send => "send",
        StompCommand.Subscribe => "subscribe",
        StompCommand.Unsubscribe => "unsubscribe",
        StompCommand.Ack => "ack",
        StompCommand.Nack => "nack",
        StompCommand.Begin => "begin",
        StompCommand.Commit => "commit",
        StompCommand.Abort => "abort",
        StompCommand.Disconnect => "disconnect",
        _ => "other",
    });

    /// <summary>One frame on its way through its handler, from its arrival to its outcome. The client's <c>traceparent</c> is its parent.</summary>
    internal sealed class Handling
    {
        readonly StompTelemetry _telemetry;
        readonly long _start = Stopwatch.GetTimestamp();
        readonly KeyValuePair<string, object?> _operation;
        readonly KeyValuePair<string, object?> _template;
        readonly Activity? _activity;

        public Handling(StompTelemetry telemetry, StompRoute route, StompFrame frame)
        {
            _telemetry = telemetry;
            _operation = Operation(frame.Command);
            _template = new("messaging.destination.template", route.Template.Text);
            var parent = frame.TryGetHeader("traceparent"u8, out var traceparent)
                && ActivityContext.TryParse(Encoding.UTF8.GetString(traceparent), frame.GetHeader("tracestate"u8), isRemote: true, out var context) ? context : default;
            if (parent == default)
                Activity.Current = null; // of the WebSocket's request, which lasts for hours: not one trace for all of its frames
            _activity = Source.StartActivity($"{_operation.Value} {route.Template.Text}", ActivityKind.Consumer, parent, [MessagingSystem, _operation, _template]);
            if (_activity is not { IsAllDataRequested: true })
                return;
            _activity.SetTag("messaging.operation.type", "process");
            _activity.SetTag("messaging.destination.name", frame.GetHeader(HeaderNames.Destination));
            _activity.SetTag("messaging.message.body.size", frame.Body.Length);
        }

        /// <summary>The type of what the handler threw.</summary>
        public string? Fault { get; set; }

        /// <param name="refusal">Its code is told; null: none.</param>
        public void End(IStompRefusal? refusal)
        {
            var fault = Fault ?? refusal?.Code;
            TagList tags = [MessagingSystem, _operation, _template];
            if (fault is not null)
            {
                tags.Add("error.type", fault);
                _activity?.SetTag("error.type", fault).SetStatus(ActivityStatusCode.Error);
            }

            _telemetry._duration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, tags);
            _activity?.Dispose();
        }
    }
}
