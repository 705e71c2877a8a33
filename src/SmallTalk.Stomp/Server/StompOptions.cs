using System.Buffers;
using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace SmallTalk.Stomp;

/// <summary>How the endpoints behave. Callbacks that need services are set where they are known:
/// <c>services.AddOptions&lt;StompOptions&gt;().Configure&lt;Presence&gt;((options, presence) => options.OnConnected(presence.CameAsync))</c>.</summary>
public sealed class StompOptions
{
    internal List<Func<StompConnection, ValueTask>> Connected { get; } = [];

    internal List<Func<StompConnection, ValueTask>> Disconnected { get; } = [];

    /// <summary>The largest frame ("Size Limits"). Default 64 KiB.</summary>
    public int MaxFrameBytes { get; set; } = 64 * 1024;

    /// <summary>The largest frame until CONNECTED. Default 8 KiB.</summary>
    public int MaxFrameBytesBeforeConnected { get; set; } = 8 * 1024;

    /// <summary>The most headers of one frame. Default 128.</summary>
    public int MaxHeaders { get; set; } = 128;

    /// <summary>The most subscriptions of one connection. Default 256.</summary>
    public int MaxSubscriptions { get; set; } = 256;

    /// <summary>The most frames of one connection whose outcome is awaited (<see cref="StompResult.When"/>); beyond it the connection is
    /// not read. Default 256.</summary>
    public int MaxPendingResults { get; set; } = 256;

    /// <summary>The most messages of one subscription that may wait for ACK or NACK. Default 1,000.</summary>
    public int MaxUnacknowledged { get; set; } = 1000;

    /// <summary>The most transactions of one connection that may be open. Default 16.</summary>
    public int MaxTransactions { get; set; } = 16;

    /// <summary>The most SEND, ACK and NACK frames of one transaction. Default 1,000.</summary>
    public int MaxTransactionFrames { get; set; } = 1000;

    /// <summary>The most bytes of the open transactions of one connection together. Default 1 MiB.</summary>
    public int MaxTransactionBytes { get; set; } = 1024 * 1024;

    /// <summary>The most bytes that may wait for one connection; beyond it the connection is closed with code 1013. Default 1 MiB.</summary>
    public int OutboundQueueBytes { get; set; } = 1024 * 1024;

    /// <summary>Until then CONNECT must have come. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a peer may take to read the last frames and answer the close before it is cut. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the server sends a heart-beat at least, to clients that want some; zero: never. Default 20 s.</summary>
    public TimeSpan HeartBeatSend { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often the server wants to hear from clients that can beat; zero: it doesn't. Default 60 s.</summary>
    public TimeSpan HeartBeatReceive { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>After so much silence the peer gets a WebSocket ping, over TCP one of TCP's own keep-alive probes; zero: never. Default 30 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A peer that answers a ping with nothing for so long is cut. Default 20 s.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>At shutdown the closes are spread over so long, so that not all clients come back in the same instant. Default 3 s.</summary>
    public TimeSpan DrainSpread { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The header <c>server</c> of CONNECTED.</summary>
    public string ServerName { get; set; } = "SmallTalk/" + (typeof(StompOptions).Assembly.GetName().Version?.ToString(2) ?? "0.0");

    /// <summary>Where a connection that subscribes to it hears what was refused (see <see cref="IStompRefusal"/>). Null: a refusal
    /// always is an ERROR and the close. It needs no route.</summary>
    public string? RefusalDestination { get; set; } = "/user/queue/errors";

    /// <summary>Top-level members of a refused SEND's JSON body that its refusal repeats, so that the sender knows which one it was.</summary>
    public IList<string> EchoedMembers { get; } = [];

    /// <summary>Writes the JSON body of a refusal. Null: <c>type, code, title, destination</c> and, where there are some, <c>receipt,
    /// subscription</c>, the echoed members and the refusal's own.</summary>
    public Action<StompRefusalNotice, IBufferWriter<byte>>? WriteRefusal { get; set; }

    /// <summary>Translates a title, the library's own refusals included; null as an answer leaves it to the refusal.</summary>
    public Func<IStompRefusal, CultureInfo, string?>? TranslateTitle { get; set; }

    /// <summary>Decides who connects; the request is that of the WebSocket's handshake, null over TCP. Null: the principal of that
    /// request, over TCP nobody's, and everyone may connect.</summary>
    public Func<StompConnect, HttpContext?, CancellationToken, ValueTask<StompAuthentication>>? Authenticate { get; set; }

    /// <summary>Decides at the handshake whether a page of that origin may connect; false answers 403. Where a cookie
    /// authenticates, this is what keeps other sites' pages out: see <see cref="StompOrigin"/>. Null: everyone may.</summary>
    public Func<HttpContext, bool>? AllowOrigin { get; set; }

    /// <summary>How bodies are read. The web's defaults; and members of records that can't be null must be there.</summary>
    public JsonSerializerOptions Json { get; set; } = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    /// <summary>Called after a client was accepted, just before it learns so. For every such call there is exactly one of
    /// <see cref="OnDisconnected"/>.</summary>
    public void OnConnected(Func<StompConnection, ValueTask> callback) => Connected.Add(callback);

    /// <summary>Called exactly once when a connection that was accepted is over, however it ended, after its subscriptions have ended.</summary>
    public void OnDisconnected(Func<StompConnection, ValueTask> callback) => Disconnected.Add(callback);
}

/// <summary>What CONNECT said ("CONNECT or STOMP Frame"). Its headers are never escaped.</summary>
public sealed class StompConnect
{
    readonly Dictionary<string, string> _headers = new(StringComparer.Ordinal);

    internal StompConnect(StompFrame frame, StompVersion version, StompConnection connection)
    {
        Version = version;
        Connection = connection;
        for (var i = 0; i < frame.HeaderCount; i++)
            _headers.TryAdd(System.Text.Encoding.UTF8.GetString(frame.HeaderName(i)), System.Text.Encoding.UTF8.GetString(frame.HeaderValue(i)));
    }

    /// <summary>The version that the session will have.</summary>
    public StompVersion Version { get; }

    /// <summary>The connection that asks: its transport, its address.</summary>
    public StompConnection Connection { get; }

    /// <summary>The header <c>login</c>.</summary>
    public string? Login => this["login"];

    /// <summary>The header <c>passcode</c>.</summary>
    public string? Passcode => this["passcode"];

    /// <summary>The token of the header <c>Authorization: Bearer …</c>, or null.</summary>
    public string? BearerToken =>
        (this["Authorization"] ?? this["authorization"]) is { } value && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? value["Bearer ".Length..].Trim()
            : null;

    /// <summary>The first header of that name, or null.</summary>
    public string? this[string name] => _headers.GetValueOrDefault(name);
}

/// <summary>The answer of <see cref="StompOptions.Authenticate"/>.</summary>
public sealed class StompAuthentication
{
    StompAuthentication(ClaimsPrincipal? principal, IStompRefusal? refusal) => (Principal, Refusal) = (principal, refusal);

    /// <summary>Who connects, when accepted.</summary>
    public ClaimsPrincipal? Principal { get; }

    /// <summary>Why not, when refused: an ERROR with its title, then close code 1008.</summary>
    public IStompRefusal? Refusal { get; }

    /// <summary>Sees the connection before <see cref="StompOptions.OnConnected"/>; a place to set its features and language.</summary>
    public Action<StompConnection>? Prepare { get; private init; }

    /// <summary>The client is <paramref name="principal"/>.</summary>
    public static StompAuthentication Accept(ClaimsPrincipal principal, Action<StompConnection>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return new StompAuthentication(principal, null) { Prepare = prepare };
    }

    /// <summary>The client is refused. Don't tell which of name and password was wrong.</summary>
    public static StompAuthentication Refuse(IStompRefusal? refusal = null) => new(null, refusal ?? StompRefusals.NotAuthenticated);
}

/// <summary>Whether a handshake comes from our own pages.</summary>
public static class StompOrigin
{
    /// <summary>True when the request has no <c>Origin</c> (no browser sent it), or one with the request's own scheme, host and port.
    /// Behind a proxy the forwarded headers' middleware must have run.</summary>
    public static bool IsAbsentOrSame(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var origins = http.Request.Headers.Origin;
        if (origins.Count == 0)
            return true;
        return origins.Count == 1 && Uri.TryCreate(origins[0], UriKind.Absolute, out var origin)
            && string.Equals(origin.GetLeftPart(UriPartial.Authority), origins[0]?.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)
            && Uri.TryCreate($"{http.Request.Scheme}://{http.Request.Host.Value}", UriKind.Absolute, out var own)
            && origin.Scheme == own.Scheme && origin.Port == own.Port
            && string.Equals(origin.IdnHost, own.IdnHost, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>Refuses the start with one line that names the option, its value and what is allowed.</summary>
sealed class StompOptionsCheck : IValidateOptions<StompOptions>
{
    public ValidateOptionsResult Validate(string? name, StompOptions options)
    {
        List<string> faults = [];
        Number(nameof(options.MaxFrameBytes), options.MaxFrameBytes, 1024, 64 * 1024 * 1024);
        Number(nameof(options.MaxFrameBytesBeforeConnected), options.MaxFrameBytesBeforeConnected, 256, options.MaxFrameBytes);
        Number(nameof(options.MaxHeaders), options.MaxHeaders, 8, 10_000);
        Number(nameof(options.MaxSubscriptions), options.MaxSubscriptions, 1, 100_000);
        Number(nameof(options.MaxPendingResults), options.MaxPendingResults, 1, 100_000);
        Number(nameof(options.MaxUnacknowledged), options.MaxUnacknowledged, 1, 1_000_000);
        Number(nameof(options.MaxTransactions), options.MaxTransactions, 1, 10_000);
        Number(nameof(options.MaxTransactionFrames), options.MaxTransactionFrames, 1, 1_000_000);
        Number(nameof(options.MaxTransactionBytes), options.MaxTransactionBytes, 1024, 1024 * 1024 * 1024);
        Number(nameof(options.OutboundQueueBytes), options.OutboundQueueBytes, 4096, 1024 * 1024 * 1024);
        Time(nameof(options.ConnectTimeout), options.ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Time(nameof(options.CloseTimeout), options.CloseTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Time(nameof(options.HeartBeatSend), options.HeartBeatSend, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), orZero: true);
        Time(nameof(options.HeartBeatReceive), options.HeartBeatReceive, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), orZero: true);
        Time(nameof(options.PingInterval), options.PingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), orZero: true);
        Time(nameof(options.PingTimeout), options.PingTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Time(nameof(options.DrainSpread), options.DrainSpread, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Number(string key, int value, int min, int max)
        {
            if (value < min || value > max)
                faults.Add(FormattableString.Invariant($"StompOptions.{key} is {value}; allowed is {min} to {max}."));
        }

        void Time(string key, TimeSpan value, TimeSpan min, TimeSpan max, bool orZero = false)
        {
            if ((value < min || value > max) && !(orZero && value == TimeSpan.Zero))
                faults.Add(FormattableString.Invariant($"StompOptions.{key} is {value}; allowed is {min} to {max}{(orZero ? " or 0" : "")}."));
        }
    }
}
