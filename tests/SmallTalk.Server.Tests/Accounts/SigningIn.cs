using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class SigningIn
{
    [Fact]
    public async Task Tells_nobody_whether_the_nickname_or_the_password_was_wrong()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignUpAsync("민수");
        using var http = server.CreateHttpClient();

        var wrong = await SignInAsync(http, "민수", "not the password");
        var unknown = await SignInAsync(http, "민순", "not the password");

        await wrong.RefusesAsync(HttpStatusCode.Unauthorized, "wrong-credentials");
        Assert.Equal(await ToldByAsync(wrong), await ToldByAsync(unknown));

        static async Task<IEnumerable<string>> ToldByAsync(HttpResponseMessage answer) =>
            (await answer.BodyAsync()).EnumerateObject().Where(member => member.Name != "traceId").Select(member => member.ToString());
    }

    [Fact]
    public async Task Takes_a_Mac_s_Korean_for_everybody_s()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignUpAsync("한글");
        using var http = server.CreateHttpClient();

        var answer = await SignInAsync(http, "한글".Normalize(NormalizationForm.FormD), TestUser.Password.Normalize(NormalizationForm.FormD));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact] // R24
    public async Task Is_refused_after_too_many_guesses_whatever_address_the_guesser_claims()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignUpAsync("민수");
        using var http = server.CreateHttpClient();

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 50; i++)
        {
            var guess = new HttpRequestMessage(HttpMethod.Post, "/api/session")
            {
                Content = JsonContent.Create(new { nickname = "민수", password = $"guess number {i}" }),
                Headers = { { "X-Forwarded-For", $"203.0.113.{i}" }, { "Forwarded", $"for=203.0.113.{i}" } },
            };
            answers.Add(await http.SendAsync(guess));
        }

        Assert.Equal(10, answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(40, answers.Count(a => a.StatusCode == HttpStatusCode.TooManyRequests));
        await answers[^1].RefusesAsync(HttpStatusCode.TooManyRequests, "too-many-guesses");
        Assert.InRange(answers[^1].Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));
        await (await SignInAsync(http, "민수", TestUser.Password)).RefusesAsync(HttpStatusCode.TooManyRequests, "too-many-guesses");
    }

    [Fact]
    public async Task Counts_guesses_made_at_once_too()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignUpAsync("민수");
        using var http = server.CreateHttpClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => SignInAsync(http, "민수", $"guess number {i}")));

        Assert.Equal(10, answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Answers_the_same_about_a_nickname_that_nobody_has()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        for (var i = 0; i < 10; i++)
            await (await SignInAsync(http, "없는사람", $"guess number {i}")).RefusesAsync(HttpStatusCode.Unauthorized, "wrong-credentials");

        await (await SignInAsync(http, "없는사람", "guess")).RefusesAsync(HttpStatusCode.TooManyRequests, "too-many-guesses");
    }

    [Fact] // R24
    public async Task Stays_open_to_a_device_that_has_signed_in_before_while_its_own_address_is_used_for_guessing()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignUpAsync("민수");
        using var browser = new Browser(server);
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(browser.Http, "민수", TestUser.Password)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.Http.DeleteAsync("/api/session")).StatusCode);
        using var guesser = server.CreateHttpClient();
        for (var i = 0; i < 20; i++)
            await SignInAsync(guesser, "민수", $"guess number {i}");

        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignInAsync(guesser, "민수", TestUser.Password)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(browser.Http, "민수", TestUser.Password)).StatusCode);
    }

    [Fact] // R24
    public async Task Stays_open_to_others_while_an_account_is_guessed_at_from_everywhere()
    {
        await using var server = await TestServer.StartAsync(
            ("SmallTalk:Proxies", "127.0.0.1"), ("SmallTalk:Accounts:FailuresUntilStrangersSlow", "20"));
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = server.Address };
        await server.SignUpAsync("민수");
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(http, "민수", TestUser.Password, from: "198.51.100.1")).StatusCode);
        for (var i = 0; i < 30; i++)
            await SignInAsync(http, "민수", $"guess number {i}", from: $"203.0.113.{i}");

        var stranger = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++)
            stranger.Add((await SignInAsync(http, "민수", "wrong again", from: "203.0.113.200")).StatusCode);
        var familiar = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
            familiar.Add((await SignInAsync(http, "민수", "mistyped it", from: "198.51.100.1")).StatusCode);

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], stranger);
        Assert.All(familiar, status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(http, "민수", TestUser.Password, from: "198.51.100.1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(http, "민수", TestUser.Password, from: "192.0.2.77")).StatusCode); // a new place, first try
    }

    [Fact]
    public async Task Opens_again_when_the_time_is_over()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        await server.SignUpAsync("민수");
        using var http = server.CreateHttpClient();
        for (var i = 0; i < 11; i++)
            await SignInAsync(http, "민수", $"guess number {i}");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignInAsync(http, "민수", TestUser.Password)).StatusCode);

        clock.Advance(TimeSpan.FromMinutes(15));

        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(http, "민수", TestUser.Password)).StatusCode);
    }

    [Fact]
    public async Task Is_limited_for_each_address_over_all_accounts()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:SignInsPerHour", "3"), ("SmallTalk:Proxies", "127.0.0.0/8, ::1"));
        using var http = server.CreateHttpClient();
        for (var i = 0; i < 3; i++)
            await SignInAsync(http, $"사람{i}", "guess", from: "203.0.113.1");

        var tooMany = await SignInAsync(http, "사람9", "guess", from: "203.0.113.1");

        await tooMany.RefusesAsync(HttpStatusCode.TooManyRequests, "too-many-sign-ins");
        Assert.NotNull(tooMany.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignInAsync(http, "사람9", "guess", from: "203.0.113.2")).StatusCode);
    }

    [Fact]
    public async Task Believes_of_a_chain_of_forwarded_addresses_only_what_the_configured_proxies_wrote()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:SignInsPerHour", "3"), ("SmallTalk:Proxies:0", "127.0.0.1"));
        using var http = server.CreateHttpClient();

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
            answers.Add((await SignInAsync(http, "민수", "guess", from: $"198.51.100.{i}, 203.0.113.1")).StatusCode); // the first is made up

        Assert.Equal(2, answers.Count(a => a == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Is_one_address_for_a_whole_IPv6_network()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:SignInsPerHour", "3"), ("SmallTalk:Proxies", "127.0.0.1"));
        using var http = server.CreateHttpClient();

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
            answers.Add((await SignInAsync(http, "민수", "guess", from: $"2001:db8:1:2::{i:x}")).StatusCode);

        Assert.Equal(2, answers.Count(a => a == HttpStatusCode.TooManyRequests));
    }

    static Task<HttpResponseMessage> SignInAsync(HttpClient http, string nickname, string password, string? from = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = JsonContent.Create(new { nickname, password }) };
        if (from is not null)
            request.Headers.Add("X-Forwarded-For", from);
        return http.SendAsync(request);
    }
}
