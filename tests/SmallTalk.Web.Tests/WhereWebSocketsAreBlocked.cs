using System.Net.Http.Json;
using System.Text.RegularExpressions;
using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

/// <summary>Behind a proxy that answers requests and lets no WebSocket through.</summary>
public sealed class WhereWebSocketsAreBlocked(Chromium chromium)
{
    [Fact]
    public async Task Messages_edits_and_deletions_arrive_by_themselves_until_the_connection_works_again()
    {
        await using var server = await TestServer.StartAsync();
        await using var line = new Line(server.Address) { RefusesWebSockets = true };
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await jun.SayAsync(room, "고칠 말");
        await jun.SayAsync(room, "지울 말");
        for (var i = 1; i <= 150; i++)
            await jun.SayAsync(room, $"사이의 말 {i}.");
        await using var person = await Person.SignedInAsync(chromium, minji, through: line.Address);
        person.ExpectFailures();
        await person.OpenRoomAsync(room);
        await person.SeesAsync("사이의 말 150.");
        await Expect(person.Page.GetByText("실시간 연결이 막혀 있어요")).ToBeVisibleAsync(new() { Timeout = 30_000 });

        await jun.SayAsync(room, "요청으로 오는 말");
        await person.SeesAsync("요청으로 오는 말");
        await jun.Http.PatchAsJsonAsync($"/api/rooms/{room}/messages/151", new { text = "고친 말 151" });
        await jun.Http.DeleteAsync($"/api/rooms/{room}/messages/152");
        await person.SeesAsync("고친 말 151");
        await Expect(person.MessageSaying("사이의 말 150.")).ToHaveCountAsync(0);
        await person.SayAsync("요청으로 가는 말");
        await Expect(person.Message(154)).ToContainTextAsync("요청으로 가는 말");

        line.RefusesWebSockets = false;
        await Expect(person.Page.GetByText("실시간 연결이 막혀 있어요")).Not.ToBeVisibleAsync(new() { Timeout = 60_000 });
        await jun.SayAsync(room, "다시 바로 오는 말");
        await person.SeesAsync("다시 바로 오는 말");
        Assert.Equal(
            ["요청으로 오는 말", "요청으로 가는 말", "다시 바로 오는 말"], (await minji.TextsAsync(room))[^3..]);
    }

    [Fact]
    public async Task Unread_counts_and_the_list_of_chats_move_by_themselves()
    {
        await using var server = await TestServer.StartAsync();
        await using var line = new Line(server.Address) { RefusesWebSockets = true };
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync("느린 방");
        await jun.JoinAsync(room);
        await using var person = await Person.SignedInAsync(chromium, minji, through: line.Address);
        person.ExpectFailures();
        await person.Page.GotoAsync("/chats");
        await Expect(person.Page.GetByText("느린 방").First).ToBeVisibleAsync();

        await jun.SayAsync(room, "안 읽은 말");

        await Expect(person.Page).ToHaveTitleAsync(new Regex("1"), new() { Timeout = 45_000 });
        await Expect(person.Page.GetByText("안 읽은 말").First).ToBeVisibleAsync();
        await person.OpenRoomAsync(room);
        await person.SeesAsync("안 읽은 말");
        await Expect(person.Page).Not.ToHaveTitleAsync(new Regex("[0-9]"), new() { Timeout = 45_000 });
    }
}
