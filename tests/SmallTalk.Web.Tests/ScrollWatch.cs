using System.Text.Json;
using Microsoft.Playwright;

namespace SmallTalk.Web.Tests;

/// <summary>Scrolls a conversation as people do, and looks at it after each frame, as it was painted: what is on the screen moves by what
/// the reader scrolled and by nothing else, whatever loads meanwhile.</summary>
sealed class ScrollWatch
{
    const string Script = """
        () => {
          const log = document.querySelector('[role=log]');
          const seen = { loads: 0, worstJump: 0, jumped: '', mostArticles: 0, mostNodes: 0, oldest: Infinity, isInOrder: true,
            frames: 0, longFrames: 0, longestFrame: 0, longTasks: 0, longestTask: 0 };
          const watch = (window.scrollWatch = { seen, log, direction: 'none', byPage: 0, frame: () => new Promise(requestAnimationFrame) });
          new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) {
              seen.longTasks++;
              seen.longestTask = Math.max(seen.longestTask, duration);
            }
          }).observe({ type: 'longtask' });

          // What scrolls without the page's doing is the reader, whose last moves come many frames late on a busy machine.
          const scrollTop = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop');
          const byPage = (scroll) => {
            const before = log.scrollTop;
            scroll();
            watch.byPage += log.scrollTop - before;
          };
          Object.defineProperty(log, 'scrollTop', {
            get: () => scrollTop.get.call(log),
            set: (top) => byPage(() => scrollTop.set.call(log, top)),
          });
          for (const way of ['scroll', 'scrollTo', 'scrollBy']) {
            log[way] = (...where) => byPage(() => Element.prototype[way].apply(log, where));
          }
          Element.prototype.scrollIntoView = new Proxy(Element.prototype.scrollIntoView, {
            apply: (scroll, element, where) => byPage(() => scroll.apply(element, where)),
          });

          const topOf = (element) => element.getBoundingClientRect().top - log.getBoundingClientRect().top;
          let last = null;
          let height = log.scrollHeight;
          let before = performance.now();
          const look = () => {
            // A row that was not measured yet is there and not to be seen.
            const articles = [...log.querySelectorAll('[data-seq]')]
              .filter((article) => article.checkVisibility({ visibilityProperty: true }))
              .sort((a, b) => topOf(a) - topOf(b));
            const seqs = articles.map((article) => +article.dataset.seq);
            if (seqs.some((seq, i) => i > 0 && seq <= seqs[i - 1])) seen.isInOrder = false;
            seen.mostArticles = Math.max(seen.mostArticles, articles.length);
            seen.mostNodes = Math.max(seen.mostNodes, document.getElementsByTagName('*').length);
            const oldest = Math.min(...seqs);
            seen.oldest = Math.min(seen.oldest, oldest);
            if (log.scrollHeight - height > 1500) seen.loads++;
            height = log.scrollHeight;
            const same = last && log.querySelector(`[data-seq="${last.seq}"]`);
            if (same && watch.direction !== 'none') {
              const moved = topOf(same) - last.top;
              const byReader = log.scrollTop - last.at - watch.byPage;
              const jump = Math.abs(moved + byReader);
              if (jump > seen.worstJump) Object.assign(seen, { worstJump: jump, jumped: `${last.seq} by ${moved} (${watch.direction}, ${watch.byPage} by the page, at ${log.scrollTop}, before at ${last.at} of ${last.height}, now ${log.scrollHeight})` });
            }
            watch.byPage = 0;
            const top = articles.find((article) => topOf(article) + article.offsetHeight > 1);
            last = top ? { seq: top.dataset.seq, top: topOf(top), at: log.scrollTop, height: log.scrollHeight } : null;
          };
          const painted = new MessageChannel();
          painted.port1.onmessage = look;
          const frame = (now) => {
            seen.frames++;
            seen.longestFrame = Math.max(seen.longestFrame, now - before);
            if (now - before > 50) seen.longFrames++;
            before = now;
            painted.port2.postMessage(null);
            requestAnimationFrame(frame);
          };
          requestAnimationFrame(frame);
        }
        """;

    readonly IPage _page;
    readonly ICDPSession _devTools;

    ScrollWatch(IPage page, ICDPSession devTools)
    {
        _page = page;
        _devTools = devTools;
    }

    public sealed record Seen(
        int Loads, double WorstJump, string Jumped, int MostArticles, int MostNodes, int Oldest, bool IsInOrder,
        int Frames, int LongFrames, double LongestFrame, int LongTasks, double LongestTask);

    public static async Task<ScrollWatch> BeginAsync(IPage page)
    {
        await page.EvaluateAsync(Script);
        var box = (await page.GetByRole(AriaRole.Log).BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        return new ScrollWatch(page, await page.Context.NewCDPSessionAsync(page));
    }

    public async Task WheelUpAsync(int pixels, int step = 400)
    {
        await DirectAsync("up");
        for (var done = 0; done < pixels; done += step)
        {
            await _page.Mouse.WheelAsync(0, -step);
            await _page.EvaluateAsync("() => scrollWatch.frame()");
        }
    }

    /// <summary>A finger that pulls down what is above, again and again, letting go while it moves.</summary>
    public async Task DragDownAsync(int pixels, int times)
    {
        await DirectAsync("up");
        for (var time = 0; time < times; time++)
        {
            const int Top = 180;
            const int Steps = 10;
            await TouchAsync("touchStart", Top);
            for (var step = 1; step <= Steps; step++)
                await TouchAsync("touchMove", Top + pixels * step / Steps);
            await TouchAsync("touchEnd", null);
        }
    }

    public async Task PressAsync(string key)
    {
        await DirectAsync("up");
        await _page.Keyboard.PressAsync(key);
    }

    /// <summary>Waits until what was scrolled has come to rest and nothing loads any more.</summary>
    public Task RestsAsync() => _page.EvaluateAsync("""
        async () => {
          const begun = performance.now();
          let calm = 0;
          for (let before = NaN, height = NaN; calm < 30; ) {
            await scrollWatch.frame();
            const { scrollTop, scrollHeight } = scrollWatch.log;
            calm = scrollTop === before && scrollHeight === height && !document.querySelector('.loading') ? calm + 1 : 0;
            if (calm >= 6) scrollWatch.direction = 'rest';
            [before, height] = [scrollTop, scrollHeight];
            if (performance.now() - begun > 60_000)
              throw new Error(`No rest within a minute: at ${scrollTop} of ${scrollHeight}, ${document.querySelector('.loading') ? 'loading' : 'nothing loads'}`);
          }
          scrollWatch.direction = 'none';
        }
        """);

    public async Task<Seen> SeenAsync() =>
        (await _page.EvaluateAsync<JsonElement>("() => scrollWatch.seen")).Deserialize<Seen>(JsonSerializerOptions.Web)!;

    async Task DirectAsync(string direction) => await _page.EvaluateAsync("direction => (scrollWatch.direction = direction)", direction);

    async Task TouchAsync(string type, int? y) => await _devTools.SendAsync("Input.dispatchTouchEvent", new()
    {
        ["type"] = type,
        ["touchPoints"] = y is null ? [] : new[] { new { x = 195, y } },
    });
}
