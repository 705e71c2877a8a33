using System.Net;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Friends;

public sealed class ADirectRoom
{
    [Fact]
    public async Task Is_one_for_each_pair_whoever_opens_it()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync("민지"), await server.SignUpAsync("준호"));
        await minji.BefriendAsync(jun);

        var created = await minji.OpenDirectRoomAsync(jun).JsonAsync(HttpStatusCode.Created);
        var found = await jun.OpenDirectRoomAsync(minji).JsonAsync(HttpStatusCode.OK);

        Assert.Equal(created.GetProperty("id").GetGuid(), found.GetProperty("id").GetGuid());
        Assert.Equal("direct", created.GetProperty("kind").GetString());
        Assert.Equal("", created.GetProperty("name").GetString());
        Assert.Equal("준호", created.GetProperty("with").GetProperty("nickname").GetString());
        Assert.Equal("민지", found.GetProperty("with").GetProperty("nickname").GetString());
        Assert.Equal(2, found.GetProperty("memberCount").GetInt32());
        Assert.True(found.GetProperty("canRead").GetBoolean());
        Assert.Equal("member", found.GetProperty("me").GetProperty("role").GetString());
    }

    [Fact]
    public async Task Is_the_same_for_two_who_open_it_at_once()
    {
        await using var server = await TestServer.StartAsync();
        for (var round = 0; round < 10; round++)
        {
            var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
            await minji.BefriendAsync(jun);

            var ids = await Task.WhenAll(minji.DirectRoomAsync(jun), jun.DirectRoomAsync(minji), minji.DirectRoomAsync(jun), jun.DirectRoomAsync(minji));

            Assert.Single(ids.Distinct());
        }
    }

    [Fact]
    public async Task Is_begun_by_friends_only()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun, gone) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        await minji.AskAsync(jun);
        await server.MarkDeletedAsync(gone);

        Assert.Equal("403 not-friends", await minji.OpenDirectRoomAsync(jun).RefusalAsync());
        Assert.Equal("403 not-friends", await jun.OpenDirectRoomAsync(minji).RefusalAsync());
        Assert.Equal("400 not-with-yourself", await minji.OpenDirectRoomAsync(minji).RefusalAsync());
        Assert.Equal("404 no-such-person", await minji.OpenDirectRoomAsync(gone).RefusalAsync());
        Assert.Equal("404 no-such-person", await minji.Http.PutAsync($"/api/direct-rooms/{Guid.NewGuid()}", null).RefusalAsync());
    }

    [Fact]
    public async Task Stays_for_both_when_the_friendship_ends_and_when_one_blocks()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);

        await minji.EndFriendshipAsync(jun);
        Assert.Equal(room, await jun.DirectRoomAsync(minji));

        await minji.BlockAsync(jun);
        Assert.Equal(room, await minji.DirectRoomAsync(jun));
        Assert.Equal(room, await jun.DirectRoomAsync(minji));
    }

    [Fact]
    public async Task Stays_when_the_other_deletes_the_account()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        await minji.DirectRoomAsync(jun);

        await server.MarkDeletedAsync(jun);

        var room = await minji.OpenDirectRoomAsync(jun).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, room.GetProperty("with").GetProperty("nickname").ValueKind);
    }
}
