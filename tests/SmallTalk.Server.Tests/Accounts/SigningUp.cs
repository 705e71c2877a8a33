using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class SigningUp
{
    [Fact]
    public async Task Signs_in_with_a_cookie_and_with_tokens()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        var answer = await http.PostAsJsonAsync("/api/accounts", new { nickname = "민수", password = TestUser.Password });

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.StartsWith("smalltalk=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=lax", cookie);
        var tokens = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("민수", tokens.GetProperty("user").GetProperty("nickname").GetString());
        Assert.True(tokens.GetProperty("user").GetProperty("isAdministrator").GetBoolean());
    }

    [Fact]
    public async Task Twice_at_once_with_one_nickname_gives_one_account()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            http.PostAsJsonAsync("/api/accounts", new { nickname = i % 2 == 0 ? "Minji" : "ｍｉｎｊｉ", password = TestUser.Password })));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
    }
}
