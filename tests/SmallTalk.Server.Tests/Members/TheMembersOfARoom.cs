using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Members;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Members;

public sealed class TheMembersOfARoom
{
    [Fact]
    public async Task Are_all_shown_once_in_order_page_by_page()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();
        var people = await FillAsync(server, room, 47);

        foreach (var limit in new[] { 1, 7, 100 })
        {
            var members = await owner.MembersAsync(room, limit: limit);
            Assert.Equal(["owner", "moderator", "moderator", .. Enumerable.Repeat("member", 45)], members.Select(m => m.GetProperty("role").GetString()));
            Assert.Equal([owner.Id, people[20], people[40]], members.Take(3).Select(IdOf));
            Assert.Equal(people.Where((_, i) => i is not (20 or 40)), members.Skip(3).Select(IdOf));
        }
    }

    [Fact]
    public async Task Are_paged_whole_while_people_go()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        var people = await FillAsync(server, room, 20);
        var first = await owner.Http.GetAsync($"/api/rooms/{room}/members?limit=4").JsonAsync();

        await minji.LeaveAsync(room); // stands on a page before or after
        var rest = await owner.Http.AllPagesAsync($"/api/rooms/{room}/members?limit=4", first.GetProperty("cursor").GetString());

        var seen = first.GetProperty("items").EnumerateArray().Concat(rest).Select(IdOf).ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(people.Except(seen));
    }

    [Fact]
    public async Task Are_found_as_rooms_are()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync("축구왕 슛돌이"), await server.SignUpAsync("Minji 민지"));
        var room = await owner.CreateRoomAsync();
        await minji.JoinAsync(room);
        await FillAsync(server, room, 30);

        foreach (var query in new[] { "민지", "ㅁㅈ", "지", "alswl", "MINJI", "민지".Normalize(System.Text.NormalizationForm.FormD) })
            Assert.Equal([minji.Id], (await owner.MembersAsync(room, query, limit: 1)).Select(IdOf));
        Assert.Equal([owner.Id], (await owner.MembersAsync(room, "축구왕슛")).Select(IdOf));
        Assert.Empty(await owner.MembersAsync(room, "%"));
    }

    [Fact] // 3,000 open as fast as 3
    public async Task Cost_a_page_however_many_there_are()
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Limits:MembersPerRoom", "5000"));
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();
        await FillAsync(server, room, 3_000);

        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var after = new MemberList.Place(Role.Member, DateTimeOffset.UtcNow, owner.Id);
        var plan = await QueryPlan.OfAsync(db, MemberList.Range(db, room, Role.Member, after));

        Assert.Matches("(USING INDEX|using) ix_memberships_room_id_role_joined_at_user_id", plan);
        Assert.DoesNotMatch("TEMP B-TREE|Sort", plan); // nothing is sorted
        Assert.Equal(3_001, (await owner.MembersAsync(room)).Count);
    }

    [Fact] // R16
    public async Task Are_not_shown_to_who_may_not_read_the_room()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
        var open = await owner.CreateRoomAsync();
        var closed = await owner.CreateRoomAsync(password: "1234");
        using var visitor = server.CreateHttpClient();

        Assert.Single(await minji.MembersAsync(open)); // a look before joining
        foreach (var list in new[] { "members", "reads" })
        {
            Assert.Equal("403 not-a-member", await minji.Http.GetAsync($"/api/rooms/{closed}/{list}").RefusalAsync());
            Assert.Equal("404 no-such-room", await minji.Http.GetAsync($"/api/rooms/{Guid.NewGuid()}/{list}").RefusalAsync());
            Assert.Equal(HttpStatusCode.Unauthorized, await visitor.GetAsync($"/api/rooms/{open}/{list}").StatusAsync());
        }
    }

    [Theory]
    [InlineData("cursor=x", "400 not-a-cursor")]
    [InlineData("cursor=bnVsbA", "400 not-a-cursor")]
    [InlineData("limit=x", "400 malformed-request")]
    public async Task Are_refused_to_who_asks_nonsense(string asked, string refusal)
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();

        Assert.Equal(refusal, await owner.Http.GetAsync($"/api/rooms/{room}/members?{asked}").RefusalAsync());
    }

    [Fact]
    public async Task Have_read_marks_that_only_small_rooms_show()
    {
        await using var server = await TestServer.StartAsync();
        var owner = await server.SignUpAsync();
        var room = await owner.CreateRoomAsync();
        await FillAsync(server, room, 49);

        var reads = (await owner.Http.GetAsync($"/api/rooms/{room}/reads").JsonAsync()).GetProperty("reads").EnumerateArray().ToList();
        Assert.Equal(50, reads.Count);
        Assert.Contains(reads, r => r.GetProperty("userId").GetGuid() == owner.Id && r.GetProperty("seq").GetInt64() == 0);

        await FillAsync(server, room, 1);
        Assert.Equal("409 room-too-large", await owner.Http.GetAsync($"/api/rooms/{room}/reads").RefusalAsync());
    }

    static Guid IdOf(System.Text.Json.JsonElement member) => member.GetProperty("user").GetProperty("id").GetGuid();

    /// <summary>People who came one after another, faster than by signing each up; the 21st and 41st are moderators.</summary>
    static async Task<List<Guid>> FillAsync(TestServer server, Guid room, int count)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var now = DateTimeOffset.UtcNow;
        var ids = Enumerable.Range(0, count).Select(i => Guid.CreateVersion7(now.AddMilliseconds(i))).ToList();
        await using var write = await db.BeginWriteAsync(CancellationToken.None);
        db.Users.AddRange(ids.Select(id => new User { Id = id, UserName = $"사람 {id}", NormalizedUserName = $"사람{id}", CreatedAt = now, LastSeenAt = now }));
        db.Memberships.AddRange(ids.Select((id, i) => new Membership
        {
            RoomId = room,
            UserId = id,
            Role = i is 20 or 40 ? Role.Moderator : Role.Member,
            JoinedAt = now.AddSeconds(i / 3), // some at the same moment
            LastVisitedAt = now,
        }));
        await db.SaveChangesAsync();
        await db.Rooms.Where(r => r.Id == room).ExecuteUpdateAsync(set => set.SetProperty(r => r.MemberCount, r => r.MemberCount + count));
        await write.CommitAsync();
        return ids;
    }
}
