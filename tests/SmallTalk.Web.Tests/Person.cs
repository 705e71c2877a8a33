using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

/// <summary>Somebody at a browser of their own: finds things by role and name, as a person or a screen reader does.
/// What the page says wrong on its console, or asks of another host, fails the test at the end.</summary>
public sealed partial class Person : IAsyncDisposable
{
    public const int Patience = 30_000; // milliseconds; two cores that others keep busy, too

    readonly IBrowserContext _profile;
    readonly List<string> _complaints = [];
    bool _expectsFailures;

    Person(IBrowserContext profile, IPage page, string nickname)
    {
        _profile = profile;
        Page = page;
        Nickname = nickname;
    }

    public IPage Page { get; }

    public string Nickname { get; }

    public ILocator Log => Page.GetByRole(AriaRole.Log);

    public ILocator Composer => Page.GetByRole(AriaRole.Textbox, new() { NameRegex = Named("메시지", "Message") });

    public ILocator SendButton => Page.GetByRole(AriaRole.Button, new() { NameRegex = Named("보내기", "Send") });

    public static async Task<Person> ArriveAsync(Chromium chromium, Uri address, string nickname, BrowserNewContextOptions? options = null)
    {
        options ??= Desktop();
        options.BaseURL = address.ToString();
        var profile = await chromium.NewProfileAsync(options);
        profile.SetDefaultTimeout(Patience);
        var page = await profile.NewPageAsync();
        var person = new Person(profile, page, nickname);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !person._expectsFailures)
                person._complaints.Add($"console: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => person._complaints.Add($"page: {error}");
        page.Request += (_, request) =>
        {
            var uri = new Uri(request.Url);
            if (uri.Scheme is "http" or "https" or "ws" or "wss" && uri.Authority != address.Authority)
                person._complaints.Add($"a request to another host: {request.Url}");
        };
        return person;
    }

    public static async Task<Person> SignedUpAsync(Chromium chromium, TestServer server, string nickname, BrowserNewContextOptions? options = null)
    {
        var person = await ArriveAsync(chromium, server.Address, nickname, options);
        await person.SignUpAsync();
        return person;
    }

    /// <summary>At a browser that has this person's session already.</summary>
    /// <param name="through">The address of a line to the server, where the test plays with that.</param>
    public static async Task<Person> SignedInAsync(
        Chromium chromium, TestUser user, BrowserNewContextOptions? options = null, Uri? through = null)
    {
        var person = await ArriveAsync(chromium, through ?? user.Server.Address, user.Nickname, options);
        var answer = await person._profile.APIRequest.PostAsync(
            "/api/session", new() { DataObject = new { nickname = user.Nickname, password = TestUser.Password } });
        Assert.True(answer.Ok, $"Signing in: {answer.Status} {await answer.TextAsync()}");
        return person;
    }

    public static BrowserNewContextOptions Desktop(string locale = "ko-KR", ColorScheme scheme = ColorScheme.Light) => new()
    {
        Locale = locale,
        ColorScheme = scheme,
        TimezoneId = "Asia/Seoul",
        ViewportSize = new() { Width = 1280, Height = 800 },
    };

    public static BrowserNewContextOptions Phone(string locale = "ko-KR", ColorScheme scheme = ColorScheme.Light) => new()
    {
        Locale = locale,
        ColorScheme = scheme,
        TimezoneId = "Asia/Seoul",
        ViewportSize = new() { Width = 390, Height = 844 },
        DeviceScaleFactor = 2,
        HasTouch = true,
        IsMobile = true,
    };

    /// <summary>From here on the network or the server fails on purpose, which the console tells: not a complaint.</summary>
    public void ExpectFailures() => _expectsFailures = true;

    public async Task SignUpAsync(string password = "복숭아나무-7그루")
    {
        await Page.GotoAsync("/signup");
        await Page.Locator("input[autocomplete=username]").FillAsync(Nickname);
        await Page.Locator("input[autocomplete=new-password]").First.FillAsync(password);
        await Page.Locator("form button[type=submit]").ClickAsync();
        await Page.WaitForURLAsync(url => !url.Contains("/signup", StringComparison.Ordinal));
    }

    public async Task OpenRoomAsync(Guid roomId)
    {
        await Page.GotoAsync($"/rooms/{roomId}");
        await Assertions.Expect(Log).ToBeVisibleAsync();
    }

    /// <summary>The cable is pulled: requests fail and live connections die.</summary>
    public Task GoOfflineAsync(bool isOffline = true)
    {
        ExpectFailures();
        return _profile.SetOfflineAsync(isOffline);
    }

    /// <summary>Waits until the service worker is in charge, so that the page opens without the network.</summary>
    public async Task ShellIsKeptAsync()
    {
        await Page.EvaluateAsync("() => navigator.serviceWorker.ready.then(() => {})");
        await Page.ReloadAsync();
        await Page.WaitForFunctionAsync("() => navigator.serviceWorker.controller !== null");
        await Assertions.Expect(Log).ToBeVisibleAsync();
    }

    /// <summary>Waits until the browser's own storage holds this text somewhere, or doesn't any more.</summary>
    public async Task DeviceKeepsAsync(string text, bool isKept = true) => await Page.WaitForFunctionAsync(
        """
        async ({ text, isKept }) => {
          const opened = await new Promise((done) => (indexedDB.open('smalltalk').onsuccess = (event) => done(event.target.result)));
          const rows = await new Promise((done) => (opened.transaction('rooms').objectStore('rooms').getAll().onsuccess = (event) => done(event.target.result)));
          opened.close();
          return (JSON.stringify(rows) + localStorage.getItem('smalltalk.rooms')).includes(text) === isKept;
        }
        """,
        new { text, isKept });

    public ILocator Button(string korean, string english) => Page.GetByRole(AriaRole.Button, new() { NameRegex = Named(korean, english) });

    public ILocator Link(string korean, string english) => Page.GetByRole(AriaRole.Link, new() { NameRegex = Named(korean, english) });

    public async Task SayAsync(string text)
    {
        await Composer.FillAsync(text);
        await SendButton.ClickAsync();
        await Assertions.Expect(Composer).ToHaveValueAsync("");
    }

    public ILocator MessageSaying(string text) => Log.GetByRole(AriaRole.Article).Filter(new() { HasText = text });

    public ILocator Message(long seq) => Log.Locator($"[data-seq='{seq}']");

    /// <summary>Waits until exactly one message says it; else tells what the page shows instead.</summary>
    public async Task SeesAsync(string text)
    {
        try
        {
            await Assertions.Expect(MessageSaying(text)).ToHaveCountAsync(1);
        }
        catch (PlaywrightException e)
        {
            Assert.Fail($"{Nickname} does not see '{text}' once: {e.Message}\nat {Page.Url}:\n{await Page.Locator("body").AriaSnapshotAsync()}");
        }
    }

    public static Regex Named(string korean, string english) => new($"^({Regex.Escape(korean)}|{Regex.Escape(english)})$");

    public async ValueTask DisposeAsync()
    {
        await _profile.DisposeAsync();
        Assert.True(_complaints.Count == 0, $"{Nickname}'s browser complained:\n{string.Join('\n', _complaints)}");
    }
}
