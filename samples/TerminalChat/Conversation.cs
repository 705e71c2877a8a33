using System.Globalization;
using System.Text.Json;
using SmallTalk.Stomp;

namespace SmallTalk.TerminalChat;

/// <summary>One room on the screen: the newest page, then its stream from that very version on, through any number of reconnects
/// (docs/protocol.md, "Catching up").</summary>
sealed class Conversation : IAsyncDisposable
{
    const int Page = 20;

    readonly Screen _screen;
    readonly ChatApi _api;
    readonly StompClient _live;
    readonly CancellationTokenSource _end = new();
    readonly Dictionary<long, long> _versions = []; // of each message, by seq: what comes with no higher one is old
    string _epoch = "";
    long _version;
    long _oldest = long.MaxValue;
    Task _showing = Task.CompletedTask;

    Conversation(Room room, Screen screen, ChatApi api, StompClient live)
    {
        Room = room;
        _screen = screen;
        _api = api;
        _live = live;
    }

    public Room Room { get; }

    /// <summary>False once the server has ended it.</summary>
    public bool IsOpen => !_showing.IsCompleted;

    public static async Task<Conversation> OpenAsync(Room room, Screen screen, ChatApi api, StompClient live, CancellationToken ct)
    {
        var conversation = new Conversation(room, screen, api, live);
        await conversation.ShowNewestAsync(ct);
        var subscription = await live.SubscribeAsync($"/topic/rooms/{room.Id}", new StompSubscribeOptions
        {
            HeadersEachTime = _ =>
            [
                new("after", Interlocked.Read(ref conversation._version).ToString(CultureInfo.InvariantCulture)),
                new("epoch", conversation._epoch),
            ],
        }, ct);
        conversation._showing = conversation.ShowAsync(subscription);
        return conversation;
    }

    /// <summary>Names the message, so that it may be sent again after a loss and is stored once.</summary>
    public async Task SayAsync(string text, CancellationToken ct) =>
        await _live.SendJsonAsync(
            $"/app/rooms/{Room.Id}/messages", new Post(Guid.CreateVersion7().ToString(), text), Json.Default.Post,
            whenLost: StompWhenLost.SendAgain, ct: ct);

    public async Task ShowOlderAsync(CancellationToken ct)
    {
        var page = await _api.GetAsync($"/api/rooms/{Room.Id}/messages?before={_oldest}&limit={Page}", Json.Default.MessagePage, ct);
        if (page.Items.Count == 0)
            _screen.Say("That is the beginning.", Ink.Faint);
        foreach (var message in page.Items.OrderBy(message => message.Seq))
            Show(message);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _showing;
        _end.Dispose();
    }

    async Task ShowNewestAsync(CancellationToken ct)
    {
        var page = await _api.GetAsync($"/api/rooms/{Room.Id}/messages?limit={Page}", Json.Default.MessagePage, ct);
        (_epoch, _version) = (page.Epoch, page.Version);
        _versions.Clear();
        foreach (var message in page.Items.OrderBy(message => message.Seq))
            Show(message);
        await ReadAsync(page.LastSeq, ct);
    }

    async Task ShowAsync(StompClientSubscription subscription)
    {
        try
        {
            await foreach (var frame in subscription.WithCancellation(_end.Token))
                await ApplyAsync(frame, subscription);
        }
        catch (OperationCanceledException)
        {
            await LeaveStreamAsync(subscription);
        }
        catch (StompRefusedException e)
        {
            _screen.Complain($"{Room.Name} is closed to you: {e.Title}");
        }
        catch (Exception e) when (e is StompClientException or RefusedException or HttpRequestException)
        {
            _screen.Complain($"{Room.Name} can't be shown any more: {e.Message}");
        }
    }

    async Task ApplyAsync(StompReceived frame, StompClientSubscription subscription)
    {
        var change = frame.Json(Json.Default.RoomEvent)!;
        if (change.Type == "message")
        {
            var message = frame.Json(Json.Default.Message)!;
            Interlocked.Exchange(ref _version, Math.Max(_version, message.Version));
            Show(message);
            if (subscription.Messages.Count == 0) // the last of what has come answers for all of it
                await ReadAsync(message.Seq, _end.Token);
        }
        else if (change.Type == "reset")
        {
            _screen.Say("— much has happened; here is the newest —", Ink.Faint);
            await ShowNewestAsync(_end.Token);
        }
        else if (change.Type == "member" && change.Change is "joined" or "left" or "kicked")
        {
            _screen.Say($"— {change.User?.Nickname ?? "(deleted)"} {(change.Change == "kicked" ? "was removed" : change.Change)} —", Ink.Faint);
        }
    }

    void Show(Message message)
    {
        var isKnown = _versions.TryGetValue(message.Seq, out var known);
        if (isKnown && known >= message.Version)
            return;
        _versions[message.Seq] = message.Version;
        _oldest = Math.Min(_oldest, message.Seq);
        var text = message.DeletedAt is not null ? "(deleted)" : message.Text;
        var edited = message.EditedAt is not null && message.DeletedAt is null ? " (edited)" : "";
        _screen.Say($"{message.CreatedAt.ToLocalTime():HH:mm} #{message.Seq} {message.Sender?.Nickname ?? "(deleted)"}: {text}{edited}");
    }

    async Task ReadAsync(long seq, CancellationToken ct)
    {
        if (seq > 0)
            await _live.SendAndForgetAsync($"/app/rooms/{Room.Id}/read", JsonSerializer.SerializeToUtf8Bytes(new ReadMark(seq), Json.Default.ReadMark), "application/json", ct: ct);
    }

    async Task LeaveStreamAsync(StompClientSubscription subscription)
    {
        try
        {
            await _live.UnsubscribeAsync(subscription);
        }
        catch (StompClientException)
        {
            // The connection is over, and the stream with it.
        }
    }
}
