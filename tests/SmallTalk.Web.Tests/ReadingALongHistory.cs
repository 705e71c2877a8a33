using System.Net.Http.Json;
using Microsoft.Playwright;
using SmallTalk.Testing;
using static Microsoft.Playwright.Assertions;

namespace SmallTalk.Web.Tests;

public sealed class ReadingALongHistory(Chromium chromium)
{
    [Fact] // R12
    public async Task Older_messages_load_above_without_moving_the_one_that_is_being_read()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        for (var i = 1; i <= 600; i++)
            await minji.SayAsync(room, i % 7 == 0 ? string.Concat(Enumerable.Repeat($"긴 말 {i} ", 40)) : $"말 {i}");
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await person.SeesAsync("말 600");

        // Watches, in every frame, how far the article at the top edge moved without being scrolled.
        await person.Page.EvaluateAsync("""
            () => {
              const log = document.querySelector('[role=log]');
              const scroller = [log, ...log.querySelectorAll('*')].concat(log.parentElement).find((e) => e.scrollHeight > e.clientHeight + 50 && getComputedStyle(e).overflowY !== 'visible');
              window.__scroller = scroller;
              window.__worst = 0;
              let last = null;
              const look = () => {
                const edge = scroller.getBoundingClientRect().top;
                if (last) {
                  const same = log.querySelector(`[data-seq="${last.seq}"]`);
                  if (same && window.__still) window.__worst = Math.max(window.__worst, Math.abs(same.getBoundingClientRect().top - last.top));
                }
                const top = [...log.querySelectorAll('[data-seq]')].find((a) => a.getBoundingClientRect().bottom > edge + 1);
                last = top ? { seq: top.dataset.seq, top: top.getBoundingClientRect().top } : null;
                requestAnimationFrame(look);
              };
              requestAnimationFrame(look);
            }
            """);
        var box = (await person.Log.BoundingBoxAsync())!;
        await person.Page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        var oldest = 600;
        for (var turn = 0; turn < 400 && oldest > 1; turn++)
        {
            await person.Page.EvaluateAsync("() => { window.__still = false; }");
            await person.Page.Mouse.WheelAsync(0, -1500);
            // Two frames for the wheel itself, then nothing but loading may happen.
            await person.Page.EvaluateAsync("""
                () => new Promise((done) => {
                  let before = -1, calm = 0;
                  const settle = () => {
                    const now = window.__scroller.scrollTop;
                    calm = now === before ? calm + 1 : 0;
                    before = now;
                    if (calm >= 3) { window.__still = true; let n = 0; const rest = () => (++n < 6 ? requestAnimationFrame(rest) : done()); requestAnimationFrame(rest); }
                    else requestAnimationFrame(settle);
                  };
                  requestAnimationFrame(settle);
                })
                """);
            oldest = await person.Page.EvaluateAsync<int>("() => Math.min(...[...document.querySelectorAll('[role=log] [data-seq]')].map((a) => +a.dataset.seq))");
        }

        Assert.Equal(1, oldest);
        var worst = await person.Page.EvaluateAsync<double>("() => window.__worst");
        Assert.True(worst < 2, $"the message at the top edge moved by {worst} px");
        var articles = await person.Log.GetByRole(AriaRole.Article).CountAsync();
        Assert.True(articles < 200, $"{articles} messages are in the page at once");
    }

    [Fact]
    public async Task A_link_to_one_message_opens_the_room_there()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        for (var i = 1; i <= 300; i++)
            await minji.SayAsync(room, $"말 {i}.");
        await using var person = await Person.SignedInAsync(chromium, minji);

        await person.Page.GotoAsync($"/rooms/{room}#42");

        await Expect(person.MessageSaying("말 42.")).ToBeInViewportAsync();
    }

    [Fact] // R5, R6
    public async Task Who_scrolls_through_what_is_unread_has_read_what_was_seen_and_not_the_rest()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await minji.SayAsync(room, "읽은 말");
        await minji.Http.PutAsJsonAsync($"/api/rooms/{room}/read", new { seq = 1 });
        for (var i = 2; i <= 120; i++)
            await jun.SayAsync(room, $"말 {i}.");
        await using var person = await Person.SignedInAsync(chromium, minji);
        await person.OpenRoomAsync(room);
        await Expect(person.Message(2)).ToBeInViewportAsync();
        var atFirst = await ReadSeqBecomesAsync(seq => seq > 2);

        var box = (await person.Log.BoundingBoxAsync())!;
        await person.Page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await person.Page.Mouse.WheelAsync(0, 800);
        var then = await ReadSeqBecomesAsync(seq => seq > atFirst + 5);
        Assert.InRange(then, atFirst + 5, 100);
        await person.Page.Mouse.WheelAsync(0, -5000);
        await person.Page.ReloadAsync();

        await Expect(person.Message(then + 1)).ToBeInViewportAsync();
        await Expect(person.Page.GetByText("여기까지 읽으셨어요")).ToBeInViewportAsync();
        Assert.True(await ReadSeqBecomesAsync(seq => seq >= then) < 120);

        async Task<long> ReadSeqBecomesAsync(Func<long, bool> isDue)
        {
            var seq = 0L;
            for (var end = DateTime.UtcNow.AddMilliseconds(Person.Patience); DateTime.UtcNow < end;)
            {
                var answer = await minji.Http.GetFromJsonAsync<System.Text.Json.JsonElement>($"/api/rooms/{room}");
                seq = answer.GetProperty("me").GetProperty("readSeq").GetInt64();
                if (isDue(seq))
                    return seq;
            }
            throw new TimeoutException($"read up to {seq}");
        }
    }

    [Fact]
    public async Task A_link_beyond_the_unread_part_leaves_unread_what_it_jumped_over()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (room, other) = (await minji.CreateRoomAsync(), await minji.CreateRoomAsync("다른 방"));
        await jun.JoinAsync(room);
        await minji.SayAsync(room, "읽은 말");
        await minji.Http.PutAsJsonAsync($"/api/rooms/{room}/read", new { seq = 1 });
        for (var i = 2; i <= 400; i++)
            await jun.SayAsync(room, $"말 {i}.");
        await using var person = await Person.SignedInAsync(chromium, minji);

        await person.Page.GotoAsync($"/rooms/{room}#300");
        await Expect(person.Message(300)).ToBeInViewportAsync();
        await person.Page.Mouse.MoveAsync(700, 400);
        await person.Page.Mouse.WheelAsync(0, 300);
        await Expect(person.Message(305)).ToBeInViewportAsync();

        // Leaving the room tells how far it was read, on the connection that then carries this message.
        await person.Page.GetByRole(AriaRole.Link).Filter(new() { HasText = "다른 방" }).First.ClickAsync();
        await person.SayAsync("그 뒤의 말");
        await minji.HasStoredAsync(other, "그 뒤의 말");
        var answer = await minji.Http.GetFromJsonAsync<System.Text.Json.JsonElement>($"/api/rooms/{room}");
        Assert.Equal(1, answer.GetProperty("me").GetProperty("readSeq").GetInt64());
    }

    [Fact] // R21, R22
    public async Task Hostile_texts_wrap_at_320_pixels_take_their_own_direction_and_cost_no_time()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        string[] texts =
        [
            string.Concat(Enumerable.Repeat("_[]", 1300)), new string('ㅋ', 200), "https://example.org/" + new string('a', 2000), "مرحبا room-42 10:30",
            "a" + string.Concat(Enumerable.Repeat("\u0301", 3900)), string.Concat(Enumerable.Repeat("((", 1990)), "<img src=x onerror=alert(1)>",
        ];
        foreach (var text in texts)
            await minji.SayAsync(room, text);
        await minji.SayAsync(room, "끝");
        var options = Person.Phone();
        options.ViewportSize = new() { Width = 320, Height = 640 };
        await using var person = await Person.SignedInAsync(chromium, minji, options);

        await person.OpenRoomAsync(room);
        await person.SeesAsync("끝");

        Assert.True(await person.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways");
        Assert.Equal(0, await person.Page.EvaluateAsync<int>("""
            () => [...document.querySelectorAll('[role=log] article')].filter((a) => a.scrollWidth > a.clientWidth + 1).length
            """));
        await Expect(person.MessageSaying("مرحبا").Locator("[dir=auto]").First).ToHaveCSSAsync("direction", "rtl");
    }
}
