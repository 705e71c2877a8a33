using System.Net;
using System.Net.Http.Json;
using SmallTalk.Server.Accounts;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

/// <summary>R19, R20.</summary>
public sealed class ANickname
{
    [Theory]
    [InlineData("민수", "민수 ")]
    [InlineData("민수", "민\u200b수")]
    [InlineData("민수", "민\u3164수")]
    [InlineData("민수", "민 수")]
    [InlineData("민수", "\u1106\u1175\u11ab\u1109\u116e")]
    [InlineData("민수", "민수\ufe0f")]
    [InlineData("Minji", "ＭＩＮＪＩ")]
    public async Task That_looks_the_same_is_the_same(string taken, string asked)
    {
        await using var server = await TestServer.StartAsync();
        await server.SignUpAsync(taken);
        var other = await server.SignUpAsync();
        using var http = server.CreateHttpClient();

        await (await SignUpAsync(http, asked)).RefusesAsync(HttpStatusCode.Conflict, "nickname-taken");
        var renamed = await other.Http.PatchAsJsonAsync("/api/me", new { nickname = asked });
        await renamed.RefusesAsync(HttpStatusCode.Conflict, "nickname-taken");
        Assert.True((await renamed.BodyAsync()).GetProperty("errors").TryGetProperty("nickname", out _));
    }

    [Theory]
    [InlineData("\u202e수민", "nickname-unreadable")]
    [InlineData("수\u2066민", "nickname-unreadable")]
    [InlineData("수\u0000민", "nickname-unreadable")]
    [InlineData("\u0301\u0302", "nickname-unreadable")]
    [InlineData("a\u0301\u0301\u0301\u0301\u0301\u0301b", "nickname-unreadable")]
    [InlineData("\u3164", "nickname-length")]
    [InlineData("ㅤㅤㅤ", "nickname-length")]
    [InlineData("\u200b\u200b\u200b", "nickname-length")]
    [InlineData("   ", "nickname-length")]
    [InlineData("", "nickname-length")]
    [InlineData(null, "nickname-length")]
    [InlineData("김", "nickname-length")]
    [InlineData("👨‍👩‍👧‍👦", "nickname-length")]
    [InlineData("스물한글자보다도더긴별명은쓸수가없는것이에요", "nickname-length")]
    [InlineData("admin", "nickname-reserved")]
    [InlineData("ＡＤＭＩＮ", "nickname-reserved")]
    [InlineData("аdmin", "nickname-reserved")] // with a Cyrillic а
    [InlineData("adm1n", "nickname-reserved")]
    [InlineData("Ädmin", "nickname-reserved")]
    [InlineData("★ad min★", "nickname-reserved")]
    [InlineData("관리자", "nickname-reserved")]
    [InlineData("관 리 자!", "nickname-reserved")]
    [InlineData("운영자", "nickname-reserved")]
    [InlineData("방장", "nickname-reserved")]
    [InlineData("스몰톡", "nickname-reserved")]
    [InlineData("SmallTalk", "nickname-reserved")]
    public void That_deceives_or_cannot_be_read_is_refused(string? typed, string code) =>
        Assert.Equal(code, Nicknames.Check(typed, out _)?.Code);

    [Theory]
    [InlineData("민수")]
    [InlineData("김 민수")]
    [InlineData("Øyvind_42")]
    [InlineData("Мария")]
    [InlineData("محمد")]
    [InlineData("太郎")]
    [InlineData("नमस्ते")]
    [InlineData("สวัสดี")]
    [InlineData("👨‍👩‍👧‍👦👩🏽‍💻")]
    [InlineData("관리자아님")]
    [InlineData("열두글자의별명도쓸수있죠")]
    public void Of_any_script_is_kept_as_typed(string typed)
    {
        Assert.Null(Nicknames.Check(typed, out var nickname));
        Assert.Equal(typed, nickname);
    }

    [Fact]
    public async Task Can_be_changed_and_then_signs_in_and_the_old_one_is_free()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync("민지");
        using var http = server.CreateHttpClient();

        var changed = await minji.Http.PatchAsJsonAsync("/api/me", new { nickname = " 민지야 " });

        Assert.Equal("민지야", (await changed.BodyAsync()).GetProperty("nickname").GetString());
        await (await http.PostAsJsonAsync("/api/session", new { nickname = "민지", password = TestUser.Password }))
            .RefusesAsync(HttpStatusCode.Unauthorized, "wrong-credentials");
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsJsonAsync("/api/session", new { nickname = "민지야", password = TestUser.Password })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await SignUpAsync(http, "민지")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await minji.Http.PatchAsJsonAsync("/api/me", new { nickname = "민 지 야" })).StatusCode); // its own key
    }

    [Fact]
    public async Task Asked_for_by_two_renames_at_once_goes_to_one()
    {
        await using var server = await TestServer.StartAsync();
        var people = new[] { await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync() };

        var answers = await Task.WhenAll(people.Select(p => p.Http.PatchAsJsonAsync("/api/me", new { nickname = "하나뿐" })));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
    }

    static Task<HttpResponseMessage> SignUpAsync(HttpClient http, string nickname) =>
        http.PostAsJsonAsync("/api/accounts", new { nickname, password = TestUser.Password });
}
