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

        var answer = await http.PostAsJsonAsync(
            "/api/accounts", new { nickname = "민수", password = TestUser.Password, email = "minsu@example.com", language = "ko" });

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), c => c.StartsWith("smalltalk=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=lax", cookie);
        Assert.DoesNotContain("secure", cookie);
        var tokens = await answer.BodyAsync();
        Assert.InRange(tokens.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(60));
        var user = tokens.GetProperty("user");
        Assert.Equal("민수", user.GetProperty("nickname").GetString());
        Assert.Equal("minsu@example.com", user.GetProperty("email").GetString());
        Assert.Equal("", user.GetProperty("statusLine").GetString());
        Assert.Equal("ko", user.GetProperty("language").GetString());
        http.DefaultRequestHeaders.Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString());
        Assert.Equal(user.GetRawText(), (await http.GetFromJsonAsync<JsonElement>("/api/me")).GetRawText());
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_TLS_sets_a_secure_cookie()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Proxies", "127.0.0.1"));
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        var answer = await http.PostAsJsonAsync("/api/accounts", new { nickname = "민수", password = TestUser.Password });

        Assert.All(answer.Headers.GetValues("Set-Cookie"), cookie => Assert.Contains("secure", cookie));
    }

    [Fact]
    public async Task Takes_the_language_of_the_request()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Add("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.8");

        var answer = await http.PostAsJsonAsync("/api/accounts", new { nickname = "민수", password = TestUser.Password });

        Assert.Equal("ko", (await answer.BodyAsync()).GetProperty("user").GetProperty("language").GetString());
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

    [Fact]
    public async Task First_of_all_makes_an_administrator_and_of_many_at_once_only_one()
    {
        await using var server = await TestServer.StartAsync();

        var people = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.SignUpAsync()));

        var profiles = await Task.WhenAll(people.Select(p => p.Http.GetFromJsonAsync<JsonElement>("/api/me")));
        Assert.Single(profiles, profile => profile.GetProperty("isAdministrator").GetBoolean());
    }

    [Fact]
    public async Task Names_every_field_that_is_wrong_in_the_language_asked_for()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Add("Accept-Language", "ko");

        var answer = await http.PostAsJsonAsync("/api/accounts", new { nickname = "김", password = "짧아요", email = "nobody", language = "fr" });

        await answer.RefusesAsync(HttpStatusCode.BadRequest, "invalid-fields");
        var errors = (await answer.BodyAsync()).GetProperty("errors");
        Assert.Equal(["nickname", "password", "email", "language"], errors.EnumerateObject().Select(field => field.Name));
        Assert.Equal("닉네임은 2자에서 20자까지 쓸 수 있어요.", errors.GetProperty("nickname")[0].GetString());
    }

    [Theory]
    [InlineData("nobody@")]
    [InlineData("@example.com")]
    [InlineData("a b@example.com")]
    [InlineData("a@example")]
    [InlineData("a@-example.com")]
    [InlineData("a@b@example.com")]
    [InlineData("<a@example.com>")]
    [InlineData("Minsu <a@example.com>")]
    [InlineData("a@example.com\r\nBcc: b@example.com")]
    public async Task Takes_only_what_has_the_shape_of_an_email_address(string email)
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        await (await http.PostAsJsonAsync("/api/accounts", new { nickname = "민수", password = TestUser.Password, email }))
            .RefusesAsync(HttpStatusCode.BadRequest, "email-malformed");
    }

    [Fact]
    public async Task With_somebody_else_s_email_address_does_not_tell_that_they_are_here()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        await http.PostAsJsonAsync("/api/accounts", new { nickname = "민수", password = TestUser.Password, email = "one@example.com" });

        var answer = await http.PostAsJsonAsync("/api/accounts", new { nickname = "민지", password = TestUser.Password, email = "one@example.com" });

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task Is_limited_for_each_address()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:SignUpsPerHour", "2"));
        using var http = server.CreateHttpClient();
        await http.PostAsJsonAsync("/api/accounts", new { nickname = "x", password = "y" }); // a mistyped form is no attempt
        await server.SignUpAsync();
        await server.SignUpAsync();

        var answer = await http.PostAsJsonAsync("/api/accounts", new { nickname = "민수", password = TestUser.Password });

        await answer.RefusesAsync(HttpStatusCode.TooManyRequests, "too-many-sign-ups");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task With_a_proxy_that_is_none_stops_the_start()
    {
        var failure = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => TestServer.StartAsync(("SmallTalk:Proxies", "10.0.0.1, proxy.example")));

        Assert.Equal("SmallTalk:Proxies = 'proxy.example': allowed is an address such as 10.0.0.7 or a network such as 10.0.0.0/24", failure.Message);
    }
}
