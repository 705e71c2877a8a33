using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

/// <summary>What the server holds in the end, whatever the page shows.</summary>
static class StoredMessages
{
    /// <summary>Waits until the room holds exactly these texts, oldest first, and holds no more.</summary>
    public static async Task HasStoredAsync(this TestUser user, Guid roomId, params string[] texts)
    {
        string[] stored = [];
        for (var end = DateTime.UtcNow.AddMilliseconds(Person.Patience); DateTime.UtcNow < end;)
        {
            stored = await user.TextsAsync(roomId);
            if (stored.SequenceEqual(texts))
                return;
            await user.Http.GetAsync("/health/live"); // the pace of the server sets that of the asking
        }
        Assert.Equal(texts, stored);
    }

    public static async Task<string[]> TextsAsync(this TestUser user, Guid roomId)
    {
        var page = await user.Http.GetFromJsonAsync<JsonElement>($"/api/rooms/{roomId}/messages?limit=200");
        return [.. page.GetProperty("items").EnumerateArray().Select(m => m.GetProperty("text").GetString()!).Reverse()];
    }

    /// <summary>Says it by HTTP, as a program would.</summary>
    public static async Task<long> SayAsync(this TestUser user, Guid roomId, string text)
    {
        var answer = await user.Http.PostAsJsonAsync($"/api/rooms/{roomId}/messages", new { clientId = Guid.CreateVersion7(), text });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("seq").GetInt64();
    }
}
