using System.Net;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Friends;

public sealed class EndingAFriendship
{
    [Fact]
    public async Task Removes_it_on_both_sides()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);

        Assert.Equal(HttpStatusCode.NoContent, await jun.EndFriendshipAsync(minji).StatusAsync());

        Assert.Empty(await minji.FriendsAsync());
        Assert.Empty(await jun.FriendsAsync());
    }

    [Fact]
    public async Task Refuses_a_request_and_withdraws_one()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());

        await minji.AskAsync(jun);
        await jun.EndFriendshipAsync(minji);
        Assert.Empty(await minji.FriendsAsync("outgoing"));

        await minji.AskAsync(jun);
        await minji.EndFriendshipAsync(jun);
        Assert.Empty(await jun.FriendsAsync("incoming"));
        Assert.Equal("404 no-such-request", await jun.AcceptAsync(minji).RefusalAsync());
    }

    [Fact]
    public async Task That_does_not_exist_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());

        Assert.Equal(HttpStatusCode.NoContent, await minji.EndFriendshipAsync(jun).StatusAsync());
        Assert.Equal(HttpStatusCode.NoContent, await minji.EndFriendshipAsync(minji).StatusAsync());
        Assert.Equal(HttpStatusCode.NoContent, await minji.Http.DeleteAsync($"/api/friends/{Guid.NewGuid()}").StatusAsync());
        Assert.Equal(HttpStatusCode.NotFound, await minji.Http.DeleteAsync("/api/friends/nobody").StatusAsync());
    }

    [Fact]
    public async Task And_accepting_at_once_leaves_the_two_sides_alike()
    {
        await using var server = await TestServer.StartAsync();
        for (var round = 0; round < 10; round++)
        {
            var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
            await minji.AskAsync(jun);

            await Task.WhenAll(minji.EndFriendshipAsync(jun), jun.AcceptAsync(minji), minji.EndFriendshipAsync(jun), jun.AcceptAsync(minji));

            Assert.Equal((await minji.FriendsAsync()).Count, (await jun.FriendsAsync()).Count);
            Assert.Equal((await minji.FriendsAsync("outgoing")).Count, (await jun.FriendsAsync("incoming")).Count);
        }
    }

    [Fact]
    public async Task A_request_that_I_made_myself_is_not_mine_to_accept()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.AskAsync(jun);

        Assert.Equal("404 no-such-request", await minji.AcceptAsync(jun).RefusalAsync());
        Assert.Empty(await minji.FriendsAsync());
    }
}
