using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Rooms;

public sealed class DiscoveringRooms
{
    [Fact]
    public async Task Is_for_anyone_and_shows_cards_but_no_talk_to_visitors()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync("우리동네 축구", tags: ["조기축구"]);
        using var visitor = server.CreateHttpClient();

        var card = Assert.Single(await visitor.AllPagesAsync("/api/rooms"));

        Assert.Equal("우리동네 축구", card.GetProperty("name").GetString());
        Assert.Equal(minji.Nickname, card.GetProperty("owner").GetProperty("nickname").GetString());
        Assert.False(card.GetProperty("canRead").GetBoolean());
        Assert.Equal(JsonValueKind.Null, card.GetProperty("me").ValueKind);
        Assert.Equal(JsonValueKind.Null, card.GetProperty("lastMessage").ValueKind);
    }

    [Theory]
    [InlineData("active")]
    [InlineData("new")]
    [InlineData("popular")]
    public async Task Shows_each_room_once_in_every_order_whatever_the_page(string sort)
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var rooms = new List<Guid>();
        for (var i = 0; i < 11; i++)
            rooms.Add(await minji.CreateRoomAsync($"방 {i}", category: i % 2 == 0 ? "travel" : "food", tags: i % 3 == 0 ? ["셋"] : []));
        await minji.CreateRoomAsync("숨긴 방", category: "travel", listed: false);
        foreach (var room in rooms.Where((_, i) => i % 4 == 0))
            await jun.JoinAsync(room);
        var newest = Enumerable.Reverse(rooms).ToList();
        var expected = sort == "popular" ? newest.OrderByDescending(r => rooms.IndexOf(r) % 4 == 0 ? 2 : 1).ToList() : newest;

        Assert.Equal(expected, await IdsAsync($"sort={sort}&limit=3"));
        Assert.Equal(expected, await IdsAsync($"sort={sort}&limit=1"));
        Assert.Equal(expected.Where(r => rooms.IndexOf(r) % 2 == 0), await IdsAsync($"sort={sort}&limit=2&category=travel"));
        Assert.Equal(expected.Where(r => rooms.IndexOf(r) % 3 == 0), await IdsAsync($"sort={sort}&limit=2&tag=셋"));
        Assert.Equal(expected.Where(r => rooms.IndexOf(r) % 6 == 0), await IdsAsync($"sort={sort}&limit=2&tag=%23셋&category=travel"));

        async Task<IEnumerable<Guid>> IdsAsync(string asked) =>
            (await minji.Http.AllPagesAsync($"/api/rooms?{asked}")).Select(r => r.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Shows_the_room_with_the_newest_message_first_ten_seconds_apart()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        var minji = await server.SignUpAsync();
        var older = await minji.CreateRoomAsync();
        clock.Advance(TimeSpan.FromMilliseconds(1)); // or chance decides which id is the greater
        var newer = await minji.CreateRoomAsync();

        await minji.PostAsync(older, "같은 십 초 안의 말");
        Assert.Equal([newer, older], await IdsAsync());
        clock.Advance(Room.ActiveStep);
        await minji.PostAsync(older, "그 뒤의 말");
        Assert.Equal([older, newer], await IdsAsync());
        await minji.PostAsync(newer, "거의 같이");
        Assert.Equal([newer, older], await IdsAsync());

        async Task<IEnumerable<Guid>> IdsAsync() =>
            (await minji.Http.AllPagesAsync("/api/rooms?sort=active")).Select(r => r.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Shows_every_room_that_stays_in_place_once_while_others_come_and_go()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var rooms = new List<Guid>();
        for (var i = 0; i < 20; i++)
            rooms.Add(await minji.CreateRoomAsync($"방 {i}"));
        var seen = new List<Guid>();
        var cursor = "";
        do
        {
            var page = await minji.Http.GetAsync($"/api/rooms?limit=3{cursor}").JsonAsync();
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("cursor").GetString() is { } next ? $"&cursor={next}" : "";
            await minji.CreateRoomAsync("새 방");
            await minji.DeleteRoomAsync(seen[^1]);
        }
        while (cursor.Length > 0);

        Assert.Equal(Enumerable.Reverse(rooms), seen);
    }

    [Theory] // R4
    [InlineData("축구")]
    [InlineData("#축구")]
    [InlineData("＃축구")]
    [InlineData("등산")]
    [InlineData("여행")]
    [InlineData("кофе")]
    [InlineData("КОФЕ")]
    [InlineData("같이걷기")]
    [InlineData("같이 걷기")]
    [InlineData("Ｋｐｏｐ")]
    public async Task Finds_a_room_by_each_of_its_hashtags(string tag)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync("모임", tags: ["축구", "#등산", "＃여행", "кофе", "같이 걷기", "KPOP"]);
        await minji.CreateRoomAsync("다른 모임", tags: ["축", "구"]);

        var found = await minji.Http.AllPagesAsync($"/api/rooms?tag={Uri.EscapeDataString(tag)}");
        var foundApart = await minji.Http.AllPagesAsync($"/api/rooms?tag={Uri.EscapeDataString(tag.Normalize(System.Text.NormalizationForm.FormD))}");

        Assert.Equal("모임", Assert.Single(found).GetProperty("name").GetString());
        Assert.Single(foundApart);
    }

    [Theory]
    [InlineData(RoomSort.Active, false, "ix_rooms_active_at_id")]
    [InlineData(RoomSort.New, false, "ix_rooms_id")]
    [InlineData(RoomSort.Popular, false, "ix_rooms_member_count_id")]
    [InlineData(RoomSort.Active, true, "ix_rooms_category_slug_active_at_id")]
    [InlineData(RoomSort.New, true, "ix_rooms_category_slug_id")]
    [InlineData(RoomSort.Popular, true, "ix_rooms_category_slug_member_count_id")]
    internal async Task Costs_a_page_however_many_there_are(RoomSort sort, bool hasCategory, string index)
    {
        await using var server = await TestServer.StartAsync();
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await ManyRooms.FillAsync(server);
        var (sql, values) = Discovery.Statement(
            db, new RoomFilter(hasCategory ? "sports" : null, null), sort, new Discovery.Place(5, Guid.CreateVersion7()), 30);

        var plan = await QueryPlan.OfAsync(db, sql, values);

        Assert.Matches($"{index}(?!_)", plan);
        if (TestStore.IsPostgres)
            Assert.DoesNotMatch("Sort|Seq Scan", plan);
        else
            Assert.Matches("^SEARCH [^\n]*$", plan); // one step: a search, nothing sorted
    }

    [Theory]
    [InlineData("limit=0", HttpStatusCode.BadRequest)]
    [InlineData("limit=-5", HttpStatusCode.BadRequest)]
    [InlineData("limit=101", HttpStatusCode.BadRequest)]
    [InlineData("limit=abc", HttpStatusCode.BadRequest)]
    [InlineData("category=%27%3B--", HttpStatusCode.OK)]
    [InlineData("tag=%23", HttpStatusCode.OK)]
    [InlineData("tag=%7B0%7D", HttpStatusCode.OK)]
    [InlineData("query=&tag=&category=&sort=", HttpStatusCode.OK)]
    public async Task Never_breaks(string asked, HttpStatusCode status)
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        Assert.Equal(status, await http.GetAsync($"/api/rooms?{asked}").StatusAsync());
    }
}
