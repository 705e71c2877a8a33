using Microsoft.Playwright;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

/// <summary>What a browser that has never been here loads of script before a page is complete, in bytes on the wire.</summary>
public sealed class TheFirstScript(Chromium chromium)
{
    const int Limit = 70_000;

    [Theory]
    [InlineData("/", false)]
    [InlineData("/signin", false)]
    [InlineData("/signup", false)]
    [InlineData("/discover", false)]
    [InlineData("/rooms/{room}", false)]
    [InlineData("/rooms/{room}", true)]
    [InlineData("/rooms/{room}/settings", true)]
    [InlineData("/rooms/new", true)]
    [InlineData("/discover", true)]
    [InlineData("/chats", true)]
    [InlineData("/friends", true)]
    [InlineData("/settings", true)]
    public async Task Is_at_most_70_KB_of_brotli(string address, bool signedIn)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync("가벼운 방");
        // The worker fetches all of the app for later, which is not this page's first script.
        var options = Person.Desktop();
        options.ServiceWorkers = ServiceWorkerPolicy.Block;
        await using var person = signedIn
            ? await Person.SignedInAsync(chromium, minji, options)
            : await Person.ArriveAsync(chromium, server, minji.Nickname, options);
        var scripts = new List<IRequest>();
        person.Page.RequestFinished += (_, request) =>
        {
            if (request.Url.EndsWith(".js", StringComparison.Ordinal))
                scripts.Add(request);
        };

        await person.Page.GotoAsync(address.Replace("{room}", room.ToString(), StringComparison.Ordinal));
        await person.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
        await person.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);

        var sizes = new List<(string Name, int Bytes)>();
        foreach (var script in scripts)
        {
            var answer = (await script.ResponseAsync())!;
            Assert.Equal("br", await answer.HeaderValueAsync("content-encoding"));
            sizes.Add((new Uri(script.Url).AbsolutePath, (await script.SizesAsync()).ResponseBodySize));
        }
        var sum = sizes.Sum(s => s.Bytes);
        var listing = string.Join('\n', sizes.OrderByDescending(s => s.Bytes).Select(s => $"{s.Bytes,7} {s.Name}"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{sum} bytes at {address}\n{listing}");
        Assert.True(sum is > 20_000 and <= Limit, $"{sum} bytes of script at {address}:\n{listing}");
    }
}
