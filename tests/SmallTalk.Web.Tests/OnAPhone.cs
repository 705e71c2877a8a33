using Microsoft.Playwright;
using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

public sealed class OnAPhone(Chromium chromium)
{
    [Fact] // R13
    public async Task The_keyboard_hides_neither_the_composer_nor_the_newest_message_and_the_page_stays()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        for (var i = 1; i <= 60; i++)
            await minji.SayAsync(room, $"말 {i}.");
        await using var person = await Person.SignedInAsync(chromium, minji, Person.Phone());
        await person.OpenRoomAsync(room);
        await person.SeesAsync("말 60.");

        await person.Page.SetViewportSizeAsync(390, 430); // as interactive-widget=resizes-content does when the keyboard opens

        await Expect(person.Composer).ToBeInViewportAsync(new() { Ratio = 1 });
        await Expect(person.MessageSaying("말 60.")).ToBeInViewportAsync(new() { Ratio = 0.99f });
        await Expect(person.Page.GetByRole(AriaRole.Heading).First).ToBeInViewportAsync();
        Assert.Equal(0, await person.Page.EvaluateAsync<double>("() => scrollY + document.documentElement.scrollHeight - innerHeight"));
        Assert.True(await person.Composer.EvaluateAsync<double>("e => parseFloat(getComputedStyle(e).fontSize)") >= 16, "a smaller font makes iOS zoom");
        await person.Page.SetViewportSizeAsync(390, 844);
        await Expect(person.MessageSaying("말 60.")).ToBeInViewportAsync();
    }

    [Fact]
    public async Task The_app_can_be_installed_and_its_shell_opens_offline_with_what_it_has()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync("오프라인 방");
        await minji.SayAsync(room, "기기에 남는 말");
        await using var person = await Person.SignedInAsync(chromium, minji, Person.Phone());
        await person.OpenRoomAsync(room);
        await person.SeesAsync("기기에 남는 말");
        await person.ShellIsKeptAsync();
        var devTools = await person.Page.Context.NewCDPSessionAsync(person.Page);
        var manifest = await devTools.SendAsync("Page.getAppManifest");
        Assert.Equal(0, manifest!.Value.GetProperty("errors").GetArrayLength());
        Assert.Contains("standalone", manifest.Value.GetProperty("data").GetString(), StringComparison.Ordinal);

        await person.GoOfflineAsync();
        await person.Page.ReloadAsync();

        await person.SeesAsync("기기에 남는 말");
        await Expect(person.Page.GetByText("오프라인이에요").First).ToBeVisibleAsync();
    }
}
