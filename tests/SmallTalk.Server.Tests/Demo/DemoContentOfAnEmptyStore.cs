using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Demo;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Demo;

public sealed class DemoContentOfAnEmptyStore
{
    static readonly (string, string) WithDemo = ("SmallTalk:Demo", "true");

    [Fact]
    public async Task Is_lively()
    {
        await using var server = await TestServer.StartAsync(WithDemo);
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();

        Assert.InRange(await db.Users.CountAsync(), 12, 30);
        Assert.InRange(await db.Rooms.CountAsync(r => r.Kind == RoomKind.Group), 18, 40);
        Assert.True(await db.Rooms.Select(r => r.CategorySlug).Distinct().CountAsync() > 10);
        Assert.InRange(await db.Messages.CountAsync(), 300, 2_000);
        Assert.True(await db.Messages.AnyAsync(m => m.EditedAt != null));
        Assert.True(await db.Messages.AnyAsync(m => m.DeletedAt != null && m.IsHidden));
        Assert.True(await db.Messages.CountAsync(m => m.ReplyTo != null) > 10);
        Assert.True(await db.Messages.MaxAsync(m => m.CreatedAt) > DateTimeOffset.UtcNow.AddMinutes(-30));
        Assert.True(await db.Messages.MaxAsync(m => m.CreatedAt) <= DateTimeOffset.UtcNow);
    }

    [Fact]
    public void Has_nothing_that_people_could_not_have_written()
    {
        var content = DemoContent.Read();

        Assert.All(content.People.People, p => Assert.Null(Nicknames.Check(p.Nickname, out _)));
        Assert.All(content.People.People, p => Assert.Null(Profiles.CheckStatusLine(p.StatusLine, out _)));
        Assert.All(content.Rooms, r => Assert.Null(RoomFields.CheckName(r.Name, out _)));
        Assert.All(content.Rooms, r => Assert.Null(RoomFields.CheckDescription(r.Description, out _)));
        Assert.All(content.Rooms, r => Assert.Null(RoomFields.CheckTags(r.Tags, out _)));
        Assert.All(content.Rooms.SelectMany(r => r.Talk).Concat(content.People.Direct.SelectMany(d => d.Talk)),
            line => Assert.Null(MessageText.Check(DemoLine.Of(line).Text)));
    }

    [Fact]
    public async Task Keeps_what_the_message_log_keeps()
    {
        await using var server = await TestServer.StartAsync(WithDemo);
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var categories = await db.Categories.Select(c => c.Slug).ToListAsync();

        foreach (var room in await db.Rooms.AsNoTracking().ToListAsync())
        {
            var messages = await db.Messages.AsNoTracking().Where(m => m.RoomId == room.Id).OrderBy(m => m.Seq).ToListAsync();
            var members = await db.Memberships.AsNoTracking().Where(m => m.RoomId == room.Id).ToListAsync();
            var here = members.Where(m => m.LeftAt is null).ToList();

            Assert.Equal(Enumerable.Range(1, messages.Count).Select(n => (long)n), messages.Select(m => m.Seq));
            Assert.Equal(messages.Count, room.LastSeq);
            Assert.Equal(messages.Max(m => m.Version), room.Version);
            Assert.Equal(messages.Count, messages.Select(m => m.Version).Distinct().Count());
            Assert.Equal(messages.Select(m => m.CreatedAt).Order(), messages.Select(m => m.CreatedAt));
            Assert.Equal(messages[^1].CreatedAt, room.LastMessageAt);
            Assert.Equal(messages[^1].CreatedAt, room.ActiveAt);
            Assert.All(messages.Where(m => m.DeletedAt is not null), m => Assert.Equal("", m.Text));
            Assert.All(messages.Where(m => m.ReplyTo is not null), m => Assert.InRange(m.ReplyTo!.Value, 1, m.Seq - 1));
            Assert.All(messages, m => Assert.Contains(here, h => h.UserId == m.SenderId && h.JoinedAt <= m.CreatedAt));

            Assert.Equal(here.Count, room.MemberCount);
            Assert.InRange(room.MemberCount, 2, room.MemberLimit);
            Assert.All(members, m => Assert.InRange(m.ReadSeq, 0, room.LastSeq));
            if (room.Kind == RoomKind.Direct)
            {
                Assert.Equal(2, members.Count);
                continue;
            }
            Assert.Contains(room.CategorySlug, categories);
            Assert.Equal(room.OwnerId, Assert.Single(here, m => m.Role == Role.Owner).UserId);
        }
    }

    [Theory]
    [InlineData("등산", "주말 등산 같이 가요")]
    [InlineData("ㅂㄷㄱㅇ", "보드게임 번개")]
    [InlineData("houseplants", "Houseplants Anonymous")]
    public async Task Is_found_by_the_search(string query, string room)
    {
        await using var server = await TestServer.StartAsync(WithDemo);
        using var http = server.CreateHttpClient();

        var found = await http.GetAsync($"/api/rooms?query={Uri.EscapeDataString(query)}").JsonAsync();

        Assert.Contains(found.GetProperty("items").EnumerateArray(), r => r.GetProperty("name").GetString() == room);
    }

    [Fact]
    public async Task Has_an_account_to_look_around_with_that_is_no_administrator()
    {
        await using var server = await TestServer.StartAsync(WithDemo);
        using var http = server.CreateHttpClient();

        var tokens = await http.PostAsJsonAsync("/api/session", new { nickname = "데모", password = "smalltalk-demo" }).JsonAsync();

        Assert.False(tokens.GetProperty("user").GetProperty("isAdministrator").GetBoolean());
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.GetProperty("accessToken").GetString());
        var joined = await PageAsync("joined");
        Assert.NotEmpty(joined);
        Assert.NotEmpty(await PageAsync("created"));
        Assert.NotEmpty(await PageAsync("left"));
        var direct = await PageAsync("direct");
        Assert.All(direct, r => Assert.NotEqual(JsonValueKind.Null, r.GetProperty("with").ValueKind));
        var total = await http.GetAsync("/api/me/unread").JsonAsync();
        Assert.Equal(joined.Concat(direct).Sum(r => r.GetProperty("me").GetProperty("unread").GetInt32()), total.GetProperty("total").GetInt32());
        Assert.True(total.GetProperty("total").GetInt32() > 10);
        Assert.NotEmpty((await http.GetAsync("/api/friends?state=incoming").JsonAsync()).GetProperty("items").EnumerateArray());

        async Task<List<JsonElement>> PageAsync(string relation) =>
            [.. (await http.GetAsync($"/api/me/rooms?relation={relation}&limit=100").JsonAsync()).GetProperty("items").EnumerateArray()];
    }

    [Fact]
    public async Task Has_rooms_whose_password_stands_in_their_description()
    {
        await using var server = await TestServer.StartAsync(WithDemo);
        var minji = await server.SignUpAsync();
        var rooms = (await minji.Http.GetAsync("/api/rooms?limit=100").JsonAsync()).GetProperty("items").EnumerateArray()
            .Where(r => r.GetProperty("joinRule").GetString() == "password").ToList();

        Assert.NotEmpty(rooms);
        foreach (var room in rooms)
        {
            var password = room.GetProperty("description").GetString()!.Split(' ')[^1];
            Assert.Equal(HttpStatusCode.OK, await minji.Http
                .PutAsJsonAsync($"/api/rooms/{room.GetProperty("id").GetGuid()}/members/me", new { password }).StatusAsync());
        }
    }

    [Fact]
    public async Task Comes_once_and_never_into_a_store_that_has_people()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        try
        {
            (int Users, int Messages) first;
            await using (var server = await TestServer.StartOnAsync(folder, WithDemo))
                first = await CountAsync(server);
            await using (var server = await TestServer.StartOnAsync(folder, WithDemo))
                Assert.Equal(first, await CountAsync(server));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        try
        {
            await using (var server = await TestServer.StartOnAsync(folder))
                await server.SignUpAsync();
            await using (var server = await TestServer.StartOnAsync(folder, WithDemo))
                Assert.Equal((1, 0), await CountAsync(server));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static async Task<(int Users, int Messages)> CountAsync(TestServer server)
        {
            await using var scope = server.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
            return (await db.Users.CountAsync(), await db.Messages.CountAsync());
        }
    }

    [Fact]
    public async Task Goes_on_as_any_other_room()
    {
        await using var server = await TestServer.StartAsync(WithDemo);
        var minji = await server.SignUpAsync();
        var room = (await minji.Http.GetAsync("/api/rooms?category=everyday").JsonAsync()).GetProperty("items")[0];
        var id = room.GetProperty("id").GetGuid();
        await minji.Http.PutAsJsonAsync($"/api/rooms/{id}/members/me", new { }).JsonAsync();

        var posted = await minji.Http.PostAsJsonAsync($"/api/rooms/{id}/messages", new { clientId = Guid.CreateVersion7(), text = "반가워요!" })
            .JsonAsync(HttpStatusCode.Created);

        Assert.Equal((await minji.Http.GetAsync($"/api/rooms/{id}").JsonAsync()).GetProperty("lastSeq").GetInt64(), posted.GetProperty("seq").GetInt64());
        Assert.True(posted.GetProperty("seq").GetInt64() > 10);
    }
}
