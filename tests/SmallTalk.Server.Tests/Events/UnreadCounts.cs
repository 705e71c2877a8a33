using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Events;

public sealed class UnreadCounts
{
    [Fact] // R5
    public async Task Go_to_zero_on_all_devices_when_one_reads_and_stay_there()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        Guid room;
        string nickname;
        await using (var server = await TestServer.StartOnAsync(folder))
        {
            var (jun, minji) = (await server.SignUpAsync(), await server.SignUpAsync());
            nickname = minji.Nickname;
            room = await jun.CreateRoomAsync();
            await minji.JoinAsync(room);
            var tablet = await minji.OnAnotherDeviceAsync();
            await using var onPhone = await minji.ConnectAsync();
            await using var onTablet = await tablet.ConnectAsync();
            var (phone, other) = (await onPhone.EventsAsync(), await onTablet.EventsAsync());
            for (var i = 0; i < 12; i++)
                await jun.PostAsync(room, $"{i}");
            foreach (var device in new[] { phone, other })
                await device.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("unread").GetInt32() == 12);
            Assert.Equal(12, await UnreadAsync(minji, room));

            await onPhone.ReadAsync(room, 12);

            foreach (var device in new[] { phone, other })
            {
                var read = await device.SeesAsync("read");
                Assert.Equal((12, 0, room), (read.GetProperty("readSeq").GetInt64(), read.GetProperty("unread").GetInt32(), read.GetProperty("roomId").GetGuid()));
            }
            await jun.PostAsync(room, "하나 더");
            foreach (var device in new[] { phone, other })
                await device.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("lastSeq").GetInt64() == 13 && f.GetProperty("unread").GetInt32() == 1);
            await onTablet.ReadAsync(room, 13);
            await phone.SeesAsync(f => f.TypeName() == "read" && f.GetProperty("readSeq").GetInt64() == 13);
            Assert.Equal(0, await UnreadAsync(minji, room));
        }
        await using (var server = await TestServer.StartOnAsync(folder))
        {
            using var http = server.CreateHttpClient();
            var tokens = await (await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(http, "/api/session", new { nickname, password = TestUser.Password })).JsonAsync();
            http.DefaultRequestHeaders.Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString());
            var view = await (await http.GetAsync($"/api/rooms/{room}")).JsonAsync();
            Assert.Equal((13, 0), (view.GetProperty("me").GetProperty("readSeq").GetInt64(), view.GetProperty("me").GetProperty("unread").GetInt32()));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact] // R6
    public async Task Are_not_made_by_my_own_message_nor_read_by_others()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var mine = await minji.ConnectAsync();
        await using var his = await jun.ConnectAsync();
        var (me, him) = (await mine.EventsAsync(), await his.EventsAsync());

        await mine.SayAsync(room, "나 왔어");

        var told = await me.SeesAsync("room");
        Assert.Equal(0, told.GetProperty("unread").GetInt32());
        Assert.Equal(("나 왔어", minji.Nickname), (told.GetProperty("lastMessage").Words(), told.GetProperty("lastMessage").GetProperty("sender").GetProperty("nickname").GetString()));
        Assert.Equal(1, (await him.SeesAsync("room")).GetProperty("unread").GetInt32());
        Assert.Equal((0, 1), (await UnreadAsync(minji, room), await UnreadAsync(jun, room)));
        await his.ReadAsync(room, 1);
        Assert.Equal((0, 0), (await UnreadAsync(minji, room), await UnreadAsync(jun, room)));
    }

    [Fact]
    public async Task Fall_when_an_unread_message_is_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var his = await jun.ConnectAsync();
        var him = await his.EventsAsync();
        for (var i = 0; i < 3; i++)
            await minji.PostAsync(room, $"{i}");
        await him.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("unread").GetInt32() == 3);

        await minji.DeleteMessageAsync(room, 3);

        var told = await him.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("unread").GetInt32() == 2 && f.GetProperty("lastSeq").GetInt64() == 3);
        Assert.Equal("", told.GetProperty("lastMessage").Words());
        Assert.True(told.GetProperty("lastMessage").TryGetProperty("deletedAt", out _));
    }

    [Fact]
    public async Task Come_at_most_once_a_second_from_a_busy_room_and_end_exact()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var hers = await minji.ConnectAsync();
        await using var his = await jun.ConnectAsync();
        var him = await his.EventsAsync();
        var began = System.Diagnostics.Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(0, 1_500).Select(i => hers.SayAsync(room, $"{i}")));

        await him.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("lastSeq").GetInt64() == 1_500 && f.GetProperty("unread").GetInt32() == 1_000);
        Assert.InRange(him.Came.Count(f => f.TypeName() == "room"), 1, (int)began.Elapsed.TotalSeconds + 2);
        await his.ReadAsync(room, 1_300);
        var read = await him.SeesAsync("read");
        Assert.Equal(200, read.GetProperty("unread").GetInt32());
        Assert.Equal(200, await UnreadAsync(jun, room));
    }

    [Fact]
    public async Task Of_reading_are_shown_to_small_rooms_and_over_HTTP_alike()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var hers = await minji.ConnectAsync();
        var sees = await hers.WatchAsync(room);
        await hers.SayAsync(room, "읽었니?");

        using var answer = await System.Net.Http.Json.HttpClientJsonExtensions.PutAsJsonAsync(jun.Http, $"/api/rooms/{room}/read", new { seq = 1 });

        Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode);
        var read = await sees.SeesAsync("read");
        Assert.Equal((jun.Id, 1), (read.GetProperty("userId").GetGuid(), read.GetProperty("seq").GetInt64()));
        var reads = (await (await minji.Http.GetAsync($"/api/rooms/{room}/reads")).JsonAsync()).GetProperty("reads").EnumerateArray();
        Assert.Contains(reads, r => r.GetProperty("userId").GetGuid() == jun.Id && r.GetProperty("seq").GetInt64() == 1);
    }

    [Fact]
    public async Task Are_not_told_to_who_has_left()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (room, other) = (await minji.CreateRoomAsync(), await minji.CreateRoomAsync("다른 방"));
        await jun.JoinAsync(room);
        await jun.JoinAsync(other);
        await using var his = await jun.ConnectAsync();
        var him = await his.EventsAsync();
        await jun.LeaveAsync(room);

        await minji.PostAsync(room, "비밀 이야기");
        await minji.PostAsync(other, "모두에게");

        await him.SeesAsync(f => f.TypeName() == "room" && f.GetProperty("roomId").GetGuid() == other);
        Assert.DoesNotContain(him.Came, f => f.ToString().Contains("비밀", StringComparison.Ordinal));
    }

    static async Task<int> UnreadAsync(TestUser user, Guid room) => (await user.GetRoomAsync(room)).GetProperty("me").GetProperty("unread").GetInt32();
}
