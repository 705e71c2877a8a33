using System.Net;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Friends;

public sealed class HearingOfFriends
{
    [Fact]
    public async Task Reaches_both_live_from_the_request_to_the_end()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync("민지"), await server.SignUpAsync("준호"));
        await using var minjiLive = await minji.ConnectAsync();
        await using var junLive = await jun.ConnectAsync();
        var (minjiHears, junHears) = (await minjiLive.EventsAsync(), await junLive.EventsAsync());

        await minji.AskAsync(jun);
        var incoming = await junHears.SeesAsync(f => IsFriend(f, "incoming"));
        Assert.Equal("민지", incoming.GetProperty("user").GetProperty("nickname").GetString());
        Assert.False(incoming.GetProperty("user").TryGetProperty("isOnline", out _)); // not before they are friends
        await minjiHears.SeesAsync(f => IsFriend(f, "outgoing"));

        await jun.AcceptAsync(minji);
        var friends = await minjiHears.SeesAsync(f => IsFriend(f, "friends"));
        Assert.True(friends.GetProperty("user").GetProperty("isOnline").GetBoolean());
        await junHears.SeesAsync(f => IsFriend(f, "friends"));

        await minji.EndFriendshipAsync(jun);
        var removed = await junHears.SeesAsync(f => IsFriend(f, "removed"));
        Assert.Equal(minji.Id, removed.GetProperty("user").GetProperty("id").GetGuid());
        await minjiHears.SeesAsync(f => IsFriend(f, "removed"));
    }

    [Fact]
    public async Task Never_tells_of_a_block_or_of_a_request_to_who_blocked()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        await using var minjiLive = await minji.ConnectAsync();
        await using var junLive = await jun.ConnectAsync();
        var (minjiHears, junHears) = (await minjiLive.EventsAsync(), await junLive.EventsAsync());

        await minji.BlockAsync(jun);
        await minjiHears.SeesAsync(f => IsFriend(f, "removed"));
        await jun.AskAsync(minji);
        await junHears.SeesAsync(f => IsFriend(f, "outgoing"));

        var sora = await server.SignUpAsync(); // what comes after shows that nothing came before
        await sora.AskAsync(minji);
        await sora.AskAsync(jun);
        await minjiHears.SeesAsync(f => IsFriend(f, "incoming", sora));
        await junHears.SeesAsync(f => IsFriend(f, "incoming", sora));
        Assert.DoesNotContain(minjiHears.Came, f => IsFriend(f, "incoming", jun));
        Assert.DoesNotContain(junHears.Came, f => IsFriend(f, "removed"));
    }

    [Fact]
    public async Task Shows_who_is_online_to_friends_only()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await jun.AskAsync(minji);
        await using (await jun.ConnectAsync())
        {
            Assert.False((await OnlyAsync(minji, "incoming")).TryGetProperty("isOnline", out _));
            await minji.AcceptAsync(jun);
            Assert.True((await OnlyAsync(minji, "friends")).GetProperty("isOnline").GetBoolean());
            Assert.False((await OnlyAsync(jun, "friends")).GetProperty("isOnline").GetBoolean());

            var group = await minji.CreateRoomAsync();
            var sora = await server.SignUpAsync();
            foreach (var member in (TestUser[])[jun, sora])
                await member.JoinAsync(group).StatusAsync();
            Assert.True((await AmongMembersAsync(minji, group, jun)).GetProperty("isOnline").GetBoolean());
            Assert.False((await AmongMembersAsync(sora, group, jun)).TryGetProperty("isOnline", out _));
            Assert.True((await minji.OpenDirectRoomAsync(jun).JsonAsync(HttpStatusCode.Created)).GetProperty("with").GetProperty("isOnline").GetBoolean());
            await minji.EndFriendshipAsync(jun);
            Assert.False((await minji.OpenDirectRoomAsync(jun).JsonAsync()).GetProperty("with").TryGetProperty("isOnline", out _));
        }

        static async Task<JsonElement> AmongMembersAsync(TestUser viewer, Guid room, TestUser member) => (await viewer.MembersAsync(room))
            .Select(m => m.GetProperty("user")).Single(u => u.GetProperty("id").GetGuid() == member.Id);

        static async Task<JsonElement> OnlyAsync(TestUser user, string state) => Assert.Single(
            (await user.Http.GetAsync($"/api/friends?state={state}").JsonAsync()).GetProperty("items").EnumerateArray()).GetProperty("user");
    }

    [Fact]
    public async Task Tells_both_of_a_new_direct_room_once()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        await using var minjiLive = await minji.ConnectAsync();
        await using var junLive = await jun.ConnectAsync();
        var (minjiHears, junHears) = (await minjiLive.EventsAsync(), await junLive.EventsAsync());

        var room = await minji.DirectRoomAsync(jun);
        await jun.DirectRoomAsync(minji);
        await minji.EndFriendshipAsync(jun); // told after everything before

        foreach (var hears in (Inbox[])[minjiHears, junHears])
        {
            await hears.SeesAsync(f => IsFriend(f, "removed"));
            var membership = Assert.Single(hears.Came, f => f.TypeName() == "membership");
            Assert.Equal(room, membership.GetProperty("roomId").GetGuid());
            Assert.Equal("joined", membership.GetProperty("change").GetString());
        }
    }

    static bool IsFriend(JsonElement frame, string change, TestUser? about = null) =>
        frame.TypeName() == "friend" && frame.GetProperty("change").GetString() == change
        && (about is null || frame.GetProperty("user").GetProperty("id").GetGuid() == about.Id);
}
