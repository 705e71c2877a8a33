using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(SmallTalk.Web.Tests.Chromium))]

namespace SmallTalk.Web.Tests;

/// <summary>One real browser for the whole run; each person gets a profile of their own in it.</summary>
public sealed class Chromium : IAsyncLifetime
{
    IPlaywright? _playwright;
    IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Person.Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            // The same browser without a window's parts, half the work for it.
            ExecutablePath = new[] { "/usr/bin/chromium-headless-shell", "/usr/bin/chromium" }.First(File.Exists),
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    /// <summary>A new profile: no cookie, no cache, no offline store.</summary>
    public Task<IBrowserContext> NewProfileAsync(BrowserNewContextOptions options) => _browser!.NewContextAsync(options);

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
