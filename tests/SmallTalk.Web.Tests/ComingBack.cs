using System.Collections.Concurrent;
using System.Net.Http.Json;
using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

public sealed class ComingBack(Chromium chromium)
{
    [Fact] // R7, R8
    public async Task A_cut_connection_catches_up_with_messages_edits_and_deletions_without_a_reload()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        foreach (var text in new[] { "고칠 말", "지울 말", "그대로 둘 말" })
            await jun.SayAsync(room, text);
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await person.SeesAsync("그대로 둘 말");

        await person.GoOfflineAsync();
        await jun.Http.PatchAsJsonAsync($"/api/rooms/{room}/messages/1", new { text = "고친 말" });
        await jun.Http.DeleteAsync($"/api/rooms/{room}/messages/2");
        await jun.SayAsync(room, "끊긴 동안의 말");
        await person.GoOfflineAsync(false);

        await person.SeesAsync("끊긴 동안의 말");
        await person.SeesAsync("고친 말");
        await Expect(person.MessageSaying("지울 말")).ToHaveCountAsync(0);
        await Expect(person.MessageSaying("고칠 말")).ToHaveCountAsync(0);
        await jun.SayAsync(room, "다시 바로 오는 말");
        await person.SeesAsync("다시 바로 오는 말");
    }

    [Fact] // R7
    public async Task A_network_lost_after_the_first_screen_delays_the_rest_of_the_app_and_no_more()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await minji.SayAsync(room, "먼저");
        await using var person = await Person.SignedInAsync(chromium, minji, Person.Desktop());
        person.ExpectFailures();
        var (isLost, failures) = (false, 0);
        await person.Page.RouteAsync($"**/api/rooms/{room}/messages*", route =>
        {
            isLost = true;
            return route.ContinueAsync();
        });
        await person.Page.RouteAsync("**/_app/immutable/**", route =>
            isLost && Interlocked.Increment(ref failures) <= 8 ? route.AbortAsync() : route.ContinueAsync());

        await person.OpenRoomAsync(room);
        var chats = person.Page.Locator("nav li a[href^='/rooms/'], aside li a[href^='/rooms/']").First;
        await Expect(chats).ToBeVisibleAsync();

        Assert.True(failures > 1, "No part of the app was asked for while the network was lost.");
        Assert.Equal(0, await person.Page.Locator("link[rel=stylesheet]").EvaluateAllAsync<int>("links => links.filter(link => !link.sheet).length"));
        await minji.SayAsync(room, "바로 오는 말");
        await person.SeesAsync("바로 오는 말");
    }

    [Fact]
    public async Task A_restart_of_the_server_in_the_middle_loses_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-");
        var server = await TestServer.StartOnAsync(folder.FullName);
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await person.SayAsync("멈추기 전");
        await person.SeesAsync("멈추기 전");
        await minji.HasStoredAsync(room, "멈추기 전");

        person.ExpectFailures();
        await server.DisposeAsync();
        await person.SayAsync("멈춘 동안");
        await using var restarted = await TestServer.StartOnAsync(folder.FullName, ("urls", server.Address.ToString()));

        await minji.HasStoredAsync(room, "멈추기 전", "멈춘 동안");
        await person.SayAsync("다시 시작한 뒤");
        await minji.HasStoredAsync(room, "멈추기 전", "멈춘 동안", "다시 시작한 뒤");
        await person.SeesAsync("멈춘 동안");
        await person.SeesAsync("다시 시작한 뒤");
    }

    [Fact] // R8
    public async Task A_text_deleted_meanwhile_goes_from_the_device_without_its_room_being_opened()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (room, quiet) = (await minji.CreateRoomAsync("자주 보는 방"), await minji.CreateRoomAsync("조용한 방"));
        await jun.JoinAsync(room);
        await jun.JoinAsync(quiet);
        foreach (var text in new[] { "첫째 비밀", "둘째 비밀", "남는 말" })
            await jun.SayAsync(room, text);
        await jun.SayAsync(quiet, "바뀌지 않는 말");
        await using var person = await Person.SignedInAsync(chromium, minji);
        foreach (var (id, text) in new[] { (room, "남는 말"), (quiet, "바뀌지 않는 말") })
        {
            await person.OpenRoomAsync(id);
            await person.SeesAsync(text);
        }
        await person.DeviceKeepsAsync("첫째 비밀");
        await person.Page.GotoAsync("/friends");
        var asked = new ConcurrentQueue<string>();
        person.Page.Request += (_, request) => asked.Enqueue(request.Url);

        await jun.Http.DeleteAsync($"/api/rooms/{room}/messages/1"); // while it listens elsewhere
        await person.DeviceKeepsAsync("첫째 비밀", isKept: false);
        await person.DeviceKeepsAsync("둘째 비밀");
        await person.GoOfflineAsync();
        await jun.Http.DeleteAsync($"/api/rooms/{room}/messages/2"); // while it is away
        await jun.SayAsync(room, "새 말");
        await jun.SayAsync(quiet, "늘기만 한 방의 새 말");
        await person.GoOfflineAsync(false);

        await person.DeviceKeepsAsync("둘째 비밀", isKept: false);
        await person.DeviceKeepsAsync("남는 말");
        await person.DeviceKeepsAsync("바뀌지 않는 말");
        Assert.DoesNotContain(asked, url => url.Contains($"{quiet}/messages", StringComparison.Ordinal)); // it only grew
    }

    [Fact] // R5, R6
    public async Task Unread_counts_agree_on_two_devices_and_stay_right_after_a_reload()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync("세어 보는 방");
        await jun.JoinAsync(room);
        await using var desk = await Person.SignedInAsync(chromium, minji);
        await using var phone = await Person.SignedInAsync(chromium, minji, Person.Phone());
        await desk.Page.GotoAsync("/chats");
        await phone.Page.GotoAsync("/chats");

        for (var i = 1; i <= 12; i++)
            await jun.SayAsync(room, $"말 {i}");
        await Expect(desk.Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("12"));
        await Expect(phone.Page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("12"));
        await phone.OpenRoomAsync(room);
        await phone.SeesAsync("말 12");

        await Expect(desk.Page).Not.ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("[0-9]"));
        await desk.Page.ReloadAsync();
        await Expect(desk.Page.GetByText("세어 보는 방").First).ToBeVisibleAsync();
        await Expect(desk.Page).Not.ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("[0-9]"));
        await phone.SayAsync("내 말은 나에게 새 글이 아니다");
        await Expect(desk.Page.GetByText("내 말은 나에게").First).ToBeVisibleAsync();
        await Expect(desk.Page).Not.ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("[0-9]"));
    }
}
