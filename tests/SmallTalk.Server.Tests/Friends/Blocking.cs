using System.Net;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Friends;

public sealed class Blocking
{
    [Fact]
    public async Task Ends_the_friendship_on_both_sides()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);

        Assert.Equal(HttpStatusCode.NoContent, await minji.BlockAsync(jun).StatusAsync());

        Assert.Empty(await minji.FriendsAsync());
        Assert.Empty(await jun.FriendsAsync());
    }

    [Fact]
    public async Task Leaves_their_open_request_as_it_looks_to_them()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await jun.AskAsync(minji);

        await minji.BlockAsync(jun);

        Assert.Equal([minji.Nickname], await jun.FriendsAsync("outgoing"));
        Assert.Empty(await minji.FriendsAsync("incoming"));
    }

    [Fact]
    public async Task Is_listed_newest_first_page_by_page_and_only_to_who_did_it()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var blocked = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var other = await server.SignUpAsync();
            blocked.Insert(0, other.Nickname);
            await minji.BlockAsync(other);
            await minji.BlockAsync(other); // twice is once
        }
        await minji.BlockAsync(jun);

        var first = await minji.Http.GetAsync("/api/blocks?limit=2").JsonAsync();
        var second = await minji.Http.GetAsync($"/api/blocks?limit=2&cursor={first.GetProperty("cursor").GetString()}").JsonAsync();

        Assert.Equal([jun.Nickname, .. blocked], Names(first).Concat(Names(second)));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("cursor").ValueKind);
        Assert.Empty(Names(await jun.Http.GetAsync("/api/blocks").JsonAsync()));

        static IEnumerable<string> Names(JsonElement page) =>
            page.GetProperty("items").EnumerateArray().Select(b => b.GetProperty("user").GetProperty("nickname").GetString()!);
    }

    [Fact]
    public async Task Nobody_or_oneself_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        Assert.Equal("400 not-with-yourself", await minji.BlockAsync(minji).RefusalAsync());
        Assert.Equal("404 no-such-person", await minji.Http.PutAsync($"/api/blocks/{Guid.NewGuid()}", null).RefusalAsync());
        Assert.Equal(HttpStatusCode.NoContent, await minji.Http.DeleteAsync($"/api/blocks/{Guid.NewGuid()}").StatusAsync());
    }

    [Fact]
    public async Task Is_limited()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Friends:MaxBlocks", "1"));
        var (minji, jun, sora) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BlockAsync(jun);

        Assert.Equal("409 too-many-blocks", await minji.BlockAsync(sora).RefusalAsync());
        Assert.Equal(HttpStatusCode.NoContent, await minji.BlockAsync(jun).StatusAsync());
    }

    [Fact]
    public async Task And_asking_at_once_never_leaves_a_request_that_the_blocker_can_see()
    {
        await using var server = await TestServer.StartAsync();
        for (var round = 0; round < 10; round++)
        {
            var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());

            await Task.WhenAll(jun.AskAsync(minji), minji.BlockAsync(jun), jun.AskAsync(minji));

            Assert.Empty(await minji.FriendsAsync("incoming"));
            Assert.Empty(await jun.FriendsAsync());
        }
    }
}
