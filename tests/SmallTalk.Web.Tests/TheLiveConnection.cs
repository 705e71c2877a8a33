using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

/// <summary>The one connection of a page: how it comes back, and what it asks for then.</summary>
public sealed class TheLiveConnection(Chromium chromium)
{
    [Fact]
    public async Task Is_tried_less_and_less_often_while_it_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        await using var line = new Line(server.Address) { RefusesWebSockets = true };
        await using var person = await Person.SignedInAsync(chromium, await server.SignUpAsync(), through: line.Address);
        person.ExpectFailures();
        await person.Page.GotoAsync("/chats");

        const int Attempts = 6;
        for (var end = DateTime.UtcNow.AddSeconds(60); line.Refusals.Count < Attempts && DateTime.UtcNow < end;)
            await server.CreateHttpClient().GetAsync("/health/live"); // the pace of the server sets that of the asking

        var tried = line.Refusals.ToArray();
        Assert.True(tried.Length >= Attempts, $"tried {tried.Length} times in a minute");
        var waits = tried.Zip(tried.Skip(1), TimeProvider.System.GetElapsedTime).Select(wait => wait.TotalMilliseconds).ToArray();
        for (var i = 0; i < Attempts - 1; i++)
            Assert.True(waits[i] >= 250 << i, $"waited {string.Join(", ", waits)} ms: half of what doubles, at least");
    }

    [Fact] // R7
    public async Task Brings_everything_again_after_each_of_many_cuts()
    {
        await using var server = await TestServer.StartAsync();
        await using var line = new Line(server.Address);
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (room, other) = (await minji.CreateRoomAsync(), await minji.CreateRoomAsync("다른 방"));
        await jun.JoinAsync(room);
        await jun.JoinAsync(other);
        await using var person = await Person.SignedInAsync(chromium, minji, through: line.Address);
        person.ExpectFailures();
        await person.OpenRoomAsync(room);

        for (var i = 1; i <= 4; i++)
        {
            line.Cut();
            await jun.SayAsync(room, $"끊긴 사이의 말 {i}.");
            await jun.SayAsync(other, $"다른 방의 말 {i}.");
            await person.SeesAsync($"끊긴 사이의 말 {i}.");
            await Expect(person.Page).ToHaveTitleAsync(new Regex($"\\b{i}\\b"));
        }

        await person.SayAsync("내 말");
        await minji.HasStoredAsync(room, [.. Enumerable.Range(1, 4).Select(i => $"끊긴 사이의 말 {i}."), "내 말"]);
    }

    [Fact] // R15
    public async Task Does_not_ask_again_for_a_room_that_it_was_shown_out_of()
    {
        await using var server = await TestServer.StartAsync();
        await using var line = new Line(server.Address);
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync(password: "열려라"); // into an open one she could still look
        await minji.JoinAsync(room, "열려라");
        await using var person = await Person.SignedInAsync(chromium, minji, through: line.Address);
        person.ExpectFailures();
        var frames = new ConcurrentQueue<string>();
        person.Page.WebSocket += (_, socket) => socket.FrameSent += (_, frame) => frames.Enqueue(frame.Text ?? "");
        await person.OpenRoomAsync(room);
        await owner.SayAsync(room, "아직 있을 때");
        await person.SeesAsync("아직 있을 때");

        await owner.KickAsync(room, minji);
        await Expect(person.Composer).Not.ToBeVisibleAsync();
        frames.Clear();
        line.Cut();
        for (var end = DateTime.UtcNow.AddMilliseconds(Person.Patience); !Asked("/user/queue/events") && DateTime.UtcNow < end;)
            await person.Page.EvaluateAsync("() => new Promise(requestAnimationFrame)");

        Assert.True(Asked("/user/queue/events"), "it came back");
        await person.Page.GotoAsync("/chats"); // what it would have asked for has gone out by now
        Assert.False(Asked($"/topic/rooms/{room}"), string.Join("\n", frames));

        bool Asked(string destination) => frames.Any(f =>
            f.StartsWith("SUBSCRIBE", StringComparison.Ordinal) && f.Contains(destination, StringComparison.Ordinal));
    }
}
