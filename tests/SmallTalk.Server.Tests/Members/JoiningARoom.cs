using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Members;

public sealed class JoiningARoom
{
    [Fact]
    public async Task Makes_a_member_once_however_often()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => minji.JoinAsync(room)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var joined = await answers[0].JsonAsync();
        Assert.Equal("member", joined.GetProperty("me").GetProperty("role").GetString());
        Assert.Equal(0, joined.GetProperty("me").GetProperty("unread").GetInt32());
        Assert.Equal(2, (await owner.GetRoomAsync(room)).GetProperty("memberCount").GetInt32());
        Assert.Equal([owner.Id, minji.Id], (await owner.MembersAsync(room)).Select(m => m.GetProperty("user").GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task The_last_seat_goes_to_one_of_those_who_join_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => server.SignUpAsync()));
        var room = await owner.CreateRoomAsync(memberLimit: 2);

        var answers = await Task.WhenAll(others.Select(other => other.JoinAsync(room)));

        Assert.Equal([HttpStatusCode.OK, .. Enumerable.Repeat(HttpStatusCode.Conflict, 4)], answers.Select(a => a.StatusCode).Order());
        Assert.Equal("room-full", await answers.First(a => a.StatusCode == HttpStatusCode.Conflict).CodeAsync());
        Assert.Equal(2, (await owner.GetRoomAsync(room)).GetProperty("memberCount").GetInt32());
        Assert.Equal(2, (await owner.MembersAsync(room)).Count);
    }

    [Fact]
    public async Task A_seat_that_was_left_is_free_again()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync(memberLimit: 2);
        await minji.JoinAsync(room);
        Assert.Equal("409 room-full", await jun.JoinAsync(room).RefusalAsync());

        Assert.Equal(HttpStatusCode.NoContent, await minji.LeaveAsync(room).StatusAsync());

        Assert.Equal(HttpStatusCode.OK, await jun.JoinAsync(room).StatusAsync());
    }

    [Fact]
    public async Task Needs_the_password_where_there_is_one()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync(password: "열려라 참깨");

        Assert.Equal("403 password-needed", await minji.JoinAsync(room).RefusalAsync());
        Assert.Equal("403 password-needed", await minji.Http.PutAsync($"/api/rooms/{room}/members/me", null).RefusalAsync());
        Assert.Equal("403 wrong-password", await minji.JoinAsync(room, "닫혀라 참깨").RefusalAsync());
        Assert.Equal(HttpStatusCode.OK, await minji.JoinAsync(room, "열려라 참깨".Normalize(System.Text.NormalizationForm.FormD)).StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await minji.JoinAsync(room).StatusAsync()); // already in
        await minji.LeaveAsync(room);
        Assert.Equal("403 password-needed", await minji.JoinAsync(room).RefusalAsync());
    }

    [Fact]
    public async Task Tries_of_a_password_are_limited_for_each_person_and_room()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync(password: "1234");
        var other = await owner.CreateRoomAsync(password: "1234");

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => minji.JoinAsync(room, $"{i}")));

        Assert.Equal(10, answers.Count(a => a.StatusCode == HttpStatusCode.Forbidden));
        var refused = answers.First(a => a.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal("too-many-guesses", await refused.CodeAsync());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal("429 too-many-guesses", await minji.JoinAsync(room, "1234").RefusalAsync());
        Assert.Equal(HttpStatusCode.OK, await minji.JoinAsync(other, "1234").StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await jun.JoinAsync(room, "1234").StatusAsync());
    }

    [Fact]
    public async Task Fails_where_there_is_no_room_or_nobody_is_signed_in()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var gone = await owner.CreateRoomAsync();
        await owner.DeleteRoomAsync(gone);
        using var visitor = server.CreateHttpClient();

        Assert.Equal("404 no-such-room", await minji.JoinAsync(Guid.NewGuid()).RefusalAsync());
        Assert.Equal("404 no-such-room", await minji.JoinAsync(gone).RefusalAsync());
        Assert.Equal("404 no-such-room", await owner.JoinAsync(gone).RefusalAsync());
        Assert.Equal(HttpStatusCode.NotFound, await minji.Http.PutAsJsonAsync("/api/rooms/not-an-id/members/me", new { }).StatusAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, await visitor.PutAsJsonAsync($"/api/rooms/{gone}/members/me", new { }).StatusAsync());
    }

    [Theory]
    [InlineData("{\"password\":5}")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task Refuses_a_body_that_is_none(string body)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();

        var answer = await minji.Http.PutAsync($"/api/rooms/{room}/members/me", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal("malformed-request", await answer.CodeAsync());
    }

    [Fact]
    public async Task And_deleting_at_once_ends_with_no_room()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        for (var round = 0; round < 10; round++)
        {
            var room = await owner.CreateRoomAsync();

            var answers = await Task.WhenAll(minji.JoinAsync(room), owner.DeleteRoomAsync(room));

            Assert.Contains(answers[0].StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.NotFound });
            Assert.Equal(HttpStatusCode.NoContent, answers[1].StatusCode);
            Assert.Equal("404 no-such-room", await minji.Http.GetAsync($"/api/rooms/{room}").RefusalAsync());
        }
    }

    [Fact]
    public async Task And_being_removed_at_once_leaves_the_count_right()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(minji.JoinAsync(room), owner.KickAsync(room, minji), minji.JoinAsync(room), owner.KickAsync(room, minji));

            var members = await owner.MembersAsync(room);
            Assert.Equal(members.Count, (await owner.GetRoomAsync(room)).GetProperty("memberCount").GetInt32());
        }
    }

    [Fact]
    public async Task A_room_that_all_have_left_belongs_to_who_comes_next()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await owner.LeaveAsync(room);
        var empty = await minji.GetRoomAsync(room);
        Assert.Equal(0, empty.GetProperty("memberCount").GetInt32());
        Assert.Equal(JsonValueKind.Null, empty.GetProperty("owner").ValueKind);

        var joined = await minji.JoinAsync(room).JsonAsync();

        Assert.Equal("owner", joined.GetProperty("me").GetProperty("role").GetString());
        Assert.Equal(minji.Id, joined.GetProperty("owner").GetProperty("id").GetGuid());
        Assert.Equal("member", (await owner.JoinAsync(room).JsonAsync()).GetProperty("me").GetProperty("role").GetString());
    }
}
