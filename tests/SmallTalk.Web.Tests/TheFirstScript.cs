using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

/// <summary>How much script a browser that has never been here fetches before the page can be used.</summary>
/// <remarks>What counts: every script whose fetching began before all that the page is about was visible and could be clicked
/// or written into (the rooms of a list; a room's door; a conversation with its composer), in bytes on the wire. What is
/// fetched afterwards (the live connection, the list beside a conversation on a wide screen, menus, the service worker's
/// store) doesn't, but is told along with it.</remarks>
public sealed class TheFirstScript(Chromium chromium)
{
    const int Limit = 70_000;

    /// <summary>Notes when the page can first be used: everything named is visible and not disabled.</summary>
    const string Watch = """
        (() => {
          const wanted = SELECTORS;
          const isThere = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !element.disabled;
          const look = () => {
            if (window.usableAt || !wanted.every((one) => [...document.querySelectorAll(one)].some(isThere))) return;
            window.usableAt = performance.now();
            observer.disconnect();
          };
          const observer = new MutationObserver(look);
          observer.observe(document, { subtree: true, childList: true, attributes: true });
          (function frame() { look(); if (!window.usableAt) requestAnimationFrame(frame); })();
        })()
        """;

    const string Composer = "main textarea";

    const string Rooms = "main ul li a[href^='/rooms/']";

    [Theory]
    [InlineData("/", false, false, "h1", "main a[href='/signup']", Rooms)]
    [InlineData("/", false, true, "h1", "main a[href='/signup']", Rooms)]
    [InlineData("/signin", false, false, "input[autocomplete='current-password']", "button[type='submit']")]
    [InlineData("/signup", false, false, "input[autocomplete='new-password']", "button[type='submit']")]
    [InlineData("/discover", false, false, "input[type='search']", Rooms)]
    [InlineData("/discover", true, false, "input[type='search']", Rooms)]
    [InlineData("/rooms/{room}", false, false, "main a[href^='/signin']")]
    [InlineData("/rooms/{room}", true, false, "main article", Composer)]
    [InlineData("/rooms/{room}", true, true, "main article", Composer)]
    [InlineData("/rooms/{room}/settings", true, false, "main input[name='name']", "main button[type='submit']")]
    [InlineData("/rooms/new", true, false, "main input[name='name']", "main button[type='submit']")]
    [InlineData("/chats", true, false, "main a[href='/discover']")]
    [InlineData("/chats", true, true, Rooms)]
    [InlineData("/friends", true, false, "main h1", "main button")]
    [InlineData("/settings", true, false, "main input")]
    public async Task Is_small(string address, bool signedIn, bool onAPhone, params string[] wanted)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync("가벼운 방");
        await minji.Http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = Guid.CreateVersion7(), text = "가볍게 안녕" })
            .JsonAsync(HttpStatusCode.Created);
        var options = onAPhone ? Person.Phone() : Person.Desktop();
        options.ServiceWorkers = ServiceWorkerPolicy.Block;
        await using var person = signedIn
            ? await Person.SignedInAsync(chromium, minji, options)
            : await Person.ArriveAsync(chromium, server.Address, minji.Nickname, options);
        await person.Page.AddInitScriptAsync(Watch.Replace("SELECTORS", JsonSerializer.Serialize(wanted), StringComparison.Ordinal));

        await person.Page.GotoAsync(address.Replace("{room}", room.ToString(), StringComparison.Ordinal));
        await person.Page.WaitForFunctionAsync("() => window.usableAt");
        await person.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);

        var scripts = await person.Page.EvaluateAsync<Script[]>("""
            () => performance.getEntriesByType('resource')
              .filter(({ name }) => name.endsWith('.js'))
              .map(({ name, startTime, encodedBodySize, decodedBodySize }) => ({
                name: new URL(name).pathname, isFirst: startTime <= window.usableAt, bytes: encodedBodySize, plain: decodedBodySize,
              }))
            """);
        var first = scripts.Where(s => s.IsFirst).ToList();
        var sum = first.Sum(s => s.Bytes);
        var listing = string.Join('\n', scripts.OrderBy(s => !s.IsFirst).ThenByDescending(s => s.Bytes)
            .Select(s => $"{s.Bytes,7} {s.Name}{(s.IsFirst ? "" : " (afterwards)")}"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{sum} bytes first, {scripts.Sum(s => s.Bytes)} in all at {address}\n{listing}");
        Assert.True(first.Sum(s => s.Plain) > 2 * sum, $"Not compressed:\n{listing}");
        Assert.True(sum > 20_000 && sum <= Limit, $"{sum} bytes of script at {address} before it can be used:\n{listing}");
    }

    sealed class Script
    {
        public string Name { get; set; } = "";

        public bool IsFirst { get; set; }

        public int Bytes { get; set; }

        public int Plain { get; set; }
    }
}
