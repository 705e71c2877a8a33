using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Data;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Backup;

public sealed class ABackup : IAsyncLifetime
{
    const string HardWords = "역슬래시 \\ 탭\t줄\n따옴표 \" ' 🐈‍⬛ \u2028 \\N \\x41 ㅎㅎ";

    string _from = "";
    string _to = "";

    string Saved => Path.Combine(_from, "saved.backup");

    public async ValueTask InitializeAsync()
    {
        _from = await TestStore.NewFolderAsync();
        _to = await TestStore.NewFolderAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await TestStore.DeleteAsync(_from);
        await TestStore.DeleteAsync(_to);
    }

    [Fact]
    public async Task Brings_everything_back_as_a_new_life_of_the_store()
    {
        Talk talk;
        await using (var server = await TestServer.StartOnAsync(_from))
        {
            talk = await Talk.FillAsync(server);
            Succeeded(await ServerCommand.RunOnAsync(_from, "backup", Saved));
        }

        Succeeded(await ServerCommand.RunOnAsync(_to, "restore", Saved));

        await using var restored = await TestServer.StartOnAsync(_to);
        var (minji, jun) = (talk.Minji.At(restored), talk.Jun.At(restored));
        var history = await minji.HistoryAsync(talk.Room);
        Assert.Equal(talk.Past, Raw(await minji.WholePastAsync(talk.Room)));
        Assert.NotEqual(talk.Epoch, history.GetProperty("epoch").GetString());
        Assert.Equal(talk.Members, Raw(await jun.MembersAsync(talk.Room)));
        Assert.Equal([talk.Minji.Nickname], await jun.FriendsAsync());
        Assert.Contains(await minji.Http.AllPagesAsync("/api/rooms?query=ㅂㄱㄷㄱ"), room => room.GetProperty("id").GetGuid() == talk.Room);
        await using var live = await jun.ConnectAsync();
        Assert.Equal(talk.Past.Count + 1, (await live.SayAsync(talk.Room, "돌아와서")).Seq());
        await minji.CreateRoomAsync("새 방"); // its number is nobody's
        var again = await restored.CreateHttpClient().PostAsJsonAsync("/api/session", new { nickname = talk.Jun.Nickname, password = TestUser.Password });
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Of_a_store_that_is_written_to_is_one_moment_of_it()
    {
        await using var server = await TestServer.StartOnAsync(_from);
        var people = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.SignUpAsync()));
        var room = await people[0].CreateRoomAsync();
        foreach (var person in people[1..])
            await person.JoinAsync(room);
        var mostAcknowledged = 0L;
        using var enough = new CancellationTokenSource();
        var talking = people.Select(async person =>
        {
            await using var live = await person.ConnectAsync();
            while (!enough.IsCancellationRequested)
            {
                var seq = (await live.SayAsync(room, HardWords)).Seq();
                Interlocked.Exchange(ref mostAcknowledged, Math.Max(Interlocked.Read(ref mostAcknowledged), seq));
            }
        }).ToList();
        await Waiting.UntilAsync(() => Interlocked.Read(ref mostAcknowledged) > 50, () => $"{mostAcknowledged} messages");
        var before = Interlocked.Read(ref mostAcknowledged);

        Succeeded(await ServerCommand.RunOnAsync(_from, "backup", Saved));

        var after = Interlocked.Read(ref mostAcknowledged);
        await enough.CancelAsync();
        await Task.WhenAll(talking);
        var verified = Succeeded(await ServerCommand.RunAsync("verify", Saved));
        var held = int.Parse(verified.Output.Split(": ")[1].Split(' ')[0].Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(before < after, "nobody wrote while the backup was taken");
        Assert.InRange(held, before, after + people.Length);
    }

    [Theory]
    [InlineData("cut off", "end is missing")]
    [InlineData("altered", "damaged")]
    [InlineData("altered with its sum", "damaged")]
    [InlineData("no backup", "no backup")]
    [InlineData("of a newer schema", "newer SmallTalk")]
    public async Task That_is_not_what_was_written_leaves_the_store_alone(string fault, string told)
    {
        await using (var server = await TestServer.StartOnAsync(_from))
        {
            await Talk.FillAsync(server);
            Succeeded(await ServerCommand.RunOnAsync(_from, "backup", Saved));
        }
        var bad = Path.Combine(_from, "bad.backup");
        await SpoilAsync(bad, fault);

        var restored = await ServerCommand.RunOnAsync(_to, "restore", bad);

        Assert.Equal(2, restored.Code);
        Assert.Contains(told, Assert.Single(restored.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        await using (var untouched = await TestServer.StartOnAsync(_to))
            await untouched.SignUpAsync();
    }

    [Fact]
    public async Task Goes_into_no_store_that_somebody_uses()
    {
        await using (var server = await TestServer.StartOnAsync(_from))
            Succeeded(await ServerCommand.RunOnAsync(_from, "backup", Saved));
        await using (var other = await TestServer.StartOnAsync(_to))
        {
            var whileItRuns = await ServerCommand.RunOnAsync(_to, "restore", Saved);

            Assert.Equal(2, whileItRuns.Code);
            Assert.Contains("at work on it", whileItRuns.Errors, StringComparison.Ordinal);
            await other.SignUpAsync();
        }

        var afterwards = await ServerCommand.RunOnAsync(_to, "restore", Saved);

        Assert.Equal(2, afterwards.Code);
        Assert.Contains("not empty", afterwards.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_never_written_over_and_readable_by_its_owner_alone()
    {
        await using var server = await TestServer.StartOnAsync(_from);
        Succeeded(await ServerCommand.RunOnAsync(_from, "backup", Saved));
        var first = await File.ReadAllBytesAsync(Saved);

        var second = await ServerCommand.RunOnAsync(_from, "backup", Saved);

        Assert.Equal(2, second.Code);
        Assert.Contains("is there already", second.Errors, StringComparison.Ordinal);
        Assert.Equal(first, await File.ReadAllBytesAsync(Saved));
        Assert.False(File.Exists(Saved + ".part"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Saved));
    }

    [Theory]
    [InlineData("DELETE FROM messages WHERE seq = 2", "after message 1 comes 3")]
    [InlineData("DELETE FROM messages WHERE seq = 5", "its messages go from 1 to 4, not from 1 to 5")]
    [InlineData("UPDATE rooms SET member_count = 7", "2 members, and it counts 7")]
    [InlineData("UPDATE rooms SET version = 3", "beyond its version 3")]
    [InlineData("DELETE FROM rooms", "which is not there")]
    public async Task Or_a_store_that_is_not_sound_is_told_of_in_a_line(string harm, string told)
    {
        await using (var server = await TestServer.StartOnAsync(_from))
            await Talk.FillAsync(server);
        await using (var store = await TestStore.OpenAsync(_from))
            await store.ExecuteAsync(harm);

        var verified = await ServerCommand.RunOnAsync(_from, "verify");
        var saved = await ServerCommand.RunOnAsync(_from, "backup", Saved);

        Assert.Equal((1, 1), (verified.Code, saved.Code));
        Assert.Contains(told, verified.Output, StringComparison.Ordinal);
        Assert.Contains(told, saved.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Saved), "what there is must be kept all the same");
    }

    [Theory]
    [InlineData("backup FILE: the file is missing", "backup")]
    [InlineData("restore FILE: the file is missing", "restore")]
    [InlineData("nowhere.backup", "restore", "nowhere.backup")]
    [InlineData("nowhere.backup", "verify", "nowhere.backup")]
    [InlineData("FOLDER", "move")]
    public async Task Command_that_lacks_something_says_what(string told, params string[] arguments)
    {
        var command = await ServerCommand.RunOnAsync(_to, arguments);

        Assert.Equal(2, command.Code);
        Assert.Contains(told, Assert.Single(command.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_taken_into_the_data_folder_before_a_program_changes_the_tables()
    {
        await using var server = await TestServer.StartOnAsync(_from);
        await Talk.FillAsync(server);

        var file = await Task.Run(server.Services.GetRequiredService<Snapshots>().Take);

        Assert.Equal(_from, Path.GetDirectoryName(file));
        Succeeded(await ServerCommand.RunAsync("verify", file));
        Succeeded(await ServerCommand.RunOnAsync(_to, "restore", file));
    }

    [Fact]
    public async Task Can_trust_that_a_folder_has_one_server()
    {
        (string, string) embedded = ("SmallTalk:Store:Provider", nameof(StoreProvider.SQLite));
        await using var server = await TestServer.StartFreshAsync(_from, embedded);

        var second = await Assert.ThrowsAsync<OptionsValidationException>(() => TestServer.StartFreshAsync(_from, embedded));

        Assert.Contains("another SmallTalk is at work on it", second.Message, StringComparison.Ordinal);
    }

    internal static ServerCommand Succeeded(ServerCommand command)
    {
        Assert.True(command.Code == 0, $"{command.Code}: {command.Output}{command.Errors}");
        return command;
    }

    static IReadOnlyList<string> Raw(IEnumerable<JsonElement> items) => [.. items.Select(item => item.GetRawText())];

    async Task SpoilAsync(string bad, string fault)
    {
        var lines = new List<string>();
        using (var text = new StreamReader(new GZipStream(File.OpenRead(Saved), CompressionMode.Decompress)))
        {
            while (await text.ReadLineAsync() is { } line)
                lines.Add(line);
        }
        var words = lines.FindIndex(line => line.Contains("역슬래시", StringComparison.Ordinal));
        switch (fault)
        {
            case "cut off":
                lines.RemoveRange(lines.Count - 1, 1);
                break;
            case "altered":
                lines[words] = lines[words].Replace("탭", "텝", StringComparison.Ordinal);
                break;
            case "altered with its sum":
                lines.RemoveAt(words);
                break;
            case "of a newer schema":
                lines[0] = lines[0].Replace("Initial", "Tomorrow", StringComparison.Ordinal);
                break;
            default:
                await File.WriteAllTextAsync(bad, "안녕");
                return;
        }
        await using var gzip = new GZipStream(File.Create(bad), CompressionLevel.Fastest);
        await using var written = new StreamWriter(gzip);
        foreach (var line in lines)
            await written.WriteLineAsync(line);
    }

    /// <summary>A bit of everything that a store holds.</summary>
    internal sealed record Talk(TestUser Minji, TestUser Jun, Guid Room, IReadOnlyList<string> Past, IReadOnlyList<string> Members, string? Epoch)
    {
        public static async Task<Talk> FillAsync(TestServer server)
        {
            var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
            var room = await minji.CreateRoomAsync("보고 듣고");
            await jun.JoinAsync(room);
            foreach (var words in (string[])["처음", HardWords, "셋", "넷"])
                (await minji.PostAsync(room, words)).EnsureSuccessStatusCode();
            (await jun.PostAsync(room, "답", replyTo: 2)).EnsureSuccessStatusCode();
            (await minji.EditAsync(room, 3, "셋, 고침")).EnsureSuccessStatusCode();
            (await minji.DeleteMessageAsync(room, 4)).EnsureSuccessStatusCode();
            await jun.BefriendAsync(minji);
            return new Talk(
                minji, jun, room, Raw(await minji.WholePastAsync(room)), Raw(await jun.MembersAsync(room)),
                (await minji.HistoryAsync(room)).GetProperty("epoch").GetString());
        }
    }
}
