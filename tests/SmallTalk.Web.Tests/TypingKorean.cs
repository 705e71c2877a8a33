using Microsoft.Playwright;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

/// <summary>User reports R1 and R2.</summary>
public sealed class TypingKorean(Chromium chromium)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_Enter_while_the_last_syllable_composes_sends_the_whole_text_once(bool comesAgain)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await person.Composer.FocusAsync();
        var keyboard = await KoreanKeyboard.OfAsync(person.Page);

        await keyboard.ComposeAsync("ㅇ", "아", "안");
        await keyboard.CommitAsync("안");
        await keyboard.ComposeAsync("ㄴ", "녀", "녕");
        await keyboard.CommitAsync("녕");
        await keyboard.ComposeAsync("ㅎ", "하");
        await keyboard.CommitAsync("하");
        await keyboard.ComposeAsync("ㅅ", "세");
        await keyboard.CommitAsync("세");
        await keyboard.ComposeAsync("ㅇ", "요");
        await keyboard.PressEnterWhileComposingAsync("요", comesAgain);

        await person.SeesAsync("안녕하세요");
        await Assertions.Expect(person.Composer).ToHaveValueAsync("");
        await minji.HasStoredAsync(room, "안녕하세요");
    }

    [Fact]
    public async Task The_Send_button_in_mid_composition_sends_all_of_it()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await person.Composer.FocusAsync();
        var keyboard = await KoreanKeyboard.OfAsync(person.Page);

        await keyboard.ComposeAsync("ㅈ", "조");
        await keyboard.CommitAsync("조");
        await keyboard.ComposeAsync("ㅇ", "아", "아ㅇ", "아요");
        await person.SendButton.ClickAsync();

        await person.SeesAsync("조아요");
        await Assertions.Expect(person.Composer).ToHaveValueAsync("");
        await minji.HasStoredAsync(room, "조아요");
    }

    [Fact]
    public async Task The_Enter_that_confirms_a_Japanese_candidate_does_not_send()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await person.Composer.FocusAsync();
        var keyboard = await KoreanKeyboard.OfAsync(person.Page);

        await keyboard.ComposeAsync("に", "にほ", "にほん", "日本");
        await keyboard.PressEnterWhileComposingAsync("日本", comesAgain: false);
        await Assertions.Expect(person.Composer).ToHaveValueAsync("日本");
        await person.Composer.PressAsync("Enter");

        await person.SeesAsync("日本");
        await minji.HasStoredAsync(room, "日本");
    }

    [Fact]
    public async Task Shift_and_Enter_break_the_line_and_a_held_Enter_sends_once()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);

        await person.Composer.PressSequentiallyAsync("첫 줄");
        await person.Composer.PressAsync("Shift+Enter");
        await person.Composer.PressSequentiallyAsync("둘째 줄");
        for (var i = 0; i < 5; i++)
            await person.Page.Keyboard.DownAsync("Enter"); // the second and later ones are repeats of a held key
        await person.Page.Keyboard.UpAsync("Enter");

        await person.SeesAsync("둘째 줄");
        await Assertions.Expect(person.Composer).ToHaveValueAsync("");
        await minji.HasStoredAsync(room, "첫 줄\n둘째 줄");
    }
}
