using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Stomp;

namespace SmallTalk.Testing;

public sealed partial class TestUser
{
    /// <summary>A live connection of this person. Refusals reach the call that they answer; pass false for a client that does not
    /// listen to them.</summary>
    public async Task<LiveUser> ConnectAsync(bool hearsRefusals = true, Line? through = null, string? language = null, bool beats = true)
    {
        var options = new StompClientOptions { BearerToken = AccessToken, RefusalDestination = hearsRefusals ? "/user/queue/errors" : null };
        if (!beats)
            options.HeartBeatSend = options.HeartBeatReceive = TimeSpan.Zero;
        if (language is not null)
            options.ConnectHeaders["accept-language"] = language;
        var live = new LiveUser(this);
        options.OnRefusal = refused => live.Refusals.Add(refused.Notice);
        live.Client = await StompClient.ConnectAsync(new Uri((through?.Address ?? Server.Address).ToString().Replace("http", "ws", StringComparison.Ordinal) + "ws"), options);
        return live;
    }

    public Task<HttpResponseMessage> PostAsync(Guid room, string text, string? clientId = null, long? replyTo = null) =>
        Http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = clientId ?? Guid.CreateVersion7().ToString(), text, replyTo });

    public Task<HttpResponseMessage> EditAsync(Guid room, long seq, string text) =>
        Http.PatchAsJsonAsync($"/api/rooms/{room}/messages/{seq}", new { text });

    public Task<HttpResponseMessage> DeleteMessageAsync(Guid room, long seq) => Http.DeleteAsync($"/api/rooms/{room}/messages/{seq}");

    /// <param name="place">Such as <c>before=10&amp;limit=20</c>.</param>
    public async Task<JsonElement> HistoryAsync(Guid room, string place = "") =>
        await (await Http.GetAsync($"/api/rooms/{room}/messages?{place}")).JsonAsync();

    /// <summary>The whole past, oldest first.</summary>
    public Task<IReadOnlyList<JsonElement>> WholePastAsync(Guid room) => Http.AllMessagesAsync(room);
}

/// <summary>A person's live connection.</summary>
public sealed class LiveUser : IAsyncDisposable
{
    internal LiveUser(TestUser user) => User = user;

    public TestUser User { get; }

    public StompClient Client { get; internal set; } = null!;

    /// <summary>Refusals that answered no waiting call.</summary>
    public IList<StompReceived> Refusals { get; } = [];

    public static string RoomOf(Guid room) => $"/topic/rooms/{room}";

    public Task<Inbox> WatchAsync(Guid room, long? after = null, string? epoch = null)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        if (after is { } version)
            headers["after"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (epoch is not null)
            headers["epoch"] = epoch;
        return SubscribeAsync(RoomOf(room), headers);
    }

    public Task<Inbox> EventsAsync() => SubscribeAsync("/user/queue/events");

    public async Task<Inbox> SubscribeAsync(string destination, IReadOnlyDictionary<string, string>? headers = null)
    {
        var options = new StompSubscribeOptions { Capacity = 1_000_000 };
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
            options.Headers[name] = value;
        return new Inbox(await Client.SubscribeAsync(destination, options));
    }

    /// <summary>Posts and waits for the RECEIPT.</summary>
    public Task<StompReceived> SayAsync(Guid room, string text, string? clientId = null, long? replyTo = null) =>
        SendAsync($"/app/rooms/{room}/messages", new { clientId = clientId ?? Guid.CreateVersion7().ToString(), text, replyTo });

    public Task ReadAsync(Guid room, long seq) => SendAsync($"/app/rooms/{room}/read", new { seq });

    public Task TypeAsync(Guid room) => Client.SendAsync($"/app/rooms/{room}/typing", default);

    public Task<StompReceived> SendAsync(string destination, object body) =>
        Client.SendAsync(destination, JsonSerializer.SerializeToUtf8Bytes(body), "application/json");

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}

/// <summary>What has come on one subscription, in its order.</summary>
public sealed class Inbox
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly Lock _gate = new();
    readonly List<JsonElement> _came = [];
    readonly Task<Exception?> _pump;
    TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Inbox(StompClientSubscription subscription)
    {
        Subscription = subscription;
        _pump = PumpAsync();
    }

    public StompClientSubscription Subscription { get; }

    /// <summary>As the RECEIPT said.</summary>
    public long Version => long.Parse(Subscription.Receipt!["version"]!, System.Globalization.CultureInfo.InvariantCulture);

    public string Epoch => Subscription.Receipt!["epoch"]!;

    public IReadOnlyList<JsonElement> Came
    {
        get
        {
            lock (_gate)
                return [.. _came];
        }
    }

    public IReadOnlyList<JsonElement> Messages => [.. Came.Where(frame => frame.TypeName() == "message")];

    /// <summary>What a client holds: of each message the newest state.</summary>
    public IReadOnlyList<JsonElement> Held => Hold(Messages);

    public static IReadOnlyList<JsonElement> Hold(IEnumerable<JsonElement> messages) =>
        [.. messages.GroupBy(m => m.Seq()).Select(states => states.MaxBy(m => m.GetProperty("version").GetInt64())).OrderBy(m => m.Seq())];

    public Task<JsonElement> SeesAsync(long seq) => SeesAsync(frame => frame.TypeName() == "message" && frame.Seq() == seq, $"the message {seq}");

    public Task<JsonElement> SeesAsync(string type) => SeesAsync(frame => frame.TypeName() == type, $"'{type}'");

    /// <summary>Waits until such a frame has come; says what came instead when it doesn't.</summary>
    public async Task<JsonElement> SeesAsync(
        Func<JsonElement, bool> what, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(what))] string description = "")
    {
        var found = await UntilAsync(came => came.Any(what), description);
        return found.First(what);
    }

    /// <summary>Waits until what has come satisfies the condition.</summary>
    public async Task<IReadOnlyList<JsonElement>> UntilAsync(
        Func<IReadOnlyList<JsonElement>, bool> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string description = "")
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            IReadOnlyList<JsonElement> came;
            Task more;
            lock (_gate)
                (came, more) = ([.. _came], _more.Task);
            if (condition(came))
                return came;
            try
            {
                if (_pump.IsCompleted && came.Count == Came.Count)
                    throw new TimeoutException($"{description} can't come any more: {(await _pump)?.Message ?? "unsubscribed"}. {Told(came)}");
                await Task.WhenAny(more, _pump).WaitAsync(patience.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"{description} did not come in {Patience.TotalSeconds} s. {Told(came)}", e);
            }
        }
    }

    /// <summary>How the subscription ended: the exception that its reader met, null after UNSUBSCRIBE.</summary>
    public async Task<Exception?> EndAsync()
    {
        try
        {
            return await _pump.WaitAsync(Patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The subscription did not end in {Patience.TotalSeconds} s. {Told(Came)}", e);
        }
    }

    static string Told(IReadOnlyList<JsonElement> came) =>
        $"{came.Count} came{(came.Count > 20 ? ", the last 20" : "")}:\n{string.Join('\n', came.TakeLast(20).Select(frame => frame.ToString()))}";

    async Task<Exception?> PumpAsync()
    {
        try
        {
            await foreach (var frame in Subscription)
            {
                TaskCompletionSource more;
                lock (_gate)
                {
                    _came.Add(JsonSerializer.Deserialize<JsonElement>(frame.Body.Span));
                    (more, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                }
                more.SetResult();
            }
            return null;
        }
        catch (StompClientException e)
        {
            return e;
        }
    }
}

public static class Frames
{
    public static string TypeName(this JsonElement frame) => frame.GetProperty("type").GetString()!;

    /// <summary>The whole past of a room, oldest first.</summary>
    public static async Task<IReadOnlyList<JsonElement>> AllMessagesAsync(this HttpClient http, Guid room)
    {
        var past = new List<JsonElement>();
        while (true)
        {
            var page = await (await http.GetAsync($"/api/rooms/{room}/messages?after={(past.Count == 0 ? 0 : past[^1].Seq())}&limit=200")).JsonAsync();
            past.AddRange(page.GetProperty("items").EnumerateArray());
            if (page.GetProperty("items").GetArrayLength() == 0)
                return past;
        }
    }

    public static long Seq(this JsonElement frame) => frame.GetProperty("seq").GetInt64();

    /// <summary>As a RECEIPT says it.</summary>
    public static long Seq(this StompReceived receipt) => long.Parse(receipt["seq"]!, System.Globalization.CultureInfo.InvariantCulture);

    public static string Words(this JsonElement frame) => frame.GetProperty("text").GetString()!;
}
