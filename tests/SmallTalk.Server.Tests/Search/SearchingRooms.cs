using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Server.Data;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Search;

public sealed class SearchingRooms
{
    [Fact] // R3
    public async Task Finds_a_Korean_name_however_it_is_typed()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync("우리동네축구모임");
        await minji.CreateRoomAsync("농구 한 판", description: "주말에 농구해요", tags: ["농구"]);

        foreach (var query in new[]
        {
            "축구", "구모", "모임", "우리동네 축구", "우리동네축구모임", "ㅊㄱ", "ㅇㄹㄷㄴ", "축ㄱ", "추", "축", "cnrrn", "Cnrrn", "cr", "cnr",
            "모임 축구", "축구".Normalize(NormalizationForm.FormD), "#축구",
        })
        {
            Assert.Equal([query, "우리동네축구모임"], [query, .. await NamesAsync(minji, query)]);
        }
        Assert.Equal(["농구 한 판", "우리동네축구모임"], (await NamesAsync(minji, "구")).Order());
    }

    [Fact]
    public async Task Reads_nothing_in_a_query_as_syntax()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync("축구 모임");
        await minji.CreateRoomAsync("100% 한국어_만 \"진짜\" *별*");

        foreach (var query in new[] { "축%", "축_구", "축*", "\"축구\"", "축구 OR 농구", "축구';", "축구\\", "축구)", "^축구", "-", "{0}", "축구\u0000구" })
            Assert.Equal([query], [query, .. await NamesAsync(minji, query)]);
        foreach (var query in new[] { "%", "_", "\"", "*", "100%", "어_만", "\"진짜\"" })
            Assert.Equal([query, "100% 한국어_만 \"진짜\" *별*"], [query, .. await NamesAsync(minji, query)]);
    }

    [Fact]
    public async Task Puts_the_best_match_first()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync("6 소개", description: "축구를 좋아하는 사람들");
        await minji.CreateRoomAsync("5 해시태그 일부", tags: ["조기축구"]);
        await minji.CreateRoomAsync("4 해시태그", tags: ["#축구"]);
        await minji.CreateRoomAsync("동네 축구");
        await minji.CreateRoomAsync("축구 모임");
        await minji.CreateRoomAsync("축구");
        await minji.CreateRoomAsync("야구");

        Assert.Equal(["축구", "축구 모임", "동네 축구", "4 해시태그", "5 해시태그 일부", "6 소개"], await NamesAsync(minji, "축구"));
        Assert.Equal(["축구", "축구 모임", "동네 축구", "4 해시태그", "5 해시태그 일부", "6 소개"], await NamesAsync(minji, "ㅊㄱ"));
        Assert.Equal("동네 축구", (await NamesAsync(minji, "동네 축구"))[0]);
    }

    [Fact]
    public async Task Finds_what_was_meant_before_what_another_keyboard_would_mean()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync("여행 이야기", description: "go and see");
        await minji.CreateRoomAsync("해돋이"); // 'go' with the keyboard switched is 해

        Assert.Equal(["여행 이야기", "해돋이"], await NamesAsync(minji, "go"));
    }

    [Fact]
    public async Task Breaks_ties_by_the_order_asked_for()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var old = await minji.CreateRoomAsync("축구 가");
        await minji.CreateRoomAsync("축구 나");
        await jun.JoinAsync(old);

        Assert.Equal(["축구 나", "축구 가"], await NamesAsync(minji, "축구", "&sort=new"));
        Assert.Equal(["축구 가", "축구 나"], await NamesAsync(minji, "축구", "&sort=popular"));
    }

    [Fact]
    public async Task Goes_together_with_category_and_hashtag()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync("축구 보기", category: "film", tags: ["주말"]);
        await minji.CreateRoomAsync("축구 하기", category: "sports", tags: ["주말"]);
        await minji.CreateRoomAsync("축구 배우기", category: "sports");

        Assert.Equal(["축구 배우기", "축구 하기"], (await NamesAsync(minji, "축구", "&category=sports")).Order());
        Assert.Equal(["축구 보기", "축구 하기"], (await NamesAsync(minji, "축구", "&tag=%23주말")).Order());
        Assert.Equal(["축구 하기"], await NamesAsync(minji, "축구", "&tag=주말&category=sports"));
        Assert.Empty(await NamesAsync(minji, "축구", "&tag=평일"));
        Assert.Empty(await NamesAsync(minji, "축구", "&category=none"));
    }

    [Fact]
    public async Task Never_shows_what_is_not_listed_or_was_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.CreateRoomAsync("축구 숨김", listed: false);
        var gone = await minji.CreateRoomAsync("축구 삭제");
        var hidden = await minji.CreateRoomAsync("축구 나중에 숨김");
        var shown = await minji.CreateRoomAsync("축구 나중에 보임", listed: false);
        var renamed = await minji.CreateRoomAsync("축구 이름 바꿈", description: "공놀이", tags: ["공"]);
        await minji.CreateRoomAsync("축구 비밀번호", password: "1234");

        await minji.DeleteRoomAsync(gone);
        await minji.EditRoomAsync(hidden, new { listed = false });
        await minji.EditRoomAsync(shown, new { listed = true });
        await minji.EditRoomAsync(renamed, new { name = "농구", tags = new[] { "농구공" } });

        Assert.Equal(["축구 나중에 보임", "축구 비밀번호"], (await NamesAsync(jun, "축구")).Order());
        Assert.Equal(["농구"], await NamesAsync(jun, "농구"));
        Assert.Equal(["농구"], await NamesAsync(jun, "공놀이"));
    }

    [Fact]
    public async Task Is_paged_without_gap_or_repeat_while_rooms_come()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        for (var i = 0; i < 25; i++)
            await minji.CreateRoomAsync(i % 3 == 0 ? $"축구 {i:00}" : $"동네 축구 {i:00}");
        var all = await NamesAsync(minji, "축구");

        var names = new List<string>();
        var cursor = "";
        do
        {
            var page = await minji.Http.GetAsync($"/api/rooms?query=축구&limit=4&cursor={cursor}".Replace("&cursor=", cursor.Length == 0 ? "" : "&cursor=", StringComparison.Ordinal)).JsonAsync();
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("name").GetString()!));
            cursor = page.GetProperty("cursor").GetString() ?? "";
            await minji.CreateRoomAsync("축구"); // comes before everything that was shown
        }
        while (cursor.Length > 0);

        Assert.Equal(25, all.Count);
        Assert.Equal(all, names);
    }

    [Fact]
    public async Task Refuses_a_query_that_is_too_long_and_a_cursor_of_elsewhere()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        Assert.Equal("400 query-too-long", await http.GetAsync($"/api/rooms?query={new string('가', 101)}").RefusalAsync());
        Assert.Equal("400 not-a-sort", await http.GetAsync("/api/rooms?sort=best").RefusalAsync());
        foreach (var cursor in new[] { "x", "!!!", "bnVsbA", "W10", "eyJLZXkiOiJ4In0", "%00", new string('A', 5_000) })
        {
            Assert.Equal("400 not-a-cursor", await http.GetAsync($"/api/rooms?query=축구&cursor={cursor}").RefusalAsync());
            Assert.Equal("400 not-a-cursor", await http.GetAsync($"/api/rooms?cursor={cursor}").RefusalAsync());
        }
    }

    [Theory]
    [InlineData("%ED%A0%80")] // half a surrogate pair in UTF-8
    [InlineData("%FF%FE")]
    [InlineData("%00")]
    [InlineData("%F0%9F%91%A8%E2%80%8D")]
    [InlineData("%E1%84%80%E1%84%80%E1%84%80")] // initials that make no syllable
    [InlineData("%E1%86%A8")] // a final alone
    [InlineData("%E1%85%A1%E1%85%A1")]
    public async Task Answers_any_bytes(string query)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        await minji.CreateRoomAsync();

        Assert.Equal(HttpStatusCode.OK, await minji.Http.GetAsync($"/api/rooms?query={query}").StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await minji.Http.GetAsync($"/api/rooms?tag={query}").StatusAsync());
    }

    [Fact]
    public async Task Finds_the_same_after_its_index_was_built_anew()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        try
        {
            await using (var server = await TestServer.StartOnAsync(folder))
            {
                var minji = await server.SignUpAsync();
                await minji.CreateRoomAsync("우리동네 축구", tags: ["조기축구"]);
                await minji.CreateRoomAsync("축구 숨김", listed: false);
            }
            await using (var store = await TestStore.OpenAsync(folder))
                await store.ExecuteAsync("UPDATE store_facts SET value = '0' WHERE name = 'room-index'; DELETE FROM room_grams");
            await using (var server = await TestServer.StartOnAsync(folder))
            {
                using var http = server.CreateHttpClient();
                var rooms = await http.AllPagesAsync("/api/rooms?query=ㅊㄱ");
                Assert.Equal("우리동네 축구", Assert.Single(rooms).GetProperty("name").GetString());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Puts_the_same_rooms_onto_small_pages_as_onto_one()
    {
        await using var server = await TestServer.StartAsync();
        await FillAsync(server, 300);
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();

        foreach (var typed in Typed)
        {
            foreach (var (sort, category, comparedSooner) in from sort in Enum.GetValues<RoomSort>() from category in (string?[])[null, "film"] from few in (int[])[0, 40, RoomSearch.Few] select (sort, category, few))
            {
                var search = new RoomSearch(db) { ComparedSooner = comparedSooner };
                var query = SearchQuery.Parse(typed)!;
                var filter = new RoomFilter(category, null);
                var pages = new List<RoomSearch.Place>();
                while (await search.PageAsync(query, filter, sort, pages.LastOrDefault(), 7, default) is { Count: > 0 } page)
                    pages.AddRange(page);

                Assert.Equal(
                    [typed, .. (await AllAsync(db, query, filter, sort)).Select(p => p.ToString())], [typed, .. pages.Select(p => p.ToString())]);
            }
        }
    }

    [Theory]
    [InlineData(RoomSort.Active, null, "ix_rooms_active_at_id")]
    [InlineData(RoomSort.New, null, "ix_rooms_id")]
    [InlineData(RoomSort.Popular, null, "ix_rooms_member_count_id")]
    [InlineData(RoomSort.Active, "film", "ix_rooms_category_slug_active_at_id")]
    internal async Task Walks_the_rooms_along_the_orders_index(RoomSort sort, string? category, string index)
    {
        await using var server = await TestServer.StartAsync();
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await ManyRooms.FillAsync(server);
        var asked = new RoomSearch.Asked(SearchQuery.Parse("구")!, new RoomFilter(category, null), sort);
        foreach (var isAfter in (bool[])[false, true])
        {
            var plan = await QueryPlan.OfAsync(db, asked.First(db, isShort: false, isAfter, 10), asked.Values("구", 0, 1, 5L, db.Raw(Guid.CreateVersion7())));

            // The rooms by the order's index, nothing sorted, and of the list its one row: or it would be read for every room.
            Assert.Matches($"(USING INDEX|USING COVERING INDEX|using) {index}(?!_)", plan);
            Assert.DoesNotMatch("TEMP B-TREE|Sort", plan);
            Assert.Matches(TestStore.IsPostgres ? @"\(gram = .* AND \(number = r\.number\)" : @"\(gram=\? AND place=\? AND number=\?\)", plan);
        }
    }

    [Fact]
    public async Task Looks_at_names_and_new_rooms_first_where_there_are_more_than_it_looks_at()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        foreach (var name in (string[])["구 하나", "구 둘", "구 셋", "농구 하나", "농구 둘"])
            await minji.CreateRoomAsync(name);
        await minji.CreateRoomAsync("소개에만", description: "구");
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();

        Assert.Equal(["구 셋", "구 둘", "소개에만"], await FoundAsync(2));
        Assert.Equal(["구 셋", "구 둘", "구 하나", "농구 둘", "소개에만"], await FoundAsync(4));
        Assert.Equal(["구 셋", "구 둘", "구 하나", "농구 둘", "농구 하나", "소개에만"], await FoundAsync(RoomSearch.MostCompared));

        async Task<IEnumerable<string>> FoundAsync(int lookedAt)
        {
            var search = new RoomSearch(db) { Compared = lookedAt };
            var places = await search.PageAsync(SearchQuery.Parse("구 ")!, new RoomFilter(null, null), RoomSort.New, null, 100, default);
            var names = await db.Rooms.ToDictionaryAsync(r => r.Id, r => r.Name);
            return places.Select(p => names[p.Id]);
        }
    }

    [Fact]
    public async Task Too_often_is_refused_for_a_while_and_to_nobody_else()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock, ("SmallTalk:Limits:SearchesPerMinute", "6"));
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        using var visitor = server.CreateHttpClient();
        for (var i = 0; i < 6; i++)
        {
            await minji.Http.GetAsync("/api/rooms?query=축구").JsonAsync();
            await visitor.GetAsync("/api/rooms?query=축구").JsonAsync();
        }

        var refused = await minji.Http.GetAsync("/api/rooms?query=축구");

        Assert.Equal((HttpStatusCode.TooManyRequests, "too-many-searches"), (refused.StatusCode, await refused.CodeAsync()));
        Assert.Equal(10, refused.Headers.RetryAfter?.Delta?.TotalSeconds);
        Assert.Equal("429 too-many-searches", await visitor.GetAsync("/api/rooms?query=축구").RefusalAsync());
        await minji.Http.GetAsync("/api/rooms").JsonAsync(); // to look around is no search
        await jun.Http.GetAsync("/api/rooms?query=축구").JsonAsync();
        clock.Advance(TimeSpan.FromSeconds(10));
        await minji.Http.GetAsync("/api/rooms?query=축구").JsonAsync();
    }

    static readonly string[] Typed =
    [
        "구", "축", "ㅊ", "ㄱ", "ㅊㄱ", "축구", "구 모임", "모임 구", "축ㄱ", "rn", "cr", "cnrrn", "a", "so", "s", "#구", "친구", "축 ", "구구", "강아지", "강아", "ㄱㅇㅈ", "go", "soccer", "ㅊ구", "구축",
    ];

    /// <summary>Every room compared, without any index.</summary>
    static async Task<IEnumerable<RoomSearch.Place>> AllAsync(ChatDb db, SearchQuery query, RoomFilter filter, RoomSort sort)
    {
        var rooms = await db.Rooms.Where(Discovery.IsDiscoverable).Where(r => filter.Category == null || r.CategorySlug == filter.Category).AsNoTracking().ToListAsync();
        var tags = (await db.Tags.AsNoTracking().OrderBy(t => t.Position).ToListAsync()).ToLookup(t => t.RoomId, t => t.Text);
        return rooms
            .Select(room => (Room: room, Rank: RoomRank.Of(query, RoomText.Of(room.Name, tags[room.Id], room.Description))))
            .Where(each => each.Rank is not null)
            .Select(each => new RoomSearch.Place(
                each.Rank!.Value,
                sort switch { RoomSort.Active => each.Room.ActiveAt.ToUnixTimeMilliseconds(), RoomSort.Popular => each.Room.MemberCount, _ => 0 },
                each.Room.Id))
            .OrderBy(place => place.Rank).ThenByDescending(place => place.Key).ThenByDescending(place => place.Id);
    }

    static async Task FillAsync(TestServer server, int rooms)
    {
        string[] words = ["축구", "구", "추", "농구", "모임", "구구", "친구", "soccer", "s", "a", "축", "고기", "ㄱ", "강아지"];
        var random = new Random(7);
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await using var write = await db.BeginWriteAsync(default);
        var now = DateTimeOffset.UtcNow;
        for (var i = 0; i < rooms; i++)
        {
            var tag = words[random.Next(words.Length)];
            var draft = new RoomDraft(
                Words(1 + random.Next(3)), i % 3 == 0 ? "film" : "sports", Words(random.Next(4)), random.Next(2) == 0 ? [] : [new RoomTag(RoomFields.TagKey(tag), tag)],
                JoinRule.Open, IsListed: true, null, 1_500);
            await Founding.AddAsync(db, draft, null, Guid.CreateVersion7(), now.AddSeconds(i % 5), default); // many are equally active
        }
        await write.CommitAsync();

        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => words[random.Next(words.Length)]));
    }

    static async Task<IReadOnlyList<string>> NamesAsync(TestUser user, string query, string more = "") =>
        [.. (await user.Http.AllPagesAsync($"/api/rooms?query={Uri.EscapeDataString(query)}{more}")).Select(r => r.GetProperty("name").GetString()!)];
}
