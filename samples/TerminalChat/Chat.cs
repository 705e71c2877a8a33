using SmallTalk.Stomp;

namespace SmallTalk.TerminalChat;

/// <summary>Signing in, then a loop of lines: what begins with a slash is a command, all else is said in the room that is open.</summary>
sealed class Chat(Screen screen, ChatApi api, Arguments arguments)
{
    const string Help = """
        /rooms [words]            find rooms, or see the liveliest
        /mine                     the rooms I am in
        /join NUMBER [password]   enter a room of the last list
        /create NAME              open a room of my own
        /older                    further back in the room
        /who                      the people of the room
        /leave                    leave the room for good
        /quit
        """;

    IReadOnlyList<Room> _listed = [];
    Conversation? _open;
    StompClient _live = null!;

    public async Task RunAsync(CancellationToken ct)
    {
        if (!await SignInAsync(ct))
            return;
        await using var live = _live = await StompClient.ConnectAsync(api.Live, new StompClientOptions
        {
            FreshCredentials = api.CredentialsAsync,
            RefusalDestination = "/user/queue/errors",
            Reconnect = new StompReconnectOptions(),
            OnStateChanged = Tell,
            OnRefusal = refused => screen.Complain(refused.Title),
        }, ct);
        await ListAsync("/api/rooms?sort=active&limit=15", ct);
        screen.Say("/help tells what can be done here.", Ink.Faint);
        var leaving = false;
        while (!leaving && !live.Closed.IsCompleted && await screen.ReadAsync("> ", isSecret: false, ct) is { } line)
            leaving = !await ObeyAsync(line.Trim(), ct);
        if (_open is not null)
            await _open.DisposeAsync();
        await live.CloseAsync(ct);
    }

    async Task<bool> SignInAsync(CancellationToken ct)
    {
        var given = (arguments.Nickname, Password: Environment.GetEnvironmentVariable("SMALLTALK_PASSWORD"));
        var isNew = arguments.IsNew;
        if (!isNew && given.Nickname is null)
        {
            screen.Say("Sign in with your nickname, or leave it empty to sign up.");
            given.Nickname = await screen.ReadAsync("Nickname: ", isSecret: false, ct);
            isNew = given.Nickname?.Length == 0;
        }

        while (true)
        {
            var nickname = string.IsNullOrEmpty(given.Nickname) ? await screen.ReadAsync(isNew ? "New nickname: " : "Nickname: ", isSecret: false, ct) : given.Nickname;
            var password = given.Password ?? await screen.ReadAsync("Password: ", isSecret: true, ct);
            if (nickname is null || password is null)
                return false;
            try
            {
                var me = await api.SignInAsync(new Credentials(nickname, password), isNew, ct);
                screen.Say($"Signed in as {me.Nickname}.");
                return true;
            }
            catch (RefusedException e)
            {
                screen.Complain(e.Message);
                given = default;
            }
        }
    }

    /// <returns>False at the end.</returns>
    async Task<bool> ObeyAsync(string line, CancellationToken ct)
    {
        var (word, rest) = line.Split(' ', 2, StringSplitOptions.TrimEntries) is [var first, var second] ? (first, second) : (line, "");
        try
        {
            switch (word)
            {
                case "":
                    break;
                case "/quit":
                    return false;
                case "/help":
                    screen.Say(Help);
                    break;
                case "/rooms":
                    await ListAsync($"/api/rooms?sort=active&limit=15&query={Uri.EscapeDataString(rest)}", ct);
                    break;
                case "/mine":
                    await ListAsync("/api/me/rooms?limit=30", ct);
                    break;
                case "/join":
                    await JoinAsync(rest, ct);
                    break;
                case "/create":
                    var categories = await api.GetAsync("/api/categories", Json.Default.CategoryList, ct);
                    await OpenAsync(await api.AskAsync(
                        HttpMethod.Post, "/api/rooms", new NewRoom(rest, categories.Items[0].Slug), Json.Default.NewRoom, Json.Default.Room, ct), ct);
                    break;
                case "/older" when IsRoomOpen():
                    await _open!.ShowOlderAsync(ct);
                    break;
                case "/who" when IsRoomOpen():
                    var people = await api.GetAsync($"/api/rooms/{_open!.Room.Id}/members?limit=50", Json.Default.MemberPage, ct);
                    screen.Say(string.Join(", ", people.Items.Select(member => $"{member.User.Nickname}{(member.Role == "member" ? "" : $" ({member.Role})")}")));
                    break;
                case "/leave" when IsRoomOpen():
                    await api.DeleteAsync($"/api/rooms/{_open!.Room.Id}/members/me", ct);
                    screen.Say($"You left {_open.Room.Name}.");
                    await CloseRoomAsync();
                    break;
                case "/older" or "/who" or "/leave":
                    break; // told already that no room is open
                case ['/', ..]:
                    screen.Complain($"There is no {word}; /help tells what there is.");
                    break;
                default:
                    if (IsRoomOpen())
                        await _open!.SayAsync(line, ct);
                    break;
            }
        }
        catch (StompRefusedException e)
        {
            screen.Complain(e.Title);
        }
        catch (Exception e) when (e is RefusedException or HttpRequestException or StompClientException)
        {
            screen.Complain(e.Message);
        }

        return true;
    }

    async Task ListAsync(string path, CancellationToken ct)
    {
        _listed = (await api.GetAsync(path, Json.Default.RoomPage, ct)).Items;
        if (_listed.Count == 0)
            screen.Say("No rooms.");
        for (var i = 0; i < _listed.Count; i++)
        {
            var room = _listed[i];
            var marks = (room.JoinRule == "password" ? " 🔒" : "") + (room.Me is { LeftAt: null, Unread: > 0 } me ? $" · {me.Unread} new" : "");
            screen.Say($"{i + 1,3}. {room.With?.Nickname ?? room.Name} · {room.MemberCount}{marks}{(string.IsNullOrEmpty(room.Description) ? "" : $" · {room.Description}")}");
        }
    }

    async Task JoinAsync(string rest, CancellationToken ct)
    {
        var (number, password) = rest.Split(' ', 2, StringSplitOptions.TrimEntries) is [var first, var second] ? (first, second) : (rest, null);
        if (!int.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out var place) || place < 1 || place > _listed.Count)
        {
            screen.Complain("/join wants the number of a room in the last list.");
            return;
        }

        var room = _listed[place - 1];
        if (room.Me is not { LeftAt: null })
        {
            room = await api.AskAsync(
                HttpMethod.Put, $"/api/rooms/{room.Id}/members/me", new Entering(password), Json.Default.Entering, Json.Default.Room, ct);
        }

        await OpenAsync(room, ct);
    }

    async Task OpenAsync(Room room, CancellationToken ct)
    {
        await CloseRoomAsync();
        screen.Say($"== {room.With?.Nickname ?? room.Name} ==", Ink.Name);
        _open = await Conversation.OpenAsync(room, screen, api, _live, ct);
    }

    async Task CloseRoomAsync()
    {
        if (_open is null)
            return;
        await _open.DisposeAsync();
        _open = null;
    }

    bool IsRoomOpen()
    {
        if (_open is { IsOpen: true })
            return true;
        screen.Complain("No room is open; /rooms lists some, /join enters one.");
        return false;
    }

    void Tell(StompStateChange change)
    {
        // 1008: the token may have run out earlier than its date said.
        if (change.Reason?.CloseCode is { } code && (int)code == StompCloseCode.NotAllowed)
            api.DistrustToken();
        if (change.State == StompClientState.Reconnecting)
            screen.Say($"— offline, back in {change.RetryIn!.Value.TotalSeconds:0.#} s —", Ink.Faint);
        else if (change is { State: StompClientState.Connected })
            screen.Say("— online —", Ink.Faint);
        else if (change.State == StompClientState.Closed && change.Reason?.Exception is StompNoCredentialsException)
            screen.Complain("The session is over; sign in again.");
    }
}
