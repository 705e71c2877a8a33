using Microsoft.Playwright;

namespace SmallTalk.Web.Tests;

/// <summary>What an input method does to a page, by the same path in Chromium that a real one takes: composition through
/// DevTools' Input domain, and the key events that the system sends with it.</summary>
public sealed class KoreanKeyboard(ICDPSession devTools)
{
    public static async Task<KoreanKeyboard> OfAsync(IPage page) => new(await page.Context.NewCDPSessionAsync(page));

    /// <summary>The steps of what is composing, as it looks after each key: 아, 안, 안ㄴ …</summary>
    public async Task ComposeAsync(params string[] steps)
    {
        foreach (var step in steps)
        {
            await KeyAsync("rawKeyDown", "Process", 229);
            await devTools.SendAsync("Input.imeSetComposition", new() { ["text"] = step, ["selectionStart"] = step.Length, ["selectionEnd"] = step.Length });
            await KeyAsync("keyUp", "Process", 229);
        }
    }

    /// <summary>Ends the composition with this text.</summary>
    public Task CommitAsync(string text) => devTools.SendAsync("Input.insertText", new() { ["text"] = text });

    /// <summary>One press of Enter while <paramref name="text"/> is composing: the key event that the input method sees first, then the
    /// end of the composition and, as some systems do, the same press once more for the page.</summary>
    public async Task PressEnterWhileComposingAsync(string text, bool comesAgain)
    {
        await KeyAsync("rawKeyDown", "Enter", 229);
        await CommitAsync(text);
        if (comesAgain)
            await KeyAsync("keyDown", "Enter", 13, "\r");
        await KeyAsync("keyUp", "Enter", 13);
    }

    Task<System.Text.Json.JsonElement?> KeyAsync(string type, string key, int code, string? text = null)
    {
        var arguments = new Dictionary<string, object>
        {
            ["type"] = type,
            ["key"] = key,
            ["code"] = key == "Enter" ? "Enter" : "",
            ["windowsVirtualKeyCode"] = code,
        };
        if (text is not null)
            arguments["text"] = text;
        return devTools.SendAsync("Input.dispatchKeyEvent", arguments);
    }
}
