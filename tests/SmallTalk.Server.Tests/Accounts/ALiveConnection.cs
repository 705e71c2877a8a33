using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

/// <summary>Who connects by STOMP, and that the connection ends with what opened it (K22, K23).</summary>
public sealed class ALiveConnection
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Opens_with_a_token_in_CONNECT()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        await using var byHeader = await ConnectAsync(server, o => o.BearerToken = minji.AccessToken);
        await using var asPasscode = await ConnectAsync(server, o => (o.Login, o.Passcode) = (minji.Nickname, minji.AccessToken));

        Assert.False(byHeader.Closed.IsCompleted || asPasscode.Closed.IsCompleted);
    }

    [Fact]
    public async Task Opens_with_nickname_and_password_in_one_session_for_all_connections_of_a_program()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        await using var first = await ConnectAsync(server, o => (o.Login, o.Passcode) = (minji.Nickname, TestUser.Password));
        await using var second = await ConnectAsync(server, o => (o.Login, o.Passcode) = (minji.Nickname.ToUpperInvariant(), TestUser.Password));

        var sessions = (await (await minji.Http.GetAsync("/api/me/sessions")).BodyAsync()).GetProperty("items").EnumerateArray().ToList();
        var shared = Assert.Single(sessions, s => s.GetProperty("device").GetString() == "STOMP").GetProperty("id").GetGuid();
        await minji.Http.DeleteAsync($"/api/me/sessions/{shared}");
        await ClosesAsync(first, "session-ended");
        await ClosesAsync(second, "session-ended");
    }

    [Fact]
    public async Task Opens_with_the_cookie_for_our_own_pages_only()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var cookie = await CookieOfAsync(server, minji);
        var own = server.Address.GetLeftPart(UriPartial.Authority);

        await using var page = await ConnectAsync(server, o => (o.HandshakeHeaders["Cookie"], o.HandshakeHeaders["Origin"]) = (cookie, own));
        Assert.False(page.Closed.IsCompleted);
        foreach (var foreign in new[] { "https://evil.example", "null", own + "0", own.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal) })
        {
            var failure = await Assert.ThrowsAnyAsync<Exception>(
                () => ConnectAsync(server, o => (o.HandshakeHeaders["Cookie"], o.HandshakeHeaders["Origin"]) = (cookie, foreign)));
            Assert.Contains("403", failure.ToString(), StringComparison.Ordinal);
        }
        await RefusesAsync(server, "foreign-origin", o => o.HandshakeHeaders["Cookie"] = cookie);
    }

    [Fact]
    public async Task Tells_nobody_whether_the_nickname_or_the_password_was_wrong()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        var wrong = await RefusesAsync(server, "wrong-credentials", o => (o.Login, o.Passcode) = (minji.Nickname, "not the password"));
        var unknown = await RefusesAsync(server, "wrong-credentials", o => (o.Login, o.Passcode) = ("없는사람", "not the password"));

        Assert.Equal(wrong["message"], unknown["message"]);
    }

    [Fact]
    public async Task Is_not_opened_by_the_cookie_when_what_CONNECT_says_is_wrong()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (cookie, own) = (await CookieOfAsync(server, minji), server.Address.GetLeftPart(UriPartial.Authority));

        await RefusesAsync(server, "session-ended", o => Page(o).BearerToken = "made up");
        await RefusesAsync(server, "wrong-credentials", o => (Page(o).Login, o.Passcode) = (minji.Nickname, "made up"));
        await RefusesAsync(server, "wrong-credentials", o => (Page(o).Login, o.Passcode) = (jun.Nickname, minji.AccessToken));
        await RefusesAsync(server, "wrong-credentials", o => Page(o).Login = minji.Nickname);
        await RefusesAsync(server, "not-signed-in", _ => { });

        StompClientOptions Page(StompClientOptions options)
        {
            (options.HandshakeHeaders["Cookie"], options.HandshakeHeaders["Origin"]) = (cookie, own);
            return options;
        }
    }

    [Fact]
    public async Task Counts_as_a_guess_when_its_password_is_wrong()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        for (var i = 0; i < 10; i++)
            await RefusesAsync(server, "wrong-credentials", o => (o.Login, o.Passcode) = (minji.Nickname, $"guess number {i}"));

        await RefusesAsync(server, "too-many-guesses", o => (o.Login, o.Passcode) = (minji.Nickname, TestUser.Password));

        using var http = server.CreateHttpClient();
        await (await http.PostAsJsonAsync("/api/session", new { minji.Nickname, TestUser.Password }))
            .RefusesAsync(HttpStatusCode.TooManyRequests, "too-many-guesses");
    }

    [Fact] // K22
    public async Task Closes_when_its_token_expires_though_it_only_listens()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock, ("SmallTalk:Accounts:AccessTokenLifetime", "00:00:05"));
        var minji = await server.SignUpAsync();
        await using var byToken = await ConnectAsync(server, o => o.BearerToken = minji.AccessToken);
        await using var byPassword = await ConnectAsync(server, o => (o.Login, o.Passcode) = (minji.Nickname, TestUser.Password));

        clock.Advance(TimeSpan.FromSeconds(5));

        await ClosesAsync(byToken, "token-expired");
        Assert.False(byPassword.Closed.IsCompleted);
    }

    [Fact] // K22
    public async Task Closes_with_its_session_when_signed_out_in_another_tab()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var phone = await minji.OnAnotherDeviceAsync();
        await using var tab = await ConnectAsync(server, o => o.BearerToken = minji.AccessToken);
        await using var other = await ConnectAsync(server, o => o.BearerToken = phone.AccessToken);

        await minji.Http.DeleteAsync("/api/session");

        await ClosesAsync(tab, "session-ended");
        Assert.False(other.Closed.IsCompleted);
        await RefusesAsync(server, "session-ended", o => o.BearerToken = minji.AccessToken);
    }

    [Fact] // K22
    public async Task Closes_on_all_other_devices_when_the_password_changes()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var phone = await minji.OnAnotherDeviceAsync();
        await using var mine = await ConnectAsync(server, o => o.BearerToken = minji.AccessToken);
        await using var stolen = await ConnectAsync(server, o => o.BearerToken = phone.AccessToken);
        await using var program = await ConnectAsync(server, o => (o.Login, o.Passcode) = (minji.Nickname, TestUser.Password));

        await minji.Http.PutAsJsonAsync("/api/me/password", new { currentPassword = TestUser.Password, newPassword = "전혀 다른 문장이에요" });

        await ClosesAsync(stolen, "session-ended");
        await ClosesAsync(program, "session-ended");
        Assert.False(mine.Closed.IsCompleted);
    }

    [Fact] // K22
    public async Task Closes_when_the_account_is_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await using var live = await ConnectAsync(server, o => o.BearerToken = minji.AccessToken);

        await minji.Http.DeleteAsJsonAsync("/api/me", new { password = TestUser.Password });

        await ClosesAsync(live, "session-ended");
    }

    static Task<StompClient> ConnectAsync(TestServer server, Action<StompClientOptions> configure)
    {
        var options = new StompClientOptions { Timeout = Patience };
        configure(options);
        return StompClient.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/ws" }.Uri, options);
    }

    static async Task ClosesAsync(StompClient client, string reason)
    {
        var closure = await client.Closed.WaitAsync(Patience);
        Assert.Equal((WebSocketCloseStatus.PolicyViolation, reason), (closure.CloseCode, closure.CloseReason));
    }

    /// <summary>By an ERROR that names the code.</summary>
    static async Task<StompReceived> RefusesAsync(TestServer server, string code, Action<StompClientOptions> configure)
    {
        var error = (await Assert.ThrowsAsync<StompErrorException>(() => ConnectAsync(server, configure))).Error;
        Assert.True(error["code"] == code, $"{error["code"]}: {error["message"]}");
        return error;
    }

    static async Task<string> CookieOfAsync(TestServer server, TestUser user)
    {
        using var browser = new Browser(server);
        (await browser.Http.PostAsJsonAsync("/api/session", new { user.Nickname, TestUser.Password })).EnsureSuccessStatusCode();
        return string.Join("; ", browser.Cookies.GetAllCookies().Cast<Cookie>().Select(c => $"{c.Name}={c.Value}"));
    }
}
