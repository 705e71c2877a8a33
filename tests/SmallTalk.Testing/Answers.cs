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
}
