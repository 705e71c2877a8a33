using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Data;
using SmallTalk.Server.Members;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Members;

public sealed class LeavingARoom
{
    [Fact]
    public async Task Takes_the_person_out_and_keeps_their_row()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);

        Assert.Equal(HttpStatusCode.NoContent, await minji.LeaveAsync(room).StatusAsync());
        Assert.Equal(HttpStatusCode.NoContent, await minji.LeaveAsync(room).StatusAsync()); // twice is once

        var seen = await minji.GetRoomAsync(room);
        Assert.Equal(1, seen.GetProperty("memberCount").GetInt32());
        Assert.NotEqual(default, seen.GetProperty("me").GetProperty("leftAt").GetDateTimeOffset());
        Assert.True(seen.GetProperty("canRead").GetBoolean()); // open: a look is for everyone
        Assert.Equal([owner.Id], (await owner.MembersAsync(room)).Select(m => m.GetProperty("user").GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task Of_a_room_that_one_was_never_in_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();

        Assert.Equal(HttpStatusCode.NoContent, await minji.LeaveAsync(room).StatusAsync());
        Assert.Equal("404 no-such-room", await minji.LeaveAsync(Guid.NewGuid()).RefusalAsync());

        var seen = await minji.GetRoomAsync(room);
        Assert.Equal(1, seen.GetProperty("memberCount").GetInt32());
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("me").ValueKind);
    }

    [Fact]
    public async Task As_the_owner_makes_the_longest_serving_member_owner()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, first, second) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await first.JoinAsync(room);
        await second.JoinAsync(room);

        await owner.LeaveAsync(room);

        Assert.Equal(first.Id, (await second.GetRoomAsync(room)).GetProperty("owner").GetProperty("id").GetGuid());
        Assert.Equal("owner", (await first.GetRoomAsync(room)).GetProperty("me").GetProperty("role").GetString());
        Assert.Equal(["owner", "member"], (await second.MembersAsync(room)).Select(m => m.GetProperty("role").GetString()));
        Assert.Equal("member", (await owner.JoinAsync(room).JsonAsync()).GetProperty("me").GetProperty("role").GetString());
    }

    [Fact]
    public async Task As_the_owner_makes_a_moderator_owner_before_any_member()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, member, moderator) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await member.JoinAsync(room);
        await moderator.JoinAsync(room);
        await AppointAsync(server, room, moderator);

        await owner.LeaveAsync(room);

        Assert.Equal(moderator.Id, (await member.GetRoomAsync(room)).GetProperty("owner").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task And_handing_over_at_once_leaves_exactly_one_owner_who_is_in_the_room()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        for (var round = 0; round < 10; round++)
        {
            var room = await owner.CreateRoomAsync();
            await minji.JoinAsync(room);
            await jun.JoinAsync(room);

            await Task.WhenAll(owner.LeaveAsync(room), owner.HandOverAsync(room, minji), minji.LeaveAsync(room));

            var members = await jun.MembersAsync(room);
            var theOwner = Assert.Single(members, m => m.GetProperty("role").GetString() == "owner");
            var seen = await jun.GetRoomAsync(room);
            Assert.Equal(theOwner.GetProperty("user").GetProperty("id").GetGuid(), seen.GetProperty("owner").GetProperty("id").GetGuid());
            Assert.Equal(members.Count, seen.GetProperty("memberCount").GetInt32());
        }
    }

    [Fact]
    public async Task By_force_is_for_owner_and_moderators()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, moderator, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync(password: "1234");
        foreach (var person in new[] { moderator, minji, jun })
            await person.JoinAsync(room, "1234");
        await AppointAsync(server, room, moderator);
        var stranger = await server.SignUpAsync();

        Assert.Equal("403 not-a-member", await stranger.KickAsync(room, minji).RefusalAsync());
        Assert.Equal("403 not-a-moderator", await minji.KickAsync(room, jun).RefusalAsync());
        Assert.Equal("403 outranks-you", await moderator.KickAsync(room, owner).RefusalAsync());
        Assert.Equal("400 that-is-you", await owner.KickAsync(room, owner).RefusalAsync());
        Assert.Equal("404 no-such-member", await owner.KickAsync(room, stranger).RefusalAsync());
        Assert.Equal(HttpStatusCode.NoContent, await moderator.KickAsync(room, minji).StatusAsync());
        Assert.Equal(HttpStatusCode.NoContent, await owner.KickAsync(room, moderator).StatusAsync());
        Assert.Equal("404 no-such-member", await owner.KickAsync(room, minji).RefusalAsync());

        Assert.Equal([owner.Id, jun.Id], (await owner.MembersAsync(room)).Select(m => m.GetProperty("user").GetProperty("id").GetGuid()));
        Assert.False((await minji.GetRoomAsync(room)).GetProperty("canRead").GetBoolean());
        Assert.Equal("403 not-a-member", await minji.Http.GetAsync($"/api/rooms/{room}/members").RefusalAsync());
    }

    /// <summary>Appointing has no call yet.</summary>
    static async Task AppointAsync(TestServer server, Guid room, TestUser who)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await using var write = await db.BeginWriteAsync(CancellationToken.None);
        await db.Memberships.Where(m => m.RoomId == room && m.UserId == who.Id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Role, Role.Moderator));
        await write.CommitAsync();
    }
}
