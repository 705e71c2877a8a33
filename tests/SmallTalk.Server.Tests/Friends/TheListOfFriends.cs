using System.Net;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Friends;

public sealed class TheListOfFriends
{
    [Fact]
    public async Task Is_sorted_by_nickname_and_comes_page_by_page()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        foreach (var nickname in (string[])["하늘이", "가온이", "Zoe", "amy", "나무늘보"])
            await minji.BefriendAsync(await server.SignUpAsync(nickname));

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await minji.Http.GetAsync($"/api/friends?limit=2&cursor={cursor}").JsonAsync();
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("user").GetProperty("nickname").GetString()!));
            cursor = page.GetProperty("cursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(["amy", "Zoe", "가온이", "나무늘보", "하늘이"], seen);
    }

    [Fact]
    public async Task Shows_requests_newest_first_page_by_page()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var names = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var other = await server.SignUpAsync();
            names.Insert(0, other.Nickname);
            await minji.AskAsync(other);
        }

        var first = await minji.Http.GetAsync("/api/friends?state=outgoing&limit=3").JsonAsync();
        var second = await minji.Http.GetAsync($"/api/friends?state=outgoing&limit=3&cursor={first.GetProperty("cursor").GetString()}").JsonAsync();

        Assert.Equal(names, first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray())
            .Select(f => f.GetProperty("user").GetProperty("nickname").GetString()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("cursor").ValueKind);
    }

    [Fact]
    public async Task Does_not_show_people_who_deleted_their_account()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);

        await server.MarkDeletedAsync(jun);

        Assert.Empty(await minji.FriendsAsync());
    }

    [Fact]
    public async Task Names_the_direct_room_once_there_is_one()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        Assert.False((await OnlyAsync(minji)).TryGetProperty("directRoomId", out _));

        var room = await minji.DirectRoomAsync(jun);

        Assert.Equal(room, (await OnlyAsync(minji)).GetProperty("directRoomId").GetGuid());
        Assert.Equal(room, (await OnlyAsync(jun)).GetProperty("directRoomId").GetGuid());

        static async Task<JsonElement> OnlyAsync(TestUser user) =>
            Assert.Single((await user.Http.GetAsync("/api/friends").JsonAsync()).GetProperty("items").EnumerateArray());
    }

    [Theory]
    [InlineData("/api/friends?state=enemies", "400 not-a-state")]
    [InlineData("/api/friends?state=0", "400 not-a-state")]
    [InlineData("/api/friends?cursor=abc", "400 not-a-cursor")]
    [InlineData("/api/friends?cursor=bnVsbA", "400 not-a-cursor")]
    [InlineData("/api/friends?cursor=eyJLZXkiOm51bGx9", "400 not-a-cursor")]
    [InlineData("/api/friends?state=incoming&cursor=W10", "400 not-a-cursor")]
    [InlineData("/api/friends?state=incoming&cursor=eyJTaW5jZSI6Ijk5OTktMTItMzFUMjM6NTk6NTkuOTk5OTk5OSswMDowMCIsIklkIjpudWxsfQ", "400 not-a-cursor")]
    [InlineData("/api/friends?limit=many", "400 malformed-request")]
    [InlineData("/api/friends?query=%EA%B0%80%EA%B0%80%EA%B0%80%EA%B0%80%EA%B0%80%EA%B0%80%EA%B0%80%EA%B0%80%EA%B0%80%EA%B0%80 1 2 3 4 5 6 7 8 9 10 11 12", "400 query-too-long")]
    [InlineData("/api/blocks?cursor=%00%ff", "400 not-a-cursor")]
    [InlineData("/api/friends?limit=-5", "400 not-a-limit")]
    [InlineData("/api/friends?limit=100000", "400 not-a-limit")]
    [InlineData("/api/blocks?limit=0", "400 not-a-limit")]
    public async Task Refuses_what_it_does_not_understand(string address, string refusal)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        Assert.Equal(refusal, await minji.Http.GetAsync(address).RefusalAsync());
    }

    [Theory]
    [InlineData("/api/friends?query=%25_%27%22%00")]
    [InlineData("/api/friends?query=%ED%A0%80")]
    public async Task Answers_odd_wishes_with_a_page(string address)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        Assert.Equal(HttpStatusCode.OK, await minji.Http.GetAsync(address).StatusAsync());
    }

    [Fact]
    public async Task Is_searched_by_any_part_of_a_nickname()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        foreach (var nickname in (string[])["축구왕 지성", "배구여신", "Soccer Kim"])
            await minji.BefriendAsync(await server.SignUpAsync(nickname));

        Assert.Equal(["축구왕 지성", "배구여신"], (await minji.FriendsAsync(query: "구")).OrderDescending(StringComparer.Ordinal));
        Assert.Equal(["Soccer Kim"], await minji.FriendsAsync(query: "ＣＣＥＲ"));
        Assert.Equal(["축구왕 지성"], await minji.FriendsAsync(query: "ㅊㄱㅇ"));
        Assert.Equal(["축구왕 지성"], await minji.FriendsAsync(query: "cnrrn"));
        Assert.Empty(await minji.FriendsAsync(query: "%"));
    }
}
