using Microsoft.Playwright;
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
            );
        await him.OpenRoomAsync(room);
        await him.SeesAsync("읽었어요?");
        await Expect(message).Not.ToContainTextAsync("안 읽었어요");

        await him.Composer.PressSequentiallyAsync("지금 쓰는 ");
        await Expect(her.Page.GetByText("쓰고 있어요").First).ToBeVisibleAsync();
        await him.Composer.PressSequentiallyAsync("중이에요");
        await him.SendButton.ClickAsync();
        await her.SeesAsync("지금 쓰는 중이에요");
        await Expect(her.Page.GetByText("쓰고 있어요")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Move_the_list_of_rooms_members_activity_and_new_rooms()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync("먼저 있던 방");
        await using var her = await Person.SignedInAsync(chromium, minji);
        await using var him = await Person.SignedInAsync(chromium, jun, Person.Phone());
        await her.Page.GotoAsync("/discover");
        var card = her.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Article).Filter(new() { HasText = "먼저 있던 방" });
        await Expect(card).ToContainTextAsync("1명");
        await Expect(card.Locator("time")).ToHaveCountAsync(0);

        await him.OpenRoomAsync(room);
        await him.Button("함께하기", "Join").ClickAsync();
        await Expect(card).ToContainTextAsync("2명");
        await Expect(card).ToContainTextAsync("지금 1명");
        await him.SayAsync("첫마디");
        await Expect(card.Locator("time")).ToBeVisibleAsync();

        var opened = await jun.CreateRoomAsync("방금 연 방");
        await him.OpenRoomAsync(opened);
        await her.Button("소식이 있는 방 1개 더 보기", "Show 1 more room with news").ClickAsync();
        await Expect(her.Page.GetByRole(AriaRole.Article).Filter(new() { HasText = "방금 연 방" })).ToBeVisibleAsync();
        await Expect(her.Page.GetByText("더 보기")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Tell_of_a_friend_request_and_of_its_acceptance()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync("민지"), await server.SignUpAsync("준호"));
        await using var her = await Person.SignedInAsync(chromium, minji);
        await using var him = await Person.SignedInAsync(chromium, jun, Person.Phone());
        await her.Page.GotoAsync("/discover");
        await him.Page.GotoAsync("/friends");
        await Expect(him.Page.GetByText("아직 친구가 없어요")).ToBeVisibleAsync();

        await him.Button("친구 추가", "Add a friend").First.ClickAsync();
        await him.Page.GetByRole(AriaRole.Dialog).GetByLabel("닉네임").FillAsync("민지");
        await him.Button("요청 보내기", "Send request").ClickAsync();
        var friends = her.Page.Locator("a[href='/friends']").First;
        await Expect(friends).ToContainTextAsync("1");
        await friends.ClickAsync();
        await her.Page.GetByRole(AriaRole.Tab).Filter(new() { HasText = "받은 요청" }).ClickAsync();
        await her.Button("준호의 친구 요청 수락", "Accept").ClickAsync();

        await Expect(him.Page.GetByText("답을 기다리는 요청이 없어요")).ToBeVisibleAsync();
        await him.Page.GetByRole(AriaRole.Tab).First.ClickAsync();
        await Expect(him.Button("민지와 대화", "Chat with 민지")).ToBeVisibleAsync();
        await Expect(friends).Not.ToContainTextAsync("1");
    }

    [Fact]
    public async Task Show_a_friend_who_comes_and_that_a_killed_browser_is_gone()
    {
        await using var server = await TestServer.StartAsync();
        await using var line = new Line(server.Address);
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        await using var her = await Person.SignedInAsync(chromium, minji);
        await her.Page.GotoAsync("/friends");
        await Expect(her.Page.GetByRole(AriaRole.Main).GetByText("오프라인")).ToBeVisibleAsync();

        await using (var him = await Person.SignedInAsync(chromium, jun, through: line.Address))
        {
            him.ExpectFailures();
            await him.Page.GotoAsync("/discover");
            await Expect(her.Page.GetByRole(AriaRole.Main).GetByText("접속 중")).ToBeVisibleAsync();
            await line.DisposeAsync(); // a kill says no farewell
            await Expect(her.Page.GetByRole(AriaRole.Main).GetByText("오프라인")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Show_a_new_nickname_on_ones_other_device_and_beside_what_one_said_before()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync("준호"));
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await jun.SayAsync(room, "예전 이름으로 한 말");
        await using var her = await Person.SignedInAsync(chromium, minji);
        await using var phone = await Person.SignedInAsync(chromium, jun, Person.Phone());
        await using var desk = await Person.SignedInAsync(chromium, jun);
        await her.OpenRoomAsync(room);
        await Expect(her.MessageSaying("예전 이름으로 한 말")).ToContainTextAsync("준호");
        await desk.OpenRoomAsync(room);
        await phone.Page.GotoAsync("/settings");

        await phone.Page.GetByLabel("닉네임").FillAsync("새이름준호");
        await phone.Page.Locator("form button[type=submit]").First.ClickAsync();
        await Expect(phone.Page.GetByText("프로필을 바꿨어요.")).ToBeVisibleAsync();
        await desk.SayAsync("새 이름으로 하는 말");

        await her.SeesAsync("새 이름으로 하는 말");
        await Expect(her.MessageSaying("예전 이름으로 한 말")).ToContainTextAsync("새이름준호");
        await Expect(desk.MessageSaying("새 이름으로 하는 말")).ToHaveAccessibleNameAsync(new System.Text.RegularExpressions.Regex("새이름준호"));
    }
}
