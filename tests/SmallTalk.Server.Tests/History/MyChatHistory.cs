using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.History;

public sealed class MyChatHistory
{
    [Fact]
    public async Task Shows_the_rooms_I_am_in_by_last_activity_with_last_message_and_unread()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync("민지"), await server.SignUpAsync());
        var quiet = await minji.CreateRoomAsync("조용한 방");
        var busy = await minji.CreateRoomAsync("바쁜 방");
        foreach (var room in (Guid[])[quiet, busy])
            await jun.JoinAsync(room);
        await SayAsync(minji, busy, "하나");
        await SayAsync(minji, quiet, "둘");
        await SayAsync(minji, busy, "셋");

        var rooms = await jun.MyRoomsAsync();

        Assert.Equal(["바쁜 방", "조용한 방"], Names(rooms));
        Assert.Equal("셋", LastText(rooms[0]));
        Assert.Equal("민지", rooms[0].GetProperty("lastMessage").GetProperty("sender").GetProperty("nickname").GetString());
        Assert.Equal([2, 1], rooms.Select(Unread));
        Assert.Equal(3, await jun.UnreadTotalAsync());
        Assert.NotEqual(default, rooms[0].GetProperty("me").GetProperty("lastVisitedAt").GetDateTimeOffset());
        Assert.Equal([0, 0], (await minji.MyRoomsAsync()).Select(Unread)); // one's own are not unread
        Assert.Equal(0, await minji.UnreadTotalAsync());
    }

    [Fact]
    public async Task Has_a_total_that_is_the_sum_of_the_rooms_and_stays_zero_once_read()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var direct = await minji.DirectRoomAsync(jun);
        var group = await minji.CreateRoomAsync();
        await jun.JoinAsync(group);
        for (var i = 0; i < 12; i++)
            await SayAsync(minji, i % 3 == 0 ? direct : group, $"{i}");
        var tablet = await jun.OnAnotherDeviceAsync();
        Assert.Equal(12, (await jun.MyRoomsAsync()).Concat(await jun.MyRoomsAsync("direct")).Sum(Unread));
        Assert.Equal(12, await tablet.UnreadTotalAsync());

        foreach (var (room, seq) in ((Guid, int)[])[(direct, 4), (group, 8)])
            Assert.Equal(HttpStatusCode.NoContent, await jun.Http.PutAsJsonAsync($"/api/rooms/{room}/read", new { seq }).StatusAsync());

        Assert.Equal(0, await tablet.UnreadTotalAsync());
        Assert.Equal(0, (await tablet.MyRoomsAsync()).Concat(await tablet.MyRoomsAsync("direct")).Sum(Unread));
    }

    [Fact]
    public async Task Keeps_the_rooms_I_created_when_another_owns_them_and_when_I_left()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var given = await minji.CreateRoomAsync("물려준 방");
        var left = await minji.CreateRoomAsync("떠난 방");
        foreach (var room in (Guid[])[given, left])
            await jun.JoinAsync(room);

        await minji.HandOverAsync(given, jun);
        await minji.LeaveAsync(left);

        Assert.Equal(["떠난 방", "물려준 방"], Names(await minji.MyRoomsAsync("created")).Order(StringComparer.Ordinal));
        Assert.Empty(await jun.MyRoomsAsync("created"));
        Assert.Equal(["떠난 방", "물려준 방"], Names(await jun.MyRoomsAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Shows_a_room_I_left_with_the_last_message_of_that_time()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await SayAsync(minji, room, "있을 때 들은 말");
        await jun.LeaveAsync(room);

        await SayAsync(minji, room, "나간 뒤의 말");

        var left = Assert.Single(await jun.MyRoomsAsync("left"));
        Assert.Equal("있을 때 들은 말", LastText(left));
        Assert.Equal(1, left.GetProperty("lastMessage").GetProperty("seq").GetInt64());
        Assert.Equal(0, Unread(left));
        Assert.NotEqual(default, left.GetProperty("me").GetProperty("leftAt").GetDateTimeOffset());
        Assert.Empty(await jun.MyRoomsAsync());
        Assert.Equal(0, await jun.UnreadTotalAsync());
    }

    [Fact]
    public async Task Shows_a_password_room_I_left_with_my_own_last_message_and_nothing_later()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync("비밀 합주실", password: "여름밤");
        await jun.JoinAsync(room, "여름밤");
        await SayAsync(minji, room, "우리끼리 한 말");
        await jun.LeaveAsync(room);
        await SayAsync(minji, room, "나간 뒤의 비밀");

        var left = Assert.Single(await jun.MyRoomsAsync("left"));

        Assert.Equal("우리끼리 한 말", LastText(left));
        Assert.False(left.GetProperty("canRead").GetBoolean());
        Assert.Equal(0, left.GetProperty("lastSeq").GetInt64());
        Assert.DoesNotContain("나간 뒤의 비밀", left.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_that_the_last_message_of_a_room_I_left_was_deleted_without_its_text()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await SayAsync(minji, room, "지워질 말");
        await jun.LeaveAsync(room);

        await minji.Http.DeleteAsync($"/api/rooms/{room}/messages/1").JsonAsync();

        var last = Assert.Single(await jun.MyRoomsAsync("left")).GetProperty("lastMessage");
        Assert.Equal("", last.GetProperty("text").GetString());
        Assert.NotEqual(default, last.GetProperty("deletedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Stays_right_when_I_come_back_and_leave_again()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await SayAsync(minji, room, "하나");
        await jun.LeaveAsync(room);
        await SayAsync(minji, room, "둘");

        await jun.JoinAsync(room);
        var back = Assert.Single(await jun.MyRoomsAsync());
        Assert.Equal("둘", LastText(back));
        Assert.False(back.GetProperty("me").TryGetProperty("leftAt", out _));
        Assert.Empty(await jun.MyRoomsAsync("left"));
        await SayAsync(minji, room, "셋");
        Assert.Equal(1, Unread(Assert.Single(await jun.MyRoomsAsync())));

        await jun.LeaveAsync(room);
        await SayAsync(minji, room, "넷");
        Assert.Equal("셋", LastText(Assert.Single(await jun.MyRoomsAsync("left"))));
        Assert.Empty(await jun.MyRoomsAsync());
    }

    [Fact]
    public async Task Files_a_room_that_I_was_removed_from_under_left()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await SayAsync(minji, room, "들은 말");

        await minji.KickAsync(room, jun);

        Assert.Equal("들은 말", LastText(Assert.Single(await jun.MyRoomsAsync("left"))));
        Assert.Empty(await jun.MyRoomsAsync());
    }

    [Fact]
    public async Task Forgets_a_room_that_was_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await SayAsync(minji, room, "안녕");
        await jun.LeaveAsync(room);

        await minji.DeleteRoomAsync(room);

        Assert.Empty(await jun.MyRoomsAsync("left"));
        Assert.Empty(await minji.MyRoomsAsync("created"));
        Assert.Empty(await minji.MyRoomsAsync());
    }

    [Fact]
    public async Task Lists_direct_chats_apart_from_groups_with_the_other_person()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync("민지"), await server.SignUpAsync("준호"));
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);
        await SayAsync(minji, room, "둘만의 이야기");

        var direct = Assert.Single(await jun.MyRoomsAsync("direct"));

        Assert.Equal("민지", direct.GetProperty("with").GetProperty("nickname").GetString());
        Assert.Equal("둘만의 이야기", LastText(direct));
        Assert.Equal(1, Unread(direct));
        Assert.Empty(await jun.MyRoomsAsync());
        Assert.Empty(await minji.MyRoomsAsync("created"));
    }

    [Theory]
    [InlineData("joined", "축구", "우리동네 축구모임")]
    [InlineData("joined", "ㅊㄱ", "우리동네 축구모임")]
    [InlineData("joined", "동네축", "우리동네 축구모임")]
    [InlineData("joined", "cnrrn", "우리동네 축구모임")]
    [InlineData("created", "book", "Book Club")]
    [InlineData("direct", "준ㅎ", "")]
    [InlineData("direct", "ㅈㅎ", "")]
    public async Task Is_searched_as_Koreans_search(string relation, string query, string name)
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun, sora) = (await server.SignUpAsync(), await server.SignUpAsync("준호"), await server.SignUpAsync("소라"));
        await minji.CreateRoomAsync("우리동네 축구모임");
        await minji.CreateRoomAsync("Book Club");
        await minji.BefriendAsync(jun);
        await minji.BefriendAsync(sora);
        await minji.DirectRoomAsync(jun);
        await minji.DirectRoomAsync(sora);

        var found = Assert.Single(await minji.MyRoomsAsync(relation, query));

        Assert.Equal(name, found.GetProperty("name").GetString());
        if (relation == "direct")
            Assert.Equal("준호", found.GetProperty("with").GetProperty("nickname").GetString());
        Assert.Empty(await minji.MyRoomsAsync(relation, "%"));
        Assert.Empty(await minji.MyRoomsAsync(relation, "야구"));
    }

    [Fact]
    public async Task Comes_page_by_page_without_gap_or_repeat()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var rooms = new List<Guid>();
        for (var i = 0; i < 7; i++)
        {
            rooms.Insert(0, await minji.CreateRoomAsync($"방 {i}"));
            await jun.JoinAsync(rooms[0]);
            await SayAsync(minji, rooms[0], "안녕");
        }

        Assert.Equal(rooms, await PagesAsync(jun, "joined"));
        foreach (var room in rooms)
            await jun.LeaveAsync(room);
        Assert.Equal(rooms.AsEnumerable().Reverse(), await PagesAsync(jun, "left"));

        static async Task<List<Guid>> PagesAsync(TestUser user, string relation)
        {
            var seen = new List<Guid>();
            string? cursor = null;
            do
            {
                var page = await user.Http.GetAsync($"/api/me/rooms?relation={relation}&limit=3&cursor={cursor}").JsonAsync();
                seen.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetGuid()));
                cursor = page.GetProperty("cursor").GetString();
            }
            while (cursor is not null);
            return seen;
        }
    }

    [Theory]
    [InlineData("/api/me/rooms?relation=owned", "400 not-a-relation")]
    [InlineData("/api/me/rooms?relation=1", "400 not-a-relation")]
    [InlineData("/api/me/rooms?cursor=%ff", "400 not-a-cursor")]
    [InlineData("/api/me/rooms?cursor=e30", "400 not-a-cursor")]
    [InlineData("/api/me/rooms?limit=x", "400 malformed-request")]
    [InlineData("/api/me/rooms?limit=0", "400 not-a-limit")]
    [InlineData("/api/me/rooms?limit=101", "400 not-a-limit")]
    public async Task Refuses_what_it_does_not_understand(string address, string refusal)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        Assert.Equal(refusal, await minji.Http.GetAsync(address).RefusalAsync());
    }

    [Fact]
    public async Task Needs_a_session()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        Assert.Equal("401 not-signed-in", await http.GetAsync("/api/me/rooms").RefusalAsync());
        Assert.Equal("401 not-signed-in", await http.GetAsync("/api/me/unread").RefusalAsync());
    }

    static async Task SayAsync(TestUser who, Guid room, string text) =>
        await who.Http.PostAsJsonAsync($"/api/rooms/{room}/messages", new { clientId = Guid.CreateVersion7(), text }).JsonAsync(HttpStatusCode.Created);

    static IEnumerable<string> Names(IEnumerable<JsonElement> rooms) => rooms.Select(r => r.GetProperty("name").GetString()!);

    static string? LastText(JsonElement room) => room.GetProperty("lastMessage").GetProperty("text").GetString();

    static int Unread(JsonElement room) => room.GetProperty("me").GetProperty("unread").GetInt32();
}
