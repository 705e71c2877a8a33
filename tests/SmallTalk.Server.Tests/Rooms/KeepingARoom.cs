using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Rooms;

public sealed class KeepingARoom
{
    [Fact]
    public async Task Changes_what_was_named_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync("축구", description: "일요일", tags: ["공", "잔디"], memberLimit: 10);

        var changed = await minji.EditRoomAsync(room, new { name = "풋살", tags = new[] { "잔디", "실내" } }).JsonAsync();

        Assert.Equal("풋살", changed.GetProperty("name").GetString());
        Assert.Equal("일요일", changed.GetProperty("description").GetString());
        Assert.Equal(["잔디", "실내"], changed.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(10, changed.GetProperty("memberLimit").GetInt32());
        var emptied = await minji.EditRoomAsync(room, new { description = "", tags = Array.Empty<string>(), listed = false, memberLimit = 3, category = "food" }).JsonAsync();
        Assert.Equal("", emptied.GetProperty("description").GetString());
        Assert.Equal(0, emptied.GetProperty("tags").GetArrayLength());
        Assert.False(emptied.GetProperty("listed").GetBoolean());
        Assert.Equal(3, emptied.GetProperty("memberLimit").GetInt32());
        Assert.Equal("food", emptied.GetProperty("category").GetString());
    }

    [Fact]
    public async Task Turns_an_open_room_into_one_with_a_password_and_back()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        Assert.True((await minji.GetRoomAsync(room)).GetProperty("canRead").GetBoolean());

        Assert.Equal("400 room-password-missing", await owner.EditRoomAsync(room, new { joinRule = "password" }).RefusalAsync());
        var closed = await owner.EditRoomAsync(room, new { password = "1234" }).JsonAsync();
        Assert.Equal("password", closed.GetProperty("joinRule").GetString());
        Assert.False((await minji.GetRoomAsync(room)).GetProperty("canRead").GetBoolean());
        await owner.EditRoomAsync(room, new { password = "5678" }).JsonAsync();
        Assert.Equal("403 wrong-password", await minji.JoinAsync(room, "1234").RefusalAsync());
        Assert.Equal("400 room-password-unused", await owner.EditRoomAsync(room, new { joinRule = "open", password = "1" }).RefusalAsync());

        await owner.EditRoomAsync(room, new { joinRule = "open" }).JsonAsync();
        Assert.Equal(HttpStatusCode.OK, await minji.JoinAsync(room).StatusAsync());
        Assert.Equal("400 room-password-missing", await owner.EditRoomAsync(room, new { joinRule = "password" }).RefusalAsync()); // the old one is forgotten
    }

    [Fact]
    public async Task Never_shows_a_password_or_its_hash()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync(password: "열려라참깨");

        var body = await minji.Http.GetStringAsync($"/api/rooms/{room}");

        Assert.DoesNotContain("열려라", body, StringComparison.Ordinal);
        Assert.DoesNotContain("hash", body, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("{\"name\":\"\"}", "room-name-length")]
    [InlineData("{\"category\":\"none\"}", "no-such-category")]
    [InlineData("{\"category\":\"\"}", "no-such-category")]
    [InlineData("{\"memberLimit\":2}", "fewer-than-members")]
    [InlineData("{\"memberLimit\":0}", "not-a-member-limit")]
    [InlineData("{\"joinRule\":\"invitation\"}", "invitation-later")]
    [InlineData("{\"tags\":[\"\"]}", "tag-length")]
    [InlineData("{\"name\":7}", "malformed-request")]
    [InlineData("{\"name\":\"새 이름\",\"memberLimit\":2}", "fewer-than-members")]
    public async Task Refuses_what_no_room_can_be_and_then_changes_nothing(string body, string code)
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync("축구");
        await minji.JoinAsync(room);
        await jun.JoinAsync(room);

        var answer = await owner.Http.PatchAsync($"/api/rooms/{room}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, await answer.CodeAsync());
        Assert.Equal("축구", (await owner.GetRoomAsync(room)).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Is_for_its_owner()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, member, stranger) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await member.JoinAsync(room);

        foreach (var (who, refusal) in new[] { (member, "403 not-the-owner"), (stranger, "403 not-a-member") })
        {
            Assert.Equal(refusal, await who.EditRoomAsync(room, new { name = "내 방" }).RefusalAsync());
            Assert.Equal(refusal, await who.DeleteRoomAsync(room).RefusalAsync());
            Assert.Equal(refusal, await who.HandOverAsync(room, who).RefusalAsync());
        }
        foreach (var call in new[] { HttpMethod.Patch, HttpMethod.Delete })
            Assert.Equal("404 no-such-room", await owner.Http.SendAsync(new HttpRequestMessage(call, $"/api/rooms/{Guid.NewGuid()}") { Content = JsonContent.Create(new { }) }).RefusalAsync());
        using var visitor = server.CreateHttpClient();
        Assert.Equal("401 not-signed-in", await visitor.DeleteAsync($"/api/rooms/{room}").RefusalAsync());
    }

    [Fact]
    public async Task Can_be_handed_to_a_member()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, member, stranger) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await member.JoinAsync(room);

        Assert.Equal("404 no-such-member", await owner.HandOverAsync(room, stranger).RefusalAsync());
        Assert.Equal("400 heir-missing", await owner.Http.PutAsJsonAsync($"/api/rooms/{room}/owner", new { }).RefusalAsync());
        Assert.Equal(HttpStatusCode.OK, await owner.HandOverAsync(room, owner).StatusAsync());
        var handed = await owner.HandOverAsync(room, member).JsonAsync();

        Assert.Equal(member.Id, handed.GetProperty("owner").GetProperty("id").GetGuid());
        Assert.Equal("member", handed.GetProperty("me").GetProperty("role").GetString());
        Assert.Equal("owner", (await member.GetRoomAsync(room)).GetProperty("me").GetProperty("role").GetString());
        Assert.Equal("403 not-the-owner", await owner.EditRoomAsync(room, new { name = "아직 내 방" }).RefusalAsync());
        Assert.Equal(HttpStatusCode.OK, await member.EditRoomAsync(room, new { name = "이제 내 방" }).StatusAsync());
    }

    [Fact]
    public async Task Ends_for_everyone_when_it_is_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, member) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await member.JoinAsync(room);

        Assert.Equal(HttpStatusCode.NoContent, await owner.DeleteRoomAsync(room).StatusAsync());

        foreach (var person in new[] { owner, member })
        {
            foreach (var address in new[] { "", "/members", "/reads", "/messages" })
                Assert.Equal("404 no-such-room", await person.Http.GetAsync($"/api/rooms/{room}{address}").RefusalAsync());
            Assert.Equal("404 no-such-room", await person.JoinAsync(room).RefusalAsync());
            Assert.Equal("404 no-such-room", await person.LeaveAsync(room).RefusalAsync());
            Assert.Equal("404 no-such-room", await person.DeleteRoomAsync(room).RefusalAsync());
            Assert.Empty(await person.Http.AllPagesAsync("/api/rooms"));
        }
    }

    [Fact]
    public async Task Deletes_once_of_many_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => owner.DeleteRoomAsync(room)));

        Assert.Equal([HttpStatusCode.NoContent, .. Enumerable.Repeat(HttpStatusCode.NotFound, 4)], answers.Select(a => a.StatusCode).Order());
    }

    [Fact] // R16
    public async Task Shows_a_card_and_no_more_of_a_password_room_to_who_is_not_in_it()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, left, stranger) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync("비밀 축구", password: "1234");
        await left.JoinAsync(room, "1234");
        await owner.Http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = "1", text = "쉿" });
        await left.LeaveAsync(room);
        using var visitor = server.CreateHttpClient();

        Assert.Equal("쉿", (await owner.GetRoomAsync(room)).GetProperty("lastMessage").GetProperty("text").GetString());
        foreach (var http in new[] { left.Http, stranger.Http, visitor })
        {
            foreach (var seen in new[]
            {
                await http.GetAsync($"/api/rooms/{room}").JsonAsync(),
                Assert.Single(await http.AllPagesAsync("/api/rooms?query=비밀")),
                Assert.Single(await http.AllPagesAsync("/api/rooms")),
            })
            {
                Assert.Equal("비밀 축구", seen.GetProperty("name").GetString());
                Assert.Equal(JsonValueKind.Null, seen.GetProperty("lastMessage").ValueKind);
                Assert.False(seen.GetProperty("canRead").GetBoolean());
                Assert.Equal(0, seen.GetProperty("lastSeq").GetInt64());
                Assert.Equal(0, seen.GetProperty("version").GetInt64());
                Assert.NotEqual(JsonValueKind.Null, seen.GetProperty("lastMessageAt").ValueKind);
            }
            Assert.False((await http.GetAsync($"/api/rooms/{room}/messages")).IsSuccessStatusCode);
            Assert.False((await http.GetAsync($"/api/rooms/{room}/members")).IsSuccessStatusCode);
        }
    }

    [Fact]
    public async Task Lets_an_unlisted_room_be_reached_by_its_id_alone()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync("숨은 축구", tags: ["축구"], listed: false);

        Assert.Empty(await minji.Http.AllPagesAsync("/api/rooms"));
        Assert.Empty(await minji.Http.AllPagesAsync("/api/rooms?query=축구"));
        Assert.Empty(await minji.Http.AllPagesAsync("/api/rooms?tag=축구"));
        Assert.Empty(await minji.Http.AllPagesAsync("/api/rooms?category=sports&sort=new"));
        Assert.Equal(HttpStatusCode.OK, await minji.JoinAsync(room).StatusAsync());
    }

    [Fact] // R22
    public async Task Keeps_every_script_and_length_as_it_was_written()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        foreach (var name in new[] { new string('ㅋ', 40), "مرحبا room-42 10:30", "👩🏽‍🚀 우주", "e\u0301te\u0301", "<script>alert(1)</script>", "'; DROP TABLE rooms; --", "{{7*7}}" })
        {
            var room = await minji.CreateRoomAsync(name);
            Assert.Equal(name.Normalize(), (await minji.GetRoomAsync(room)).GetProperty("name").GetString());
        }
    }
}
