using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

/// <summary>A room as busy communities have it. What it costs in time: bench/SmallTalk.Bench.Scrolling. Alone on the machine, for a
/// browser that gets no time shows what it has not measured yet.</summary>
[Collection(nameof(AHundredThousandMessages))]
[CollectionDefinition(nameof(AHundredThousandMessages), DisableParallelization = true)]
public sealed class AHundredThousandMessages(Chromium chromium)
{
    const int Count = 100_000;

    [Fact] // R12
    public async Task Open_at_the_newest_and_scroll_up_through_page_after_page_without_a_jump_in_a_small_page()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, room) = await FillAsync(server);
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await Expect(person.Message(Count)).ToBeInViewportAsync();
        var watch = await ScrollWatch.BeginAsync(person.Page);

        await watch.WheelUpAsync(pixels: 60_000);
        await watch.RestsAsync();
        await person.Log.FocusAsync();
        for (var i = 0; i < 60; i++)
            await watch.PressAsync("PageUp");
        await watch.RestsAsync();
        for (var i = 0; i < 3; i++)
        {
            await watch.PressAsync("Home"); // as far as is loaded; the next page comes above it
            await watch.RestsAsync();
        }

        var seen = await watch.SeenAsync();
        Assert.True(seen.Loads >= 8, $"{seen}: pages must have loaded while scrolling");
        Assert.True(seen.Oldest < Count - 900, $"{seen}");
        Assert.True(seen.WorstJump < 2, $"{seen}: the message at the top edge jumped");
        Assert.True(seen.MostArticles < 150, $"{seen}: too many messages are in the page at once");
        Assert.True(seen.IsInOrder, $"{seen}: seq by seq");
    }

    [Fact] // R12
    public async Task Are_dragged_through_by_a_finger_without_a_jump()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, room) = await FillAsync(server);
        await using var person = await Person.SignedInAsync(chromium, minji, Person.Phone());
        await person.OpenRoomAsync(room);
        await Expect(person.Message(Count)).ToBeInViewportAsync();
        var watch = await ScrollWatch.BeginAsync(person.Page);

        await watch.DragDownAsync(pixels: 500, times: 70);
        await watch.RestsAsync();

        var seen = await watch.SeenAsync();
        Assert.True(seen.Loads >= 2, $"{seen}: pages must have loaded while scrolling");
        Assert.True(seen.WorstJump < 2, $"{seen}: the message at the top edge jumped");
        Assert.True(seen.MostArticles < 150, $"{seen}: too many messages are in the page at once");
        Assert.True(seen.IsInOrder, $"{seen}: seq by seq");
    }

    [Fact]
    public async Task Are_jumped_through_to_the_first_and_back_to_the_newest()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, room) = await FillAsync(server);
        await using var person = await Person.SignedInAsync(chromium, minji);

        await person.Page.GotoAsync($"/rooms/{room}#1");
        await Expect(person.Message(1)).ToBeInViewportAsync();
        await person.Page.EvaluateAsync("() => (location.hash = '#50000')");
        await Expect(person.Message(50_000)).ToBeInViewportAsync();
        await person.Button("최근 메시지로", "Jump to the latest").ClickAsync();

        await Expect(person.Message(Count)).ToBeInViewportAsync();
    }

    static async Task<(TestUser Minji, Guid Room)> FillAsync(TestServer server)
    {
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync("십만 마디");
        await jun.JoinAsync(room);
        await minji.SayAsync(room, "처음");
        await jun.SayAsync(room, "둘째");
        await server.FillAsync(room, Count);
        return (minji, room);
    }
}
