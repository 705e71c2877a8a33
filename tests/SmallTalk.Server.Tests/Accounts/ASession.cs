using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Hosting;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class ASession
{
    [Fact]
    public async Task Is_needed_for_what_asks_for_one()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Add("Accept-Language", "ko");

        var answer = await http.GetAsync("/api/me");

        await answer.RefusesAsync(HttpStatusCode.Unauthorized, "not-signed-in");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("로그인이 필요해요.", (await answer.BodyAsync()).GetProperty("title").GetString());
    }

    [Fact]
    public async Task May_be_asked_for_by_a_visitor_without_an_error()
    {
        await using var server = await TestServer.StartAsync();
        using var browser = new Browser(server);
        var before = await (await browser.Http.GetAsync("/api/session")).JsonAsync();
        await browser.Http.PostAsJsonAsync("/api/accounts", new { nickname = "민지", password = TestUser.Password });

        var after = await (await browser.Http.GetAsync("/api/session")).JsonAsync();

        Assert.Equal(JsonValueKind.Null, before.GetProperty("user").ValueKind);
        Assert.Equal("민지", after.GetProperty("user").GetProperty("nickname").GetString());
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer ")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer CfDJ8AAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Is_not_opened_by_a_made_up_token(string authorization)
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);

        await (await http.GetAsync("/api/me")).RefusesAsync(HttpStatusCode.Unauthorized, "not-signed-in");
    }

    [Fact]
    public async Task That_ended_is_not_taken_for_a_visitor_where_visitors_are_welcome_but_may_sign_in_again()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.Http.DeleteAsync("/api/session");

        await (await minji.Http.GetAsync("/api/rooms")).RefusesAsync(HttpStatusCode.Unauthorized, "not-signed-in");
        var again = await minji.Http.PostAsJsonAsync("/api/session", new { minji.Nickname, TestUser.Password });

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Ends_with_its_tokens_and_its_cookie_when_signed_out_and_leaves_other_devices_alone()
    {
        await using var server = await TestServer.StartAsync();
        var phone = await server.SignUpAsync();
        var laptop = await phone.OnAnotherDeviceAsync();
        using var browser = new Browser(server);
        await browser.Http.PostAsJsonAsync("/api/session", new { nickname = phone.Nickname, password = TestUser.Password });
        using var copy = browser.ElsewhereOn(server, origin: null);

        Assert.Equal(HttpStatusCode.NoContent, (await phone.Http.DeleteAsync("/api/session")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.Http.DeleteAsync("/api/session")).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await phone.Http.GetAsync("/api/me")).StatusCode);
        await (await RefreshAsync(phone.Http, phone.RefreshToken)).RefusesAsync(HttpStatusCode.Unauthorized, "session-ended");
        Assert.Equal(HttpStatusCode.Unauthorized, (await copy.Http.GetAsync("/api/me")).StatusCode); // the cookie that a thief kept
        Assert.Equal(HttpStatusCode.OK, (await laptop.Http.GetAsync("/api/me")).StatusCode);
    }

    [Fact]
    public async Task Survives_a_restart_with_its_tokens()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-");
        TestUser minji;
        await using (var server = await TestServer.StartOnAsync(folder.FullName))
            minji = await server.SignUpAsync();

        await using (var server = await TestServer.StartOnAsync(folder.FullName))
        {
            using var http = server.CreateHttpClient();
            http.DefaultRequestHeaders.Authorization = new("Bearer", minji.AccessToken);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/me")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(http, minji.RefreshToken)).StatusCode);
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Outlives_its_access_token_by_refreshing()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock, ("SmallTalk:Accounts:AccessTokenLifetime", "00:00:05"));
        var minji = await server.SignUpAsync();
        using var http = server.CreateHttpClient();

        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.Unauthorized, (await minji.Http.GetAsync("/api/me")).StatusCode);
        var tokens = await (await RefreshAsync(http, minji.RefreshToken)).BodyAsync();
        http.DefaultRequestHeaders.Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString());
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/me")).StatusCode);
        Assert.Equal(minji.Id, tokens.GetProperty("user").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Gives_the_same_next_token_again_when_the_answer_was_lost_or_two_ask_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        using var http = server.CreateHttpClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RefreshAsync(http, minji.RefreshToken)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var next = (await Task.WhenAll(answers.Select(a => a.BodyAsync()))).Select(tokens => tokens.GetProperty("refreshToken").GetString()!).Distinct();
        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(http, Assert.Single(next))).StatusCode);
    }

    [Fact]
    public async Task Ends_when_a_spent_refresh_token_comes_back_later()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        var minji = await server.SignUpAsync();
        using var http = server.CreateHttpClient();
        var next = (await (await RefreshAsync(http, minji.RefreshToken)).BodyAsync()).GetProperty("refreshToken").GetString()!;

        clock.Advance(TimeSpan.FromSeconds(61));

        await (await RefreshAsync(http, minji.RefreshToken)).RefusesAsync(HttpStatusCode.Unauthorized, "session-ended");
        await (await RefreshAsync(http, next)).RefusesAsync(HttpStatusCode.Unauthorized, "session-ended");
        Assert.Equal(HttpStatusCode.Unauthorized, (await minji.Http.GetAsync("/api/me")).StatusCode);
    }

    [Fact]
    public async Task Ends_when_a_token_comes_back_that_was_spent_two_rotations_ago()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        using var http = server.CreateHttpClient();
        var second = (await (await RefreshAsync(http, minji.RefreshToken)).BodyAsync()).GetProperty("refreshToken").GetString()!;
        await RefreshAsync(http, second);

        await (await RefreshAsync(http, minji.RefreshToken)).RefusesAsync(HttpStatusCode.Unauthorized, "session-ended");

        Assert.Equal(HttpStatusCode.Unauthorized, (await minji.Http.GetAsync("/api/me")).StatusCode);
    }

    [Fact]
    public async Task Gives_tokens_for_its_cookie_to_our_own_pages_only()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        using var browser = new Browser(server);
        await browser.Http.PostAsJsonAsync("/api/session", new { nickname = minji.Nickname, password = TestUser.Password });
        using var foreign = browser.ElsewhereOn(server, "https://evil.example");
        using var visitor = new Browser(server);

        var tokens = await (await browser.Http.PostAsync("/api/session/refresh", null)).BodyAsync();
        await (await foreign.Http.PostAsync("/api/session/refresh", null)).RefusesAsync(HttpStatusCode.Forbidden, "foreign-origin");
        await (await visitor.Http.PostAsync("/api/session/refresh", null)).RefusesAsync(HttpStatusCode.Unauthorized, "session-ended");

        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString());
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/me")).StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData(null)]
    [InlineData("http://127.0.0.1:1")]
    public async Task By_cookie_changes_nothing_for_a_page_of_another_site(string? origin)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        using var browser = new Browser(server);
        await browser.Http.PostAsJsonAsync("/api/session", new { nickname = minji.Nickname, password = TestUser.Password });
        using var foreign = browser.ElsewhereOn(server, origin);

        await (await foreign.Http.PatchAsJsonAsync("/api/me", new { statusLine = "hacked" })).RefusesAsync(HttpStatusCode.Forbidden, "foreign-origin");
        await (await foreign.Http.DeleteAsync("/api/session")).RefusesAsync(HttpStatusCode.Forbidden, "foreign-origin");

        Assert.Equal(HttpStatusCode.OK, (await browser.Http.PatchAsJsonAsync("/api/me", new { statusLine = "mine" })).StatusCode);
        foreign.Http.DefaultRequestHeaders.Authorization = new("Bearer", minji.AccessToken); // a program: no page could know the token
        Assert.Equal(HttpStatusCode.OK, (await foreign.Http.PatchAsJsonAsync("/api/me", new { statusLine = "mine" })).StatusCode);
    }

    [Theory]
    [InlineData("same-origin", HttpStatusCode.OK)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("none", HttpStatusCode.Forbidden)]
    public async Task Trusts_what_the_browser_says_of_the_page_behind_a_proxy_that_rewrites_the_host(string site, HttpStatusCode status)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        using var browser = new Browser(server, "https://chat.example");
        await browser.Http.PostAsJsonAsync("/api/session", new { nickname = minji.Nickname, password = TestUser.Password });
        browser.Http.DefaultRequestHeaders.Add("Sec-Fetch-Site", site);

        Assert.Equal(status, (await browser.Http.PatchAsJsonAsync("/api/me", new { statusLine = "" })).StatusCode);
    }

    [Fact]
    public async Task Lasts_while_it_is_used_and_ends_after_thirty_days_without()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock, ("SmallTalk:Accounts:AccessTokenLifetime", "30.00:00:00"));
        var minji = await server.SignUpAsync();
        var phone = await minji.OnAnotherDeviceAsync();
        using var http = server.CreateHttpClient();

        clock.AdjustTime(clock.GetUtcNow().AddDays(20));
        Assert.Equal(HttpStatusCode.OK, (await minji.Http.GetAsync("/api/me")).StatusCode);
        await server.Services.GetRequiredService<SessionUpkeep>().RunAsync(CancellationToken.None);
        clock.AdjustTime(clock.GetUtcNow().AddDays(11));
        await server.Services.GetRequiredService<SessionUpkeep>().RunAsync(CancellationToken.None);

        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(http, phone.RefreshToken)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(http, minji.RefreshToken)).StatusCode);
    }

    [Fact]
    public async Task Tells_whoever_listens_once_that_it_ended_and_late_listeners_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var sessions = server.Services.GetRequiredService<LiveSessions>();
        var who = new CurrentUser(minji.Id, (await SessionsOfAsync(minji)).Single().GetProperty("id").GetGuid());
        var (heard, closed, late) = (0, 0, 0);
        using var listening = sessions.OnEnded(who, () => heard++);
        sessions.OnEnded(who, () => closed++).Dispose();

        await minji.Http.DeleteAsync("/api/session");
        sessions.OnEnded(who, () => late++);

        Assert.Equal((1, 0, 1), (heard, closed, late));
        Assert.False(await sessions.IsLiveAsync(who, CancellationToken.None));
    }

    [Fact]
    public async Task Does_not_come_back_by_a_read_that_raced_its_end()
    {
        await using var server = await TestServer.StartAsync();
        var sessions = server.Services.GetRequiredService<LiveSessions>();
        for (var round = 0; round < 20; round++)
        {
            var minji = await server.SignUpAsync();
            using var stop = new CancellationTokenSource();
            var asking = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                    await minji.Http.GetAsync("/api/me");
            })).ToArray();

            await minji.Http.DeleteAsync("/api/session");

            Assert.Equal(HttpStatusCode.Unauthorized, (await minji.Http.GetAsync("/api/me")).StatusCode);
            await stop.CancelAsync();
            await Task.WhenAll(asking);
            Assert.Equal(HttpStatusCode.Unauthorized, (await minji.Http.GetAsync("/api/me")).StatusCode);
        }
    }

    static Task<HttpResponseMessage> RefreshAsync(HttpClient http, string refreshToken) =>
        http.PostAsJsonAsync("/api/session/refresh", new { refreshToken });

    static async Task<IReadOnlyList<JsonElement>> SessionsOfAsync(TestUser user) =>
        [.. (await user.Http.GetFromJsonAsync<JsonElement>("/api/me/sessions")).GetProperty("items").EnumerateArray()];
}
