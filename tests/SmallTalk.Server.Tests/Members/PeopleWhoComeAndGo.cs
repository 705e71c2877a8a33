using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Members;

/// <summary>What others, and their own other devices, see of it live.</summary>
public sealed class PeopleWhoComeAndGo
{
    [Fact]
    public async Task Are_seen_by_the_room_and_by_their_own_devices()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await using var ownerLive = await owner.ConnectAsync();
        await using var phone = await minji.ConnectAsync();
        var (sees, events) = (await ownerLive.WatchAsync(room), await phone.EventsAsync());

        await minji.JoinAsync(room);
        await minji.JoinAsync(room);
        await minji.LeaveAsync(room);
        await minji.LeaveAsync(room);
        await minji.JoinAsync(room);
        await owner.KickAsync(room, minji);

        var changes = await sees.UntilAsync(came => came.Count(f => f.TypeName() == "member") == 4);
        Assert.Equal(
            ["joined 2", "left 1", "joined 2", "kicked 1"],
            changes.Where(f => f.TypeName() == "member").Select(f => $"{f.GetProperty("change").GetString()} {f.GetProperty("memberCount").GetInt32()}"));
        Assert.All(changes.Where(f => f.TypeName() == "member"), f => Assert.Equal(minji.Nickname, f.GetProperty("user").GetProperty("nickname").GetString()));
        var mine = await events.UntilAsync(came => came.Count(f => f.TypeName() == "membership") == 4);
        Assert.Equal(["joined", "left", "joined", "kicked"], mine.Where(f => f.TypeName() == "membership").Select(f => f.GetProperty("change").GetString()));
    }

    [Fact]
    public async Task Learn_who_owns_the_room_now()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await jun.JoinAsync(room);
        await using var live = await jun.ConnectAsync();
        await using var minjiLive = await minji.ConnectAsync();
        var (sees, events, minjiEvents) = (await live.WatchAsync(room), await live.EventsAsync(), await minjiLive.EventsAsync());

        await owner.HandOverAsync(room, minji);
        await minji.LeaveAsync(room);

        var roles = await sees.UntilAsync(came => came.Count(IsRole) == 3);
        Assert.Equal(
            [(owner.Id, "member"), (minji.Id, "owner"), (owner.Id, "owner")],
            roles.Where(IsRole).Select(f => (f.GetProperty("user").GetProperty("id").GetGuid(), f.GetProperty("role").GetString()!)));
        Assert.Equal("owner", (await minjiEvents.SeesAsync(f => f.TypeName() == "membership")).GetProperty("role").GetString());
        Assert.DoesNotContain(events.Came, f => f.TypeName() == "membership"); // none of it was his

        static bool IsRole(JsonElement frame) => frame.TypeName() == "member" && frame.GetProperty("change").GetString() == "role";
    }

    [Fact]
    public async Task For_good_hand_their_rooms_on_before_everyones_eyes()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await using var live = await minji.ConnectAsync();
        var (sees, events) = (await live.WatchAsync(room), await live.EventsAsync());

        await owner.DeleteAccountAsync();

        var left = await sees.SeesAsync("member");
        Assert.Equal(JsonValueKind.Null, left.GetProperty("user").GetProperty("nickname").ValueKind);
        Assert.Equal("owner", (await events.SeesAsync("membership")).GetProperty("role").GetString());
        Assert.Equal(minji.Id, (await minji.GetRoomAsync(room)).GetProperty("owner").GetProperty("id").GetGuid());
    }
}
