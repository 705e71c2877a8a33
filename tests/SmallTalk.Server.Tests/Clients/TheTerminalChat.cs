using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Clients;

/// <summary>samples/TerminalChat, run as it is built, with a test at its keyboard.</summary>
public class TheTerminalChat
{
    [Fact]
    public async Task Signs_up_finds_a_room_and_talks_in_it()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync(name: "초록빛 찻집", description: "차 이야기");
        await minji.PostAsync(room, "첫 메시지");
        await using var live = await minji.ConnectAsync();
        var inbox = await live.WatchAsync(room);
        var nickname = SignUps.RandomNickname();
        await using var terminal = Terminal.Start(server.Address, "--sign-up", "--nickname", nickname);

        await terminal.TypeAsync(TestUser.Password);
        await terminal.ShowsAsync($"Signed in as {nickname}.");
        await terminal.TypeAsync("/rooms ㅊㅈ");
        await terminal.ShowsAsync("1. 초록빛 찻집 · 1 · 차 이야기");
        await terminal.TypeAsync("/join 1");
        await terminal.ShowsAsync("#1 " + minji.Nickname + ": 첫 메시지");
        await terminal.TypeAsync("안녕하세요 👋");

        var said = await inbox.SeesAsync(seq: 2);
        Assert.Equal(("안녕하세요 👋", nickname), (said.Words(), said.GetProperty("sender").GetProperty("nickname").GetString()));
        await terminal.ShowsAsync($"#2 {nickname}: 안녕하세요 👋");
        await live.SayAsync(room, "반가워요");
        await terminal.ShowsAsync($"#3 {minji.Nickname}: 반가워요");
        await minji.EditAsync(room, 3, "정말 반가워요");
        await terminal.ShowsAsync($"#3 {minji.Nickname}: 정말 반가워요 (edited)");
        await terminal.TypeAsync("/who");
        await terminal.ShowsAsync($"{minji.Nickname} (owner), {nickname}");
        await terminal.TypeAsync("/quit");
        Assert.Equal(0, await terminal.EndsAsync());
    }

    [Fact]
    public async Task Comes_back_after_a_cut_without_a_hole()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var line = new Line(server.Address);
        await using var terminal = Terminal.Start(line.Address, "--nickname", jun.Nickname);
        await terminal.TypeAsync(TestUser.Password);
        await terminal.TypeAsync("/mine");
        await terminal.TypeAsync("/join 1");
        await minji.PostAsync(room, "before");
        await terminal.ShowsAsync("#1 " + minji.Nickname + ": before");

        line.Cut();
        await minji.PostAsync(room, "meanwhile");
        await terminal.ShowsAsync("offline");
        await terminal.TypeAsync("said while offline");

        await terminal.ShowsAsync($"#2 {minji.Nickname}: meanwhile");
        await terminal.ShowsAsync($"#3 {jun.Nickname}: said while offline");
        Assert.Equal(["before", "meanwhile", "said while offline"], (await minji.WholePastAsync(room)).Select(message => message.Words()));
        Assert.Single(terminal.Shown, shown => shown.Contains("#2 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Says_what_is_refused_and_shows_nothing_that_a_terminal_would_obey()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync(name: "locked", password: "열려라 참깨");
        await minji.PostAsync(room, "\u001b]0;owned\u0007\u001b[2J\u202Eevil");
        await using var terminal = Terminal.Start(server.Address);

        await terminal.TypeAsync(""); // no nickname yet
        await terminal.TypeAsync("x"); // too short
        await terminal.TypeAsync(TestUser.Password);
        await terminal.ShowsAsync("! ");
        var nickname = SignUps.RandomNickname();
        await terminal.TypeAsync(nickname);
        await terminal.TypeAsync(TestUser.Password);
        await terminal.ShowsAsync($"Signed in as {nickname}.");
        await terminal.TypeAsync("hello?");
        await terminal.ShowsAsync("! No room is open");
        await terminal.TypeAsync("/join 1 wrong");
        await terminal.ShowsAsync("! ", times: 3);
        await terminal.TypeAsync("/join 1 열려라 참깨");
        await terminal.ShowsAsync("evil");
        Assert.DoesNotContain(string.Concat(terminal.Shown), letter => letter is '\u001b' or '\u0007' or '\u202E');
        await minji.PostAsync(room, "live now");
        await terminal.ShowsAsync("live now"); // the page before it does not need the stream that is to end
        await minji.Http.DeleteAsync($"/api/rooms/{room}/members/{await IdOfAsync(minji, room, nickname)}");
        await terminal.ShowsAsync("is closed to you");
        await terminal.TypeAsync(null); // the end of the input
        Assert.Equal(0, await terminal.EndsAsync());
    }

    [Fact]
    public async Task Says_so_when_there_is_no_server()
    {
        await using var terminal = Terminal.Start(new Uri("http://127.0.0.1:1"), "--nickname", "민지");
        await terminal.TypeAsync(TestUser.Password);

        Assert.Equal(1, await terminal.EndsAsync());
        Assert.Contains(terminal.Shown, line => line.Contains("can't be reached", StringComparison.Ordinal));
    }

    static async Task<Guid> IdOfAsync(TestUser asking, Guid room, string nickname) =>
        (await asking.MembersAsync(room)).Select(member => member.GetProperty("user"))
        .Single(user => user.GetProperty("nickname").GetString() == nickname).GetProperty("id").GetGuid();

    sealed class Terminal : IAsyncDisposable
    {
        static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        readonly Process _process;
        readonly ConcurrentQueue<string> _shown = [];

        Terminal(Process process) => _process = process;

        public IReadOnlyCollection<string> Shown => _shown;

        public static Terminal Start(Uri server, params string[] more)
        {
            var start = new ProcessStartInfo("dotnet")
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(false),
                StandardOutputEncoding = Encoding.UTF8,
            };
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "SmallTalk.TerminalChat.dll"));
            start.ArgumentList.Add(server.ToString());
            foreach (var argument in more)
                start.ArgumentList.Add(argument);
            var terminal = new Terminal(new Process { StartInfo = start });
            terminal._process.OutputDataReceived += (_, line) => terminal._shown.Enqueue(line.Data ?? "");
            terminal._process.ErrorDataReceived += (_, line) => terminal._shown.Enqueue(line.Data ?? "");
            terminal._process.Start();
            terminal._process.BeginOutputReadLine();
            terminal._process.BeginErrorReadLine();
            return terminal;
        }

        public async Task TypeAsync(string? line)
        {
            if (line is null)
            {
                _process.StandardInput.Close();
                return;
            }

            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }

        public async Task ShowsAsync(string text, int times = 1)
        {
            var since = Stopwatch.StartNew();
            while (_shown.Count(line => line.Contains(text, StringComparison.Ordinal)) < times)
            {
                Assert.True(since.Elapsed < Patience, $"'{text}' was not shown:\n{string.Join('\n', _shown)}");
                await Task.Delay(20);
            }
        }

        public async Task<int> EndsAsync()
        {
            using var patience = new CancellationTokenSource(Patience);
            await _process.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
