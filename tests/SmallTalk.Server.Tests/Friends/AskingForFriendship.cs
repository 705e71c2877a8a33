using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Friends;

public sealed class AskingForFriendship
{
    [Fact]
    public async Task Stands_as_outgoing_here_and_incoming_there_until_it_is_accepted()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync("민지"), await server.SignUpAsync("준호"));

        var asked = await minji.AskAsync(jun).JsonAsync(HttpStatusCode.Created);
        Assert.Equal("outgoing", asked.GetProperty("state").GetString());
        Assert.Equal("준호", asked.GetProperty("user").GetProperty("nickname").GetString());
        Assert.Equal(["준호"], await minji.FriendsAsync("outgoing"));
        Assert.Equal(["민지"], await jun.FriendsAsync("incoming"));

        var accepted = await jun.AcceptAsync(minji).JsonAsync();

        Assert.Equal("friends", accepted.GetProperty("state").GetString());
        Assert.Equal(["준호"], await minji.FriendsAsync());
        Assert.Equal(["민지"], await jun.FriendsAsync());
        Assert.Empty(await minji.FriendsAsync("outgoing"));
        Assert.Empty(await jun.FriendsAsync("incoming"));
    }

    [Theory]
    [InlineData("Ｍｉｎ JI")]
    [InlineData("MINJI")]
    [InlineData("mi\u200bnji")]
    public async Task Finds_the_person_however_the_nickname_is_typed(string typed)
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync("Minji"), await server.SignUpAsync());

        var asked = await jun.AskAsync(typed).JsonAsync(HttpStatusCode.Created);

        Assert.Equal(minji.Id, asked.GetProperty("user").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Takes_a_decomposed_nickname_from_a_Mac_for_the_same_person()
    {
        await using var server = await TestServer.StartAsync();
        var (_, jun) = (await server.SignUpAsync("한글이름"), await server.SignUpAsync());

        Assert.Equal(HttpStatusCode.Created, await jun.AskAsync("한글이름".Normalize(NormalizationForm.FormD)).StatusAsync());
    }

    [Fact]
    public async Task Twice_is_asking_once()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());

        var first = await minji.AskAsync(jun).JsonAsync(HttpStatusCode.Created);
        var second = await minji.AskAsync(jun).JsonAsync();

        Assert.Equal(first.GetProperty("since").GetString(), second.GetProperty("since").GetString());
        Assert.Single(await jun.FriendsAsync("incoming"));
    }

    [Fact]
    public async Task Somebody_who_has_asked_already_makes_friends_of_the_two()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.AskAsync(jun).JsonAsync(HttpStatusCode.Created);

        var answer = await jun.AskAsync(minji).JsonAsync(HttpStatusCode.Created);

        Assert.Equal("friends", answer.GetProperty("state").GetString());
        Assert.Equal([jun.Nickname], await minji.FriendsAsync());
    }

    [Fact]
    public async Task Of_each_other_at_once_makes_friends_of_the_two()
    {
        await using var server = await TestServer.StartAsync();
        for (var round = 0; round < 10; round++)
        {
            var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());

            var answers = await Task.WhenAll(minji.AskAsync(jun), jun.AskAsync(minji), minji.AskAsync(jun), jun.AskAsync(minji));

            Assert.All(answers, a => Assert.True(a.IsSuccessStatusCode));
            Assert.Equal([jun.Nickname], await minji.FriendsAsync());
            Assert.Equal([minji.Nickname], await jun.FriendsAsync());
        }
    }

    [Fact]
    public async Task Nobody_a_deleted_person_or_oneself_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, gone) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.AskAsync(gone).JsonAsync(HttpStatusCode.Created);
        await server.MarkDeletedAsync(gone);

        Assert.Equal("404 no-such-person", await minji.AskAsync("이런사람없음").RefusalAsync());
        Assert.Equal("404 no-such-person", await minji.AskAsync(gone).RefusalAsync());
        Assert.Equal("404 no-such-person", await minji.AskAsync((string?)null).RefusalAsync());
        Assert.Equal("400 not-with-yourself", await minji.AskAsync(minji).RefusalAsync());
        Assert.Empty(await minji.FriendsAsync("outgoing"));
    }

    [Fact]
    public async Task Answers_in_the_language_asked_for_and_names_the_field()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        minji.Http.DefaultRequestHeaders.Add("Accept-Language", "ko");

        var problem = await minji.AskAsync("아무도아님").JsonAsync(HttpStatusCode.NotFound);

        Assert.Equal("그런 닉네임을 쓰는 분이 없어요.", problem.GetProperty("errors").GetProperty("nickname")[0].GetString());
    }

    [Fact]
    public async Task A_person_who_has_blocked_me_looks_outgoing_and_never_hears_of_it()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await jun.BlockAsync(minji);

        var asked = await minji.AskAsync(jun).JsonAsync(HttpStatusCode.Created);

        Assert.Equal("outgoing", asked.GetProperty("state").GetString());
        Assert.Equal([jun.Nickname], await minji.FriendsAsync("outgoing"));
        Assert.Empty(await jun.FriendsAsync("incoming"));
        Assert.Equal("404 no-such-request", await jun.AcceptAsync(minji).RefusalAsync());
    }

    [Fact]
    public async Task A_person_whom_I_have_blocked_is_refused_until_I_unblock_them()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BlockAsync(jun);

        Assert.Equal("409 you-blocked-them", await minji.AskAsync(jun).RefusalAsync());
        Assert.Equal(HttpStatusCode.NoContent, await minji.UnblockAsync(jun).StatusAsync());
        Assert.Equal(HttpStatusCode.Created, await minji.AskAsync(jun).StatusAsync());
    }

    [Fact]
    public async Task Again_after_they_unblocked_me_reaches_them()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await jun.BlockAsync(minji);
        await minji.AskAsync(jun);
        await jun.UnblockAsync(minji);

        await minji.AskAsync(jun);

        Assert.Equal([minji.Nickname], await jun.FriendsAsync("incoming"));
    }

    [Fact]
    public async Task Is_limited_in_open_requests()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Friends:MaxOpenRequests", "2"));
        var minji = await server.SignUpAsync();
        var others = new List<TestUser>();
        for (var i = 0; i < 3; i++)
            others.Add(await server.SignUpAsync());

        var answers = await Task.WhenAll(others.Select(o => minji.AskAsync(o).StatusAsync()));

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Conflict], answers.Order());
        Assert.Equal(2, (await minji.FriendsAsync("outgoing")).Count);
    }

    [Fact]
    public async Task Is_limited_in_friends_on_both_sides()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Friends:MaxFriends", "1"));
        var (minji, jun, sora) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);

        await sora.AskAsync(minji).JsonAsync(HttpStatusCode.Created);
        Assert.Equal("409 too-many-friends", await minji.AcceptAsync(sora).RefusalAsync());
        Assert.Equal([sora.Nickname], await minji.FriendsAsync("incoming"));

        await minji.EndFriendshipAsync(sora);
        await minji.AskAsync(sora).JsonAsync(HttpStatusCode.Created);
        Assert.Equal("409 their-list-is-full", await sora.AcceptAsync(minji).RefusalAsync());
    }

    [Fact]
    public async Task Is_limited_in_speed_whether_the_person_exists_or_not()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Friends:RequestsPerHour", "3"));
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        for (var i = 0; i < 3; i++)
            Assert.Equal("404 no-such-person", await minji.AskAsync($"없는사람{i}").RefusalAsync());

        using var answer = await minji.AskAsync(jun);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Equal(HttpStatusCode.Created, await jun.AskAsync(minji).StatusAsync()); // others are not held up
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"nickname\":7}")]
    [InlineData("{\"nickname\":\"\\ud800\"}")]
    [InlineData("{\"nickname\":\"\\u0000\"}")]
    [InlineData("{\"nickname\":")]
    [InlineData("")]
    public async Task With_a_broken_body_is_a_clear_refusal(string body)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        using var answer = await minji.Http.PostAsync("/api/friends", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.NotEqual("", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task With_a_nickname_of_thousands_of_characters_is_a_clear_refusal()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        Assert.Equal("404 no-such-person", await minji.AskAsync(new string('가', 5_000)).RefusalAsync());
    }

    [Fact]
    public async Task Needs_a_session()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        Assert.Equal("401 not-signed-in", await http.GetAsync("/api/friends").RefusalAsync());
        Assert.Equal("401 not-signed-in", await http.PostAsJsonAsync("/api/friends", new { nickname = "민지" }).RefusalAsync());
        Assert.Equal("401 not-signed-in", await http.PutAsync($"/api/blocks/{Guid.NewGuid()}", null).RefusalAsync());
        Assert.Equal("401 not-signed-in", await http.PutAsync($"/api/direct-rooms/{Guid.NewGuid()}", null).RefusalAsync());
    }
}
