using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

public sealed class Arriving(Chromium chromium)
{
    [Theory]
    [InlineData("ko-KR", "ko")]
    [InlineData("en-GB", "en")]
    public async Task Shows_the_welcome_page_in_the_browsers_language(string locale, string language)
    {
        await using var server = await TestServer.StartAsync();
        await using var visitor = await Person.ArriveAsync(chromium, server.Address, "손님", Person.Desktop(locale));

        await visitor.Page.GotoAsync("/");

        await Microsoft.Playwright.Assertions.Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("lang", language);
        await Microsoft.Playwright.Assertions.Expect(visitor.Page.Locator("h1")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Finds_the_reference_of_the_HTTP_interface_readable()
    {
        await using var server = await TestServer.StartAsync();
        await using var developer = await Person.ArriveAsync(chromium, server.Address, "개발자", Person.Desktop("en-US"));

        await developer.Page.GotoAsync("/reference/");

        await Microsoft.Playwright.Assertions.Expect(developer.Page.GetByText("/api/session/refresh").First).ToBeVisibleAsync(
            );
    }
}
