using System.Net;
using System.Text.Json;
using SmallTalk.Stomp;
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

    [Fact]
    public async Task Can_be_read_but_not_written_to_when_the_other_has_deleted_the_account()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);
        await minji.PostAsync(room, "안녕").JsonAsync(HttpStatusCode.Created);
        await using var live = await minji.ConnectAsync();

        await jun.DeleteAccountAsync();

        Assert.Equal("403 other-is-gone", await minji.PostAsync(room, "거기 있어요?").RefusalAsync());
        Assert.Equal("403 other-is-gone", await minji.EditAsync(room, 1, "고친 말").RefusalAsync());
        var refused = await Assert.ThrowsAsync<StompRefusedException>(() => live.SayAsync(room, "여보세요?"));
        Assert.Equal("other-is-gone", refused.Code);
        Assert.Single((await minji.HistoryAsync(room)).GetProperty("items").EnumerateArray());
        Assert.Equal(HttpStatusCode.OK, await minji.DeleteMessageAsync(room, 1).StatusAsync()); // one's own word can always be taken back
    }

    [Fact]
    public async Task Is_known_to_nobody_but_its_two_people()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun, sora) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);
        await minji.PostAsync(room, "둘만의 이야기").JsonAsync(HttpStatusCode.Created);

        Assert.Equal("404 no-such-room", await sora.Http.GetAsync($"/api/rooms/{room}").RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.JoinAsync(room).RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.LeaveAsync(room).RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.KickAsync(room, minji).RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.EditRoomAsync(room, new { name = "내 방" }).RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.DeleteRoomAsync(room).RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.Http.GetAsync($"/api/rooms/{room}/members").RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.Http.GetAsync($"/api/rooms/{room}/messages").RefusalAsync());
        Assert.Equal("404 no-such-room", await sora.PostAsync(room, "저도요").RefusalAsync());
        foreach (var person in (TestUser[])[minji, jun, sora])
        {
            foreach (var sort in (string[])["active", "new", "popular"])
                Assert.Empty((await person.Http.GetAsync($"/api/rooms?sort={sort}").JsonAsync()).GetProperty("items").EnumerateArray());
            Assert.Empty((await person.Http.GetAsync($"/api/rooms?query={Uri.EscapeDataString("이야기")}").JsonAsync()).GetProperty("items").EnumerateArray());
        }
    }

    [Fact]
    public async Task Is_no_group_that_one_could_leave_edit_delete_or_hand_over()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);

        Assert.Equal("409 not-for-direct-rooms", await minji.LeaveAsync(room).RefusalAsync());
        Assert.Equal("409 not-for-direct-rooms", await minji.KickAsync(room, jun).RefusalAsync());
        Assert.Equal("409 not-for-direct-rooms", await minji.EditRoomAsync(room, new { name = "우리 방", listed = true }).RefusalAsync());
        Assert.Equal("409 not-for-direct-rooms", await minji.DeleteRoomAsync(room).RefusalAsync());
        Assert.Equal("409 not-for-direct-rooms", await minji.HandOverAsync(room, jun).RefusalAsync());
        Assert.Equal(HttpStatusCode.OK, await minji.JoinAsync(room).StatusAsync()); // who is in, is in
        Assert.Equal(2, (await minji.GetRoomAsync(room)).GetProperty("memberCount").GetInt32());
    }

    [Fact]
    public async Task Can_be_read_but_not_written_to_while_one_has_blocked_the_other()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        await minji.BefriendAsync(jun);
        var room = await minji.DirectRoomAsync(jun);
        await jun.PostAsync(room, "안녕").JsonAsync(HttpStatusCode.Created);

        await minji.BlockAsync(jun);

        Assert.Equal("403 blocked", await jun.PostAsync(room, "왜 그래").RefusalAsync());
        Assert.Equal("403 blocked", await minji.PostAsync(room, "그냥").RefusalAsync());
        Assert.Equal("403 blocked", await jun.EditAsync(room, 1, "고친 말").RefusalAsync());
        Assert.Single((await jun.HistoryAsync(room)).GetProperty("items").EnumerateArray());
        Assert.Single((await minji.HistoryAsync(room)).GetProperty("items").EnumerateArray());

        await minji.UnblockAsync(jun);
        await jun.PostAsync(room, "다시 안녕").JsonAsync(HttpStatusCode.Created);
    }
}
