using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

/// <summary>What SmallTalk exists for, from end to end, by people at browsers of their own.</summary>
public sealed class TheMainJourney(Chromium chromium)
{
    [Fact]
    public async Task From_signing_up_to_a_room_to_friends_to_a_talk_of_two_to_my_history()
    {
        await using var server = await TestServer.StartAsync();
        await using var minji = await Person.SignedUpAsync(chromium, server, "민지", Person.Phone());
        await using var jun = await Person.SignedUpAsync(chromium, server, "준호");

        // Minji opens a room.
        await minji.Page.GotoAsync("/rooms/new");
        await minji.Page.GetByLabel("방 이름").FillAsync("우리동네 축구 모임");
        await minji.Page.GetByRole(AriaRole.Radio, new() { NameRegex = Containing("스포츠") }).CheckAsync();
        await minji.Page.GetByLabel("해시태그").FillAsync("#축구 #주말");
        await minji.Button("방 열기", "Open the room").ClickAsync();
        await minji.Page.WaitForURLAsync(AnyRoom());
        var room = Guid.Parse(minji.Page.Url[(minji.Page.Url.LastIndexOf('/') + 1)..]);
        await minji.SayAsync("어서 오세요!");

        // Jun finds it by the initial consonants, looks in, joins.
        await jun.Page.GotoAsync("/discover");
        await jun.Page.GetByRole(AriaRole.Searchbox, new() { NameRegex = Containing("해시태그로 찾기") }).FillAsync("ㅊㄱ");
        await jun.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "우리동네 축구 모임" }).First.ClickAsync();
        await jun.Page.WaitForURLAsync(AnyRoom());
        await jun.SeesAsync("어서 오세요!");
        await jun.Button("함께하기", "Join").ClickAsync();

        // They talk, both ways, live.
        await jun.SayAsync("안녕하세요, 처음 왔어요");
        await minji.SeesAsync("안녕하세요, 처음 왔어요");
        await minji.SayAsync("반가워요 준호님");
        await jun.SeesAsync("반가워요 준호님");

        // A third comes late and sees the whole past.
        await using var sora = await Person.SignedUpAsync(chromium, server, "소라");
        await sora.OpenRoomAsync(room);
        await sora.SeesAsync("어서 오세요!");
        await sora.SeesAsync("반가워요 준호님");

        // Jun asks Minji to be friends; she hears of it live and accepts.
        await minji.Page.GotoAsync("/friends");
        await jun.Page.GotoAsync("/friends");
        await jun.Button("친구 추가", "Add a friend").First.ClickAsync();
        await jun.Page.GetByRole(AriaRole.Dialog).GetByLabel("닉네임").FillAsync("민지");
        await jun.Button("요청 보내기", "Send request").ClickAsync();
        await minji.Page.GetByRole(AriaRole.Tab, new() { NameRegex = Containing("받은 요청") }).ClickAsync();
        await minji.Button("준호의 친구 요청 수락", "Accept").ClickAsync();

        // They talk one to one.
        await jun.Page.GetByRole(AriaRole.Tab, new() { NameRegex = Containing("친구") }).First.ClickAsync();
        await jun.Button("민지와 대화", "Chat with 민지").ClickAsync();
        await jun.Page.WaitForURLAsync(AnyRoom());
        await jun.SayAsync("둘이서 이야기해요");
        await minji.Page.GotoAsync("/chats");
        await minji.Page.GetByRole(AriaRole.Tab, new() { NameRegex = Containing("1:1") }).ClickAsync();
        var direct = minji.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "준호" }).First;
        await Expect(direct).ToContainTextAsync("둘이서 이야기해요");
        await direct.ClickAsync();
        await minji.SeesAsync("둘이서 이야기해요");

        // Jun leaves the room, and finds it in his history.
        await jun.Page.GotoAsync($"/rooms/{room}/settings");
        await jun.Button("방 나가기", "Leave the room").First.ClickAsync();
        await jun.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = Containing("나가기") }).ClickAsync();
        await Expect(jun.Page.GetByText("방에서 나왔어요.")).ToBeVisibleAsync();
        await jun.Page.GotoAsync("/chats");
        await jun.Page.GetByRole(AriaRole.Tab, new() { NameRegex = Containing("나간 방") }).ClickAsync();
        await Expect(jun.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "우리동네 축구 모임" }).First).ToBeVisibleAsync();

        // Minji sees it among those that she made.
        await minji.Page.GotoAsync("/chats");
        await minji.Page.GetByRole(AriaRole.Tab, new() { NameRegex = Containing("만든 방") }).ClickAsync();
        await Expect(minji.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "우리동네 축구 모임" }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_wrong_sign_up_says_what_is_wrong_at_the_field_and_keeps_what_was_typed()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignUpAsync("민수");
        await using var person = await Person.ArriveAsync(chromium, server.Address, "민수 ");
        person.ExpectFailures();

        await person.Page.GotoAsync("/signup");
        await person.Page.Locator("input[autocomplete=username]").FillAsync("민수 ");
        await person.Page.Locator("input[autocomplete=new-password]").First.FillAsync("복숭아나무-7그루");
        await person.Page.Locator("form button[type=submit]").ClickAsync();

        await Expect(person.Page.Locator("input[autocomplete=username]")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(person.Page.Locator("input[autocomplete=username]")).ToHaveValueAsync("민수 ");
        await Expect(person.Page.GetByText("이미 쓰이는 닉네임이에요.")).ToBeVisibleAsync();
    }

    static Regex AnyRoom() => new("/rooms/[0-9a-f-]{36}$");

    static Regex Containing(string text) => new(Regex.Escape(text));
}
