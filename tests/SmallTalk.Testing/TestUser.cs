using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace SmallTalk.Testing;

/// <summary>A person who has signed up, and what they do. What each feature adds stands in a file of its own.</summary>
public sealed partial class TestUser
{
    public const string Password = "오래된 나무 아래 고양이";

    readonly JsonElement _tokens;

    internal TestUser(TestServer server, HttpClient http, JsonElement tokens)
    {
        _tokens = tokens;
        Server = server;
        Http = http;
        Id = tokens.GetProperty("user").GetProperty("id").GetGuid();
        Nickname = tokens.GetProperty("user").GetProperty("nickname").GetString()!;
        AccessToken = tokens.GetProperty("accessToken").GetString()!;
        RefreshToken = tokens.GetProperty("refreshToken").GetString()!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken);
    }

    public TestServer Server { get; }

    public Guid Id { get; }

    public string Nickname { get; }

    public string AccessToken { get; }

    public string RefreshToken { get; }

    /// <summary>Sends the access token.</summary>
    public HttpClient Http { get; }

    /// <summary>The same person on another device: a session of its own.</summary>
    public async Task<TestUser> OnAnotherDeviceAsync()
    {
        var http = Server.CreateHttpClient();
        var answer = await http.PostAsJsonAsync("/api/session", new { nickname = Nickname, password = Password });
        answer.EnsureSuccessStatusCode();
        return new TestUser(Server, http, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>The same session at another node.</summary>
    public TestUser At(TestServer other) => new(other, other.CreateHttpClient(), _tokens);

    public async Task RenameAsync(string nickname) => await Http.PatchAsJsonAsync("/api/me", new { nickname }).JsonAsync();

    public async Task DeleteAccountAsync()
    {
        using var farewell = new HttpRequestMessage(HttpMethod.Delete, "/api/me") { Content = JsonContent.Create(new { password = Password }) };
        using var answer = await Http.SendAsync(farewell);
        answer.EnsureSuccessStatusCode();
    }
}

public static class SignUps
{
    static readonly string[] First = ["행복한", "조용한", "빠른", "느긋한", "푸른", "작은", "용감한", "다정한", "졸린", "반짝이는"];
    static readonly string[] Second = ["고양이", "수달", "참새", "호랑이", "여우", "두루미", "고래", "다람쥐", "토끼", "부엉이"];

    /// <param name="nickname">Left out, one that nobody else has.</param>
    public static async Task<TestUser> SignUpAsync(this TestServer server, string? nickname = null)
    {
        var http = server.CreateHttpClient();
        var answer = await http.PostAsJsonAsync("/api/accounts", new { nickname = nickname ?? RandomNickname(), password = TestUser.Password });
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"Signing up: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return new TestUser(server, http, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    public static string RandomNickname() =>
        $"{First[Random.Shared.Next(First.Length)]} {Second[Random.Shared.Next(Second.Length)]} {Random.Shared.Next(100_000_000):x}";
}
