using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using SmallTalk.Server.Demo;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

/// <summary>Each screen, on both sizes, in both languages, light and dark: axe finds no violation, nothing scrolls sideways. With
/// SMALLTALK_SCREENSHOTS set to a folder the pictures are kept there: <c>docs/screenshots.sh</c> makes the README's.</summary>
public sealed class EveryScreen(Chromium chromium)
{
    static readonly string? Pictures = Environment.GetEnvironmentVariable("SMALLTALK_SCREENSHOTS");

    /// <summary>Each size in each language, each language in each theme, each theme in each size; of pictures all eight.</summary>
    public static TheoryData<string, string, ColorScheme> Looks() => Pictures is not null
        ? new MatrixTheoryData<string, string, ColorScheme>(["phone", "desktop"], ["ko", "en"], [ColorScheme.Light, ColorScheme.Dark])
        : new TheoryData<string, string, ColorScheme>
        {
            { "phone", "ko", ColorScheme.Light },
            { "phone", "en", ColorScheme.Dark },
            { "desktop", "ko", ColorScheme.Dark },
            { "desktop", "en", ColorScheme.Light },
        };

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Is_accessible_and_fits(string size, string language, ColorScheme scheme)
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Demo", "true"));
        var locale = language == "ko" ? "ko-KR" : "en-US";
        var options = size == "phone" ? Person.Phone(locale, scheme) : Person.Desktop(locale, scheme);
        await using var person = await Person.ArriveAsync(chromium, server.Address, "손님", options);
        var faults = new List<string>();

        foreach (var (name, path) in new[] { ("welcome", "/"), ("signup", "/signup"), ("signin", "/signin") })
            await VisitAsync(name, path);
        var rooms = await SignInToTheDemoAsync(person);
        foreach (var (name, path) in new[]
        {
            ("discover", "/discover"), ("search", "/discover?query=%E3%85%8A%E3%84%B1"), ("new-room", "/rooms/new"), ("room", $"/rooms/{rooms.Lively}"),
            ("direct", $"/rooms/{rooms.Direct}"), ("room-settings", $"/rooms/{rooms.Own}/settings"), ("friends", "/friends"), ("chats", "/chats"),
            ("settings", "/settings"),
        })
            await VisitAsync(name, path);

        Assert.True(faults.Count == 0, string.Join("\n", faults));

        async Task VisitAsync(string name, string path)
        {
            await person.Page.GotoAsync(path);
            await Assertions.Expect(person.Page.Locator("h1").First).ToBeVisibleAsync();
            await Assertions.Expect(person.Page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
            await person.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            var result = await person.Page.RunAxe(new AxeRunOptions { Rules = new() { ["target-size"] = new RuleOptions { Enabled = true } } });
            faults.AddRange(result.Violations.Select(v => $"{name}: {v.Id}: {v.Help}: {string.Join("; ", v.Nodes.Take(3).Select(n => n.Html))}"));
            if (!await person.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"))
                faults.Add($"{name}: scrolls sideways");
            if (Pictures is not null)
                await person.Page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{name}-{size}-{scheme.ToString().ToLowerInvariant()}.{language}.png") });
        }
    }

    static async Task<(string Lively, string Direct, string Own)> SignInToTheDemoAsync(Person person)
    {
        var api = person.Page.APIRequest;
        var signedIn = await api.PostAsync("/api/session", new() { DataObject = new { nickname = DemoFilling.Nickname, password = DemoFilling.Password } });
        Assert.True(signedIn.Ok, await signedIn.TextAsync());
        return (await FirstAsync("joined"), await FirstAsync("direct"), await FirstAsync("created"));

        async Task<string> FirstAsync(string relation)
        {
            var answer = await api.GetAsync($"/api/me/rooms?relation={relation}");
            return JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("items")[0].GetProperty("id").GetString()!;
        }
    }
}
