using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace SmallTalk.Testing;

/// <summary>What an answer says. A status that was not expected throws with the body, which tells why.</summary>
public static class Answers
{
    public static async Task<JsonElement> JsonAsync(this Task<HttpResponseMessage> answer, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var came = await answer;
        if (came.StatusCode != expected)
            throw new InvalidOperationException($"{(int)came.StatusCode} instead of {(int)expected}: {await came.Content.ReadAsStringAsync()}");
        return await came.Content.ReadFromJsonAsync<JsonElement>();
    }

    public static async Task<HttpStatusCode> StatusAsync(this Task<HttpResponseMessage> answer)
    {
        using var came = await answer;
        return came.StatusCode;
    }

    /// <summary>Such as <c>404 no-such-room</c>.</summary>
    public static async Task<string> RefusalAsync(this Task<HttpResponseMessage> answer)
    {
        using var came = await answer;
        if (came.IsSuccessStatusCode)
            throw new InvalidOperationException($"Not refused: {(int)came.StatusCode} {await came.Content.ReadAsStringAsync()}");
        var problem = await came.Content.ReadFromJsonAsync<JsonElement>();
        return $"{(int)came.StatusCode} {problem.GetProperty("code").GetString()}";
    }

    /// <summary>The body of an answer that must be a success; else the test fails with what it said.</summary>
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonDocument.Parse(body).RootElement
            : throw new InvalidOperationException($"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri}: {(int)answer.StatusCode} {body}");
    }

    /// <summary>The <c>code</c> of a refusal.</summary>
    public static async Task<string> CodeAsync(this HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        try
        {
            return JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()!;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new InvalidOperationException($"Not a refusal: {(int)answer.StatusCode} {body}", e);
        }
    }

    /// <summary>Follows the cursor of a list to its end, from its beginning or from a cursor.</summary>
    public static async Task<IReadOnlyList<JsonElement>> AllPagesAsync(this HttpClient http, string address, string? cursor = null)
    {
        var items = new List<JsonElement>();
        do
        {
            var page = await (await http.GetAsync(cursor is null ? address : $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={cursor}")).JsonAsync();
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("cursor").GetString();
        }
        while (cursor is not null);
        return items;
    }
}
