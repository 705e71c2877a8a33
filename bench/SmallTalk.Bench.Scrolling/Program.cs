using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using SmallTalk.Testing;
using SmallTalk.Web.Tests;

// What a reader's browser feels in a long or a busy room: real node, real Chromium, on a machine that does nothing else.
//   dotnet run -c Release --project bench/SmallTalk.Bench.Scrolling                  scroll up through a room of 100,000 messages
//   dotnet run -c Release --project bench/SmallTalk.Bench.Scrolling flood [seconds]  write while 50 messages a second come in
const int Count = 100_000;
var mode = args.FirstOrDefault() ?? "scroll";

await using var server = await TestServer.StartAsync();
var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
var room = await minji.CreateRoomAsync("오래된 방");
await jun.JoinAsync(room);
await PostAsync(minji, "처음");
await PostAsync(jun, "둘째");
var clock = Stopwatch.StartNew();
await server.FillAsync(room, Count);
Print($"{Count:N0} messages stored in {clock.Elapsed.TotalSeconds:F1} s");

using var playwright = await Playwright.CreateAsync();
await using var chromium = await playwright.Chromium.LaunchAsync(new()
{
    ExecutablePath = "/usr/bin/chromium",
    Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--enable-precise-memory-info"],
});
await using var profile = await chromium.NewContextAsync(new()
{
    BaseURL = server.Address.ToString(),
    Locale = "ko-KR",
    ViewportSize = new() { Width = 1280, Height = 800 },
});
await profile.APIRequest.PostAsync("/api/session", new() { DataObject = new { nickname = minji.Nickname, password = TestUser.Password } });
var page = await profile.NewPageAsync();
var devTools = await profile.NewCDPSessionAsync(page);
await page.GotoAsync("/chats");
await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
clock.Restart();
await page.GotoAsync($"/rooms/{room}");
await page.Locator($"[data-seq='{Count}']").WaitForAsync();
Print($"opened at the newest message in {clock.ElapsedMilliseconds} ms, page load included");
await page.WaitForLoadStateAsync(LoadState.NetworkIdle);

switch (mode)
{
    case "scroll":
        await ScrollAsync();
        break;
    case "flood":
        await FloodAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 60);
        break;
    default:
        Console.Error.WriteLine("scroll or flood");
        return 1;
}
return 0;

async Task ScrollAsync()
{
    var heap = await HeapAsync();
    foreach (var (how, scroll) in new (string, Func<ScrollWatch, Task>)[]
    {
        ("wheel", watch => watch.WheelUpAsync(pixels: 150_000)),
        ("Page Up", async watch =>
        {
            await page.GetByRole(AriaRole.Log).FocusAsync();
            for (var i = 0; i < 150; i++)
                await watch.PressAsync("PageUp");
        }),
        ("Home", async watch =>
        {
            for (var i = 0; i < 10; i++)
            {
                await watch.PressAsync("Home");
                await watch.RestsAsync();
            }
        }),
    })
    {
        var watch = await ScrollWatch.BeginAsync(page);
        await scroll(watch);
        await watch.RestsAsync();
        var seen = await watch.SeenAsync();
        Print($"{how,-8} to {seen.Oldest:N0}: {seen.Frames} frames, {seen.LongFrames} over 50 ms, longest {seen.LongestFrame:F0} ms; {seen.LongTasks} long tasks, longest {seen.LongestTask:F0} ms; worst jump {seen.WorstJump:F2} px; at most {seen.MostArticles} messages, {seen.MostNodes} elements");
    }
    clock.Restart();
    await page.EvaluateAsync("() => (location.hash = '#1')");
    await page.Locator("[data-seq='1']").WaitForAsync();
    Print($"jumped to the first message in {clock.ElapsedMilliseconds} ms");
    Print($"heap {heap:F1} MB before, {await HeapAsync():F1} MB after");
}

async Task FloodAsync(int seconds)
{
    // From the key to the frame that shows it, as the browser itself measures it; and whatever blocked the page meanwhile.
    await page.EvaluateAsync("""
        () => {
          window.keys = [];
          window.blocked = [];
          new PerformanceObserver((list) => keys.push(...list.getEntries().filter((e) => e.name === 'keydown').map((e) => e.duration)))
            .observe({ type: 'event', durationThreshold: 16, buffered: false });
          new PerformanceObserver((list) => blocked.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
        }
        """);
    var composer = page.GetByRole(AriaRole.Textbox, new() { Name = "메시지" });
    clock.Restart();
    var (sent, typed) = (0, 0);
    var heaps = new List<double>();
    using var done = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
    var flood = Task.Run(async () =>
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!done.IsCancellationRequested && await timer.WaitForNextTickAsync())
            await PostAsync(jun, $"{new string('말', 1 + sent % 120)} {++sent}");
    });
    await composer.FocusAsync();
    using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100)); // as somebody who types fast
    for (var next = 10.0; !done.IsCancellationRequested; typed++)
    {
        await pace.WaitForNextTickAsync();
        await page.Keyboard.PressAsync(typed % 40 == 39 ? "Control+a" : "a");
        if (clock.Elapsed.TotalSeconds < next)
            continue;
        heaps.Add(await HeapAsync());
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{next,5:F0} s: {sent} messages, heap {heaps[^1]:F1} MB"));
        next += Math.Max(10, seconds / 20);
    }
    await flood;
    await page.Locator($"[data-seq='{Count + sent}']").WaitForAsync();
    var keys = (await page.EvaluateAsync<double[]>("() => keys")).Order().ToArray();
    var blocked = await page.EvaluateAsync<double[]>("() => blocked");
    Print($"{sent:N0} messages in {clock.Elapsed.TotalSeconds:F0} s, all shown; {typed:N0} keys, median {keys.ElementAtOrDefault(keys.Length / 2):F0} ms, {keys.Count(k => k > 50)} took over 50 ms, longest {keys.LastOrDefault():F0} ms; {blocked.Length} long tasks, longest {blocked.DefaultIfEmpty().Max():F0} ms");
    Print($"heap {heaps.FirstOrDefault():F1} MB after 10 s, {await HeapAsync():F1} MB at the end; {await page.EvaluateAsync<int>("() => document.getElementsByTagName('*').length")} elements");
}

async Task<double> HeapAsync()
{
    await devTools.SendAsync("HeapProfiler.collectGarbage");
    var usage = await devTools.SendAsync("Runtime.getHeapUsage");
    return usage!.Value.GetProperty("usedSize").GetDouble() / 1e6;
}

async Task PostAsync(TestUser user, string text)
{
    var answer = await user.Http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = Guid.CreateVersion7(), text });
    answer.EnsureSuccessStatusCode();
    await answer.Content.ReadFromJsonAsync<JsonElement>();
}

static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
