using System.Net;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Rooms;

public sealed class CreatingARoom
{
    [Fact]
    public async Task Makes_its_creator_owner_and_member()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        var answer = await minji.PostRoomAsync(new
        {
            name = "  우리동네   축구모임 ",
            category = "sports",
            description = "매주 일요일\n아침 7시",
            tags = new[] { "#등산", "＃여행", "кофе", "КОФЕ", "축구" },
        });

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var room = await answer.JsonAsync();
        Assert.Equal($"/api/rooms/{room.GetProperty("id").GetGuid()}", answer.Headers.Location?.ToString());
        Assert.Equal("우리동네 축구모임", room.GetProperty("name").GetString());
        Assert.Equal("매주 일요일\n아침 7시", room.GetProperty("description").GetString());
        Assert.Equal("sports", room.GetProperty("category").GetString());
        Assert.Equal(["등산", "여행", "кофе", "축구"], room.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("group", room.GetProperty("kind").GetString());
        Assert.Equal("open", room.GetProperty("joinRule").GetString());
        Assert.True(room.GetProperty("listed").GetBoolean());
        Assert.Equal(1, room.GetProperty("memberCount").GetInt32());
        Assert.Equal(1500, room.GetProperty("memberLimit").GetInt32());
        Assert.Equal(minji.Id, room.GetProperty("owner").GetProperty("id").GetGuid());
        Assert.Equal("owner", room.GetProperty("me").GetProperty("role").GetString());
        Assert.True(room.GetProperty("canRead").GetBoolean());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, room.GetProperty("lastMessage").ValueKind);
        Assert.NotEmpty(room.GetProperty("epoch").GetString()!);
    }

    [Theory]
    [InlineData("""{"category":"sports"}""", "room-name-length")]
    [InlineData("""{"name":"","category":"sports"}""", "room-name-length")]
    [InlineData("""{"name":" \u3000 ","category":"sports"}""", "room-name-length")]
    [InlineData("""{"name":"\u3164","category":"sports"}""", "room-name-unreadable")]
    [InlineData("""{"name":"\u200b\u200d","category":"sports"}""", "room-name-unreadable")]
    [InlineData("""{"name":"\u0301\u0302","category":"sports"}""", "room-name-unreadable")]
    [InlineData("""{"name":"\u202e구축","category":"sports"}""", "room-name-unreadable")]
    [InlineData("""{"name":"줄\n바꿈","category":"sports"}""", "room-name-unreadable")]
    [InlineData("""{"name":"a\u0300\u0301\u0302\u0303\u0304\u0305\u0306","category":"sports"}""", "room-name-unreadable")]
    [InlineData("""{"name":"축구"}""", "no-such-category")]
    [InlineData("""{"name":"축구","category":"no such"}""", "no-such-category")]
    [InlineData("""{"name":"축구","category":"sports","tags":["1","2","3","4","5","6","7","8","9","10","11"]}""", "too-many-tags")]
    [InlineData("""{"name":"축구","category":"sports","tags":["#"]}""", "tag-length")]
    [InlineData("""{"name":"축구","category":"sports","tags":[null]}""", "tag-length")]
    [InlineData("""{"name":"축구","category":"sports","tags":["\u200b"]}""", "tag-unreadable")]
    [InlineData("""{"name":"축구","category":"sports","joinRule":"invitation"}""", "invitation-later")]
    [InlineData("""{"name":"축구","category":"sports","joinRule":"secret"}""", "not-a-join-rule")]
    [InlineData("""{"name":"축구","category":"sports","joinRule":"password"}""", "room-password-missing")]
    [InlineData("""{"name":"축구","category":"sports","joinRule":"password","password":"  "}""", "room-password-length")]
    [InlineData("""{"name":"축구","category":"sports","joinRule":"open","password":"1234"}""", "room-password-unused")]
    [InlineData("""{"name":"축구","category":"sports","memberLimit":1}""", "not-a-member-limit")]
    [InlineData("""{"name":"축구","category":"sports","memberLimit":1501}""", "not-a-member-limit")]
    [InlineData("""{"name":"축구","category":"sports","memberLimit":-2147483648}""", "not-a-member-limit")]
    [InlineData("""{"name":"축구","category":"sports","memberLimit":1e30}""", "malformed-request")]
    [InlineData("""{"name":"\ud800","category":"sports"}""", "malformed-request")]
    [InlineData("""{"name":["축구"],"category":"sports"}""", "malformed-request")]
    [InlineData("""{"name":"축구" """, "malformed-request")]
    [InlineData("""[]""", "malformed-request")]
    [InlineData("null", "malformed-request")]
    public async Task Refuses_what_no_room_can_be(string body, string code)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        var answer = await minji.Http.PostAsync("/api/rooms", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, await answer.CodeAsync());
    }

    [Fact]
    public async Task Names_every_wrong_field_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        var answer = await minji.PostRoomAsync(new { name = new string('ㅋ', 41), category = "none", description = new string('글', 501), memberLimit = 0 });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(["category", "description", "memberLimit", "name"], problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
    }

    [Fact]
    public async Task Takes_the_longest_that_is_allowed()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var name = string.Concat(Enumerable.Repeat("👨‍👩‍👧‍👦", 10)) + new string('ㅋ', 30);
        var description = new string('글', 500);

        var room = await (await minji.PostRoomAsync(new { name, category = "sports", description, tags = new[] { new string('a', 30) }, memberLimit = 2 })).JsonAsync();

        Assert.Equal(name, room.GetProperty("name").GetString());
        Assert.Equal(description, room.GetProperty("description").GetString());
    }

    [Fact] // R19
    public async Task Stores_what_a_Mac_typed_composed()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        var room = await (await minji.PostRoomAsync(new
        {
            name = "한글 모임".Normalize(System.Text.NormalizationForm.FormD),
            category = "sports",
            tags = new[] { "축구".Normalize(System.Text.NormalizationForm.FormD), "축구" },
        })).JsonAsync();

        Assert.Equal("한글 모임", room.GetProperty("name").GetString());
        Assert.Equal(["축구"], room.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
    }

    [Fact]
    public async Task Needs_somebody_who_is_signed_in()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        var answer = await http.PostAsync("/api/rooms", new StringContent("""{"name":"축구","category":"sports"}""", System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Is_limited_for_each_person_with_a_time_to_come_back()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:RoomsPerHour", "2"));
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.CreateRoomAsync();
        await minji.PostRoomAsync(new { name = "" }); // what is refused costs nothing
        await minji.CreateRoomAsync();

        var answer = await minji.PostRoomAsync(new { name = "축구", category = "sports" });

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal("too-many-rooms", await answer.CodeAsync());
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(25), TimeSpan.FromMinutes(30));
        await jun.CreateRoomAsync();
    }
}
