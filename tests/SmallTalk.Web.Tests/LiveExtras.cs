using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

public sealed class LiveExtras(Chromium chromium)
{
    [Fact]
    public async Task Tell_who_types_and_how_many_have_not_read_a_message_yet()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var her = await Person.SignedInAsync(chromium, minji);
        await using var him = await Person.SignedInAsync(chromium, jun, Person.Phone());
        await her.OpenRoomAsync(room);
        await him.Page.GotoAsync("/discover");

        await her.SayAsync("읽었어요?");
        var message = her.MessageSaying("읽었어요?");
        await Expect(message.GetByText("1명이 아직 안 읽었어요").Or(message.GetByLabel("1명이 아직 안 읽었어요")).First).ToBeAttachedAsync(
            new() { Timeout = Person.Patience });
        await him.OpenRoomAsync(room);
        await him.SeesAsync("읽었어요?");
        await Expect(message).Not.ToContainTextAsync("안 읽었어요", new() { Timeout = Person.Patience });

        await him.Composer.PressSequentiallyAsync("지금 쓰는 ");
        await Expect(her.Page.GetByText("쓰고 있어요").First).ToBeVisibleAsync(new() { Timeout = Person.Patience });
        await him.Composer.PressSequentiallyAsync("중이에요");
        await him.SendButton.ClickAsync();
        await her.SeesAsync("지금 쓰는 중이에요");
        await Expect(her.Page.GetByText("쓰고 있어요")).ToHaveCountAsync(0, new() { Timeout = Person.Patience });
    }
}
