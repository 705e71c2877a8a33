using Microsoft.Playwright;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

public sealed class Sending(Chromium chromium)
{
    [Fact] // R10
    public async Task Impatient_clicks_on_a_slow_network_send_one_message()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        var devTools = await person.Page.Context.NewCDPSessionAsync(person.Page);
        await devTools.SendAsync("Network.enable");
        await devTools.SendAsync("Network.emulateNetworkConditions", new()
        {
            ["offline"] = false,
            ["latency"] = 300,
            ["downloadThroughput"] = -1,
            ["uploadThroughput"] = -1,
        });

        await person.Composer.FillAsync("한 번만 보내 주세요");
        await person.Page.EvaluateAsync("() => { const send = [...document.querySelectorAll('form button')].at(-1); for (let i = 0; i < 8; i++) send.click(); }");

        await person.SeesAsync("한 번만 보내 주세요");
        await Assertions.Expect(person.Composer).ToHaveValueAsync("");
        await minji.HasStoredAsync(room, "한 번만 보내 주세요");
    }

    [Fact] // R11
    public async Task What_was_said_offline_goes_out_by_itself_in_order_once_even_after_a_reload()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await person.SayAsync("먼저");
        await minji.HasStoredAsync(room, "먼저");
        await person.ShellIsKeptAsync();
        await person.SeesAsync("먼저"); // the room is there, not only its frame

        await person.GoOfflineAsync();
        foreach (var text in new[] { "하나", "둘", "셋" })
            await person.SayAsync(text);
        await person.SeesAsync("셋");
        await person.Page.ReloadAsync(); // the service worker brings the page, the outbox is on the device
        await person.SeesAsync("셋");
        await person.GoOfflineAsync(false);

        await minji.HasStoredAsync(room, "먼저", "하나", "둘", "셋");
        await person.SeesAsync("하나");
        await person.SeesAsync("셋");
    }

    [Fact] // R11
    public async Task What_was_said_while_the_room_could_not_load_is_shown_at_once_and_goes_out_once()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync("터널 앞의 방");
        await minji.SayAsync(room, "먼저");
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.Page.GotoAsync("/chats");
        await person.Page.RouteAsync($"**/api/rooms/{room}/messages*", async route =>
        {
            await person.GoOfflineAsync(); // in the very moment when the messages are asked for
            await route.AbortAsync();
        });

        await person.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "터널 앞의 방" }).First.ClickAsync();
        foreach (var text in new[] { "하나", "둘" })
            await person.SayAsync(text);

        await person.SeesAsync("하나");
        await person.SeesAsync("둘");
        Assert.Equal(["먼저"], await minji.TextsAsync(room));
        await person.Page.UnrouteAllAsync();
        await person.GoOfflineAsync(false);
        await minji.HasStoredAsync(room, "먼저", "하나", "둘");
        foreach (var text in new[] { "먼저", "하나", "둘" })
            await person.SeesAsync(text);
    }

    [Fact]
    public async Task A_room_whose_messages_fail_to_load_while_the_connection_is_well_loads_by_itself()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await minji.SayAsync(room, "먼저");
        await using var person = await Person.SignedInAsync(chromium, minji);
        person.ExpectFailures();
        var failures = 0;
        await person.Page.RouteAsync($"**/api/rooms/{room}/messages*", route =>
            Interlocked.Increment(ref failures) <= 3 ? route.AbortAsync() : route.ContinueAsync());

        await person.Page.GotoAsync($"/rooms/{room}");
        await person.SayAsync("그 사이에 한 말");

        await person.SeesAsync("먼저");
        await person.SeesAsync("그 사이에 한 말");
        await minji.HasStoredAsync(room, "먼저", "그 사이에 한 말");
    }

    [Fact] // R14
    public async Task The_text_goes_to_the_room_on_the_screen_and_a_draft_stays_in_its_room()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var (first, second) = (await minji.CreateRoomAsync("첫째 방"), await minji.CreateRoomAsync("둘째 방"));
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(first);
        await person.Composer.FillAsync("첫째 방에 쓰다 만 글");

        await person.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "둘째 방" }).First.ClickAsync();
        await Assertions.Expect(person.Page).ToHaveURLAsync(new Uri(server.Address, $"/rooms/{second}").ToString());
        await Assertions.Expect(person.Composer).ToHaveValueAsync("");
        await person.SayAsync("둘째 방에 하는 말");
        await minji.HasStoredAsync(second, "둘째 방에 하는 말");
        await person.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "첫째 방" }).First.ClickAsync();

        await Assertions.Expect(person.Composer).ToHaveValueAsync("첫째 방에 쓰다 만 글");
        await minji.HasStoredAsync(first);
    }

    [Fact] // R15
    public async Task One_who_is_kicked_with_the_room_open_is_told_and_can_write_no_more()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await Assertions.Expect(person.Composer).ToBeVisibleAsync();

        await owner.KickAsync(room, minji);
        await owner.SayAsync(room, "나간 뒤에 하는 말");

        await Assertions.Expect(person.Composer).Not.ToBeVisibleAsync();
        await Assertions.Expect(person.Button("함께하기", "Join")).ToBeVisibleAsync();
    }
}
