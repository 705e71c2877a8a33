using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class MyAccount
{
    [Fact]
    public async Task Changes_what_was_sent_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync("민지");
        await minji.Http.PatchAsJsonAsync("/api/me", new { email = "minji@example.com", statusLine = " 오늘도  화이팅\n " });

        var me = await (await minji.Http.PatchAsJsonAsync("/api/me", new { language = "ko" })).BodyAsync();

        Assert.Equal("민지", me.GetProperty("nickname").GetString());
        Assert.Equal("minji@example.com", me.GetProperty("email").GetString());
        Assert.Equal("오늘도 화이팅", me.GetProperty("statusLine").GetString());
        Assert.Equal("ko", me.GetProperty("language").GetString());
        me = await (await minji.Http.PatchAsJsonAsync("/api/me", new { email = "", statusLine = "\u3164" })).BodyAsync();
        Assert.Equal(JsonValueKind.Null, me.GetProperty("email").ValueKind);
        Assert.Equal("", me.GetProperty("statusLine").GetString());
    }

    [Fact]
    public async Task Tells_its_other_devices_of_a_change()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await using var phone = await (await minji.OnAnotherDeviceAsync()).ConnectAsync();
        var events = await phone.EventsAsync();

        await minji.Http.PatchAsJsonAsync("/api/me", new { statusLine = "새 상태" });

        await events.SeesAsync("profile");
    }

    [Fact]
    public async Task Refuses_a_status_line_that_is_too_long()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        Assert.Equal(HttpStatusCode.OK, (await minji.Http.PatchAsJsonAsync("/api/me", new { statusLine = new string('가', 100) })).StatusCode);
        await (await minji.Http.PatchAsJsonAsync("/api/me", new { statusLine = new string('가', 101) }))
            .RefusesAsync(HttpStatusCode.BadRequest, "status-line-too-long");
    }

    [Fact]
    public async Task With_a_new_password_ends_all_other_sessions()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var phone = await minji.OnAnotherDeviceAsync();
        using var http = server.CreateHttpClient();

        var answer = await minji.Http.PutAsJsonAsync(
            "/api/me/password", new { currentPassword = TestUser.Password, newPassword = "전혀 다른 문장이에요" });

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await minji.Http.GetAsync("/api/me")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await phone.Http.GetAsync("/api/me")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsJsonAsync("/api/session/refresh", new { phone.RefreshToken })).StatusCode);
        await (await http.PostAsJsonAsync("/api/session", new { minji.Nickname, TestUser.Password }))
            .RefusesAsync(HttpStatusCode.Unauthorized, "wrong-credentials");
        Assert.Equal(
            HttpStatusCode.OK,
            (await http.PostAsJsonAsync("/api/session", new { minji.Nickname, password = "전혀 다른 문장이에요" })).StatusCode);
    }

    [Fact]
    public async Task Keeps_its_password_when_the_current_one_is_wrong_and_counts_the_guesses()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        for (var i = 0; i < 10; i++)
        {
            var answer = await minji.Http.PutAsJsonAsync("/api/me/password", new { currentPassword = $"guess {i}", newPassword = "전혀 다른 문장이에요" });
            await answer.RefusesAsync(HttpStatusCode.Forbidden, "wrong-password");
            Assert.True((await answer.BodyAsync()).GetProperty("errors").TryGetProperty("currentPassword", out _));
        }

        await (await minji.Http.DeleteAsJsonAsync("/api/me", new { password = TestUser.Password }))
            .RefusesAsync(HttpStatusCode.TooManyRequests, "too-many-guesses");
        Assert.NotNull(await minji.OnAnotherDeviceAsync()); // a thief of one session does not lock its owner out
    }

    [Fact]
    public async Task Takes_of_two_new_passwords_at_once_one()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => minji.Http.PutAsJsonAsync(
            "/api/me/password", new { currentPassword = TestUser.Password, newPassword = $"전혀 다른 문장이에요 {i}" })));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.NoContent);
        Assert.Equal(3, answers.Count(a => a.StatusCode == HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Lists_its_devices_by_names_that_a_person_knows()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        foreach (var agent in new[]
        {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "my-bot/1.0 (+https://example.com)",
            new string('x', 1000),
        })
        {
            using var http = server.CreateHttpClient();
            http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
            (await http.PostAsJsonAsync("/api/session", new { minji.Nickname, TestUser.Password })).EnsureSuccessStatusCode();
        }

        var sessions = (await minji.Http.GetFromJsonAsync<JsonElement>("/api/me/sessions")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(
            [new string('x', 40), "my-bot", "Safari · iPhone", "Chrome · Windows", ""], sessions.Select(s => s.GetProperty("device").GetString()));
        Assert.Equal([false, false, false, false, true], sessions.Select(s => s.GetProperty("isCurrent").GetBoolean()));
    }

    [Fact]
    public async Task Signs_a_lost_device_out_at_once_and_nobody_else_s()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, stranger) = (await server.SignUpAsync(), await server.SignUpAsync());
        var phone = await minji.OnAnotherDeviceAsync();
        var list = (await minji.Http.GetFromJsonAsync<JsonElement>("/api/me/sessions")).GetProperty("items");
        var lost = list.EnumerateArray().Single(s => !s.GetProperty("isCurrent").GetBoolean()).GetProperty("id").GetGuid();

        await (await stranger.Http.DeleteAsync($"/api/me/sessions/{lost}")).RefusesAsync(HttpStatusCode.NotFound, "no-such-session");
        Assert.Equal(HttpStatusCode.OK, (await phone.Http.GetAsync("/api/me")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await minji.Http.DeleteAsync($"/api/me/sessions/{lost}")).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await phone.Http.GetAsync("/api/me")).StatusCode);
        await (await minji.Http.DeleteAsync($"/api/me/sessions/{lost}")).RefusesAsync(HttpStatusCode.NotFound, "no-such-session");
    }

    [Fact]
    public async Task Is_seen_and_its_store_told_once_a_minute()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        var minji = await server.SignUpAsync();
        var signedUp = clock.GetUtcNow();

        clock.Advance(TimeSpan.FromSeconds(50));
        await minji.Http.GetAsync("/api/me");
        var shown = (await minji.Http.GetFromJsonAsync<JsonElement>("/api/me/sessions")).GetProperty("items")[0].GetProperty("lastSeenAt");
        var before = await StoredAsync(server, minji);
        await server.Services.GetRequiredService<SessionUpkeep>().RunAsync(CancellationToken.None);
        var after = await StoredAsync(server, minji);

        Assert.Equal(signedUp.AddSeconds(50).ToUnixTimeSeconds(), shown.GetDateTimeOffset().ToUnixTimeSeconds());
        Assert.Equal(signedUp.ToUnixTimeMilliseconds(), before.ToUnixTimeMilliseconds());
        Assert.Equal(signedUp.AddSeconds(50).ToUnixTimeMilliseconds(), after.ToUnixTimeMilliseconds());

        static async Task<DateTimeOffset> StoredAsync(TestServer server, TestUser user)
        {
            await using var scope = server.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
            return await db.Users.Where(u => u.Id == user.Id).Select(u => u.LastSeenAt).SingleAsync();
        }
    }

    [Fact]
    public async Task Is_deleted_only_with_its_password()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        await (await minji.Http.DeleteAsJsonAsync("/api/me", new { password = "not the password" }))
            .RefusesAsync(HttpStatusCode.Forbidden, "wrong-password");
        await (await minji.Http.DeleteAsJsonAsync("/api/me", new { })).RefusesAsync(HttpStatusCode.Forbidden, "wrong-password");

        Assert.Equal(HttpStatusCode.OK, (await minji.Http.GetAsync("/api/me")).StatusCode);
    }

    [Fact]
    public async Task Deleted_is_signed_out_everywhere_erased_and_its_nickname_kept_for_thirty_days()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        var minji = await server.SignUpAsync("민지");
        var phone = await minji.OnAnotherDeviceAsync();
        await minji.Http.PatchAsJsonAsync("/api/me", new { email = "minji@example.com", statusLine = "hello" });
        using var http = server.CreateHttpClient();

        Assert.Equal(HttpStatusCode.NoContent, (await minji.Http.DeleteAsJsonAsync("/api/me", new { password = TestUser.Password })).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await phone.Http.GetAsync("/api/me")).StatusCode);
        await (await http.PostAsJsonAsync("/api/session", new { nickname = "민지", TestUser.Password }))
            .RefusesAsync(HttpStatusCode.Unauthorized, "wrong-credentials");
        await using (var scope = server.Services.CreateAsyncScope())
        {
            var row = await scope.ServiceProvider.GetRequiredService<ChatDb>().Users.SingleAsync(u => u.Id == minji.Id);
            Assert.Equal((null, null, null, null, ""), (row.UserName, row.Email, row.NormalizedEmail, row.PasswordHash, row.StatusLine));
        }
        clock.AdjustTime(clock.GetUtcNow().AddDays(29));
        await server.Services.GetRequiredService<SessionUpkeep>().RunAsync(CancellationToken.None);
        await (await http.PostAsJsonAsync("/api/accounts", new { nickname = "민 지", TestUser.Password }))
            .RefusesAsync(HttpStatusCode.Conflict, "nickname-taken");
        clock.AdjustTime(clock.GetUtcNow().AddDays(1));
        await server.Services.GetRequiredService<SessionUpkeep>().RunAsync(CancellationToken.None);
        Assert.Equal(HttpStatusCode.Created, (await http.PostAsJsonAsync("/api/accounts", new { nickname = "민지", TestUser.Password })).StatusCode);
    }

    [Fact]
    public async Task Deleted_leaves_its_rooms_to_the_moderator_then_the_member_who_came_first()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, first, second) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var (room, lonely, visited) = (await owner.CreateRoomAsync(), await owner.CreateRoomAsync(), await first.CreateRoomAsync());
        await first.JoinAsync(room);
        await second.JoinAsync(room);
        await owner.JoinAsync(visited);

        Assert.Equal(HttpStatusCode.NoContent, (await owner.Http.DeleteAsJsonAsync("/api/me", new { password = TestUser.Password })).StatusCode);

        var inherited = await second.GetRoomAsync(room);
        Assert.Equal(first.Id, inherited.GetProperty("owner").GetProperty("id").GetGuid());
        Assert.Equal(2, inherited.GetProperty("memberCount").GetInt32());
        Assert.DoesNotContain(await second.MembersAsync(room), member => member.GetProperty("user").GetProperty("id").GetGuid() == owner.Id);
        Assert.Equal(JsonValueKind.Null, (await second.GetRoomAsync(lonely)).GetProperty("owner").ValueKind);
        Assert.Equal(1, (await first.GetRoomAsync(visited)).GetProperty("memberCount").GetInt32());
    }

    [Fact]
    public async Task Deleted_is_nobody_s_friend_and_its_messages_stay_without_its_name()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.Http.PostAsJsonAsync("/api/friends", new { nickname = jun.Nickname });
        await jun.Http.PutAsJsonAsync($"/api/friends/{minji.Id}", new { });
        var room = await jun.CreateRoomAsync();
        await minji.JoinAsync(room);
        await using var live = await jun.ConnectAsync();
        var events = await live.EventsAsync();
        var posted = await minji.Http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = "1", text = "안녕히 계세요" });
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);

        await minji.Http.DeleteAsJsonAsync("/api/me", new { password = TestUser.Password });

        var removed = await events.SeesAsync("friend");
        Assert.Equal(("removed", minji.Id), (removed.GetProperty("change").GetString(), removed.GetProperty("user").GetProperty("id").GetGuid()));
        Assert.Equal(JsonValueKind.Null, removed.GetProperty("user").GetProperty("nickname").ValueKind);
        Assert.Empty(await jun.Http.AllPagesAsync("/api/friends?limit=100"));
        var kept = (await (await jun.Http.GetAsync($"/api/rooms/{room}/messages")).BodyAsync()).GetProperty("items")[0];
        Assert.Equal("안녕히 계세요", kept.GetProperty("text").GetString());
        Assert.Equal(minji.Id, kept.GetProperty("sender").GetProperty("id").GetGuid());
        Assert.Equal(JsonValueKind.Null, kept.GetProperty("sender").GetProperty("nickname").ValueKind);
    }
}
