using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Members;

/// <summary>R15, K07: what ends the right to a room ends the live subscription at once, with a word, and nothing comes after.</summary>
public sealed class LosingTheRoom
{
    public enum Way
    {
        Kicked,
        Left,
        Deleted,
    }

    [Theory]
    [InlineData(Way.Kicked, "kicked")]
    [InlineData(Way.Left, "left")]
    [InlineData(Way.Deleted, "room-deleted")]
    public async Task Ends_its_stream_and_leaves_the_other_rooms_alone(Way way, string code)
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (room, other) = (await owner.CreateRoomAsync(), await owner.CreateRoomAsync("다른 방"));
        await minji.JoinAsync(room);
        await minji.JoinAsync(other);
        await using var live = await minji.ConnectAsync();
        var (sees, stays, events) = (await live.WatchAsync(room), await live.WatchAsync(other), await live.EventsAsync());
        await owner.PostAsync(room, "전");
        await sees.SeesAsync(seq: 1);

        using var done = await (way switch
        {
            Way.Kicked => owner.KickAsync(room, minji),
            Way.Left => minji.LeaveAsync(room),
            _ => owner.DeleteRoomAsync(room),
        });
        Assert.True(done.IsSuccessStatusCode);
        await owner.PostAsync(room, "후의 비밀");
        await owner.PostAsync(other, "여긴 그대로");

        Assert.Equal(code, Assert.IsType<StompRefusedException>(await sees.EndAsync()).Code);
        var told = await events.SeesAsync("membership");
        Assert.Equal((room, code.Replace("room-", "", StringComparison.Ordinal)), (told.GetProperty("roomId").GetGuid(), told.GetProperty("change").GetString()));
        await stays.SeesAsync(seq: 1);
        await events.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("roomId").GetGuid() == other);
        Assert.Equal(["전"], sees.Messages.Select(m => m.Words()));
        Assert.DoesNotContain(events.Came, f => f.ToString().Contains("비밀", StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<StompRefusedException>(() => live.SayAsync(room, "나 아직 있어"));
        Assert.Equal(way == Way.Deleted ? "no-such-room" : "not-a-member", refused.Code);
    }

    [Fact]
    public async Task Is_told_to_those_who_stay_and_so_is_coming()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun, heir) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await heir.JoinAsync(room);
        await using var live = await heir.ConnectAsync();
        var (sees, events) = (await live.WatchAsync(room), await live.EventsAsync());

        await minji.JoinAsync(room);
        await minji.JoinAsync(room); // joining twice is joining once
        await jun.JoinAsync(room);
        await owner.KickAsync(room, minji);
        await jun.LeaveAsync(room);
        await owner.LeaveAsync(room);

        await events.SeesAsync(f => f.TypeName() == "membership" && f.GetProperty("change").GetString() == "role" && f.GetProperty("role").GetString() == "owner");
        await sees.UntilAsync(came => came.Count(f => f.TypeName() == "member") == 6);
        Assert.Equal(
            [
                ("joined", minji.Nickname, "member", 3), ("joined", jun.Nickname, "member", 4), ("kicked", minji.Nickname, null, 3), ("left", jun.Nickname, null, 2),
                ("left", owner.Nickname, null, 1), ("role", heir.Nickname, "owner", 1),
            ],
            sees.Came.Where(f => f.TypeName() == "member").Select(f => (
                f.GetProperty("change").GetString()!, f.GetProperty("user").GetProperty("nickname").GetString()!,
                f.TryGetProperty("role", out var role) ? role.GetString() : null, f.GetProperty("memberCount").GetInt32())));
    }

    [Fact]
    public async Task Comes_to_lookers_on_when_the_room_gets_a_password_and_not_to_members()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, member, looker) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await member.JoinAsync(room);
        await using var inside = await member.ConnectAsync();
        await using var outside = await looker.ConnectAsync();
        var (sees, looks) = (await inside.WatchAsync(room), await outside.WatchAsync(room));

        await owner.EditRoomAsync(room, new { joinRule = "password", password = "열려라 참깨" });
        await owner.PostAsync(room, "이제 우리끼리");

        await sees.SeesAsync(seq: 1);
        await sees.SeesAsync("room");
        Assert.Equal("not-a-member", Assert.IsType<StompRefusedException>(await looks.EndAsync()).Code);
        Assert.Empty(looks.Messages);
    }

    [Fact] // K22
    public async Task Comes_with_the_end_of_the_session_and_a_code_that_says_so()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await using var live = await minji.ConnectAsync();
        await live.WatchAsync(room);

        await minji.Http.DeleteAsync("/api/session");

        var closure = await live.Client.Closed.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((1008, "session-ended"), ((int)closure.CloseCode!, closure.CloseReason));
    }

    [Fact] // R15: SUBSCRIBE and SEND racing the kick
    public async Task Has_no_race()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        await using var live = await minji.ConnectAsync();
        await using var author = await owner.ConnectAsync();

        for (var round = 0; round < 40; round++)
        {
            var room = await owner.CreateRoomAsync(password: "열려라 참깨");
            var accepted = new List<long>();
            (await minji.JoinAsync(room, "열려라 참깨")).EnsureSuccessStatusCode();
            var watching = Enumerable.Range(0, 3).Select(i => live.WatchAsync(room, after: i == 0 ? null : 0)).ToArray();
            var sending = Enumerable.Range(0, 5).Select(i => live.SayAsync(room, $"{round}:{i}")).ToArray();
            (await owner.KickAsync(room, minji)).EnsureSuccessStatusCode();
            var secret = (await author.SayAsync(room, "내보낸 뒤의 비밀")).Seq();

            foreach (var send in sending)
            {
                try
                {
                    accepted.Add((await send).Seq());
                    Assert.True(accepted.Max() < secret);
                }
                catch (StompRefusedException e)
                {
                    Assert.Equal("not-a-member", e.Code);
                }
            }
            foreach (var watch in watching)
            {
                try
                {
                    var sees = await watch;
                    Assert.Equal("kicked", Assert.IsType<StompRefusedException>(await sees.EndAsync()).Code);
                    Assert.DoesNotContain(sees.Messages, m => m.Seq() >= secret);
                }
                catch (StompRefusedException e)
                {
                    Assert.Contains(e.Code, new[] { "kicked", "not-a-member" });
                }
            }
            Assert.Equal([.. accepted.Order(), secret], (await owner.WholePastAsync(room)).Select(m => m.Seq()));
        }
    }
}
