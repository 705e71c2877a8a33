using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace SmallTalk.Stomp.Tests;

/// <summary>The README's examples run as they stand there.</summary>
public partial class TheReadme
{
    [Fact]
    public async Task Its_examples_work()
    {
        string[] args = ["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"];

        // README
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddStomp();
        var app = builder.Build();
        var rooms = new ConcurrentDictionary<(string Room, StompSubscription Watcher), bool>();
        app.MapStomp("/ws", stomp =>
        {
            stomp.MapSubscribe("/topic/{room}", (string room, StompSubscription watcher) =>
            {
                rooms[(room, watcher)] = true;
                watcher.OnEnded(ended => rooms.TryRemove((room, ended), out _));
            });
            stomp.MapSend("/app/{room}", (string room, StompFrame frame) =>
            {
                var message = new StompMessage($"/topic/{room}", frame.Body.ToArray(), "text/plain");
                foreach (var (target, _) in rooms.Where(entry => entry.Key.Room == room))
                    target.Watcher.Send(message);
            });
        });
        await app.StartAsync();
        // /README

        await using var running = app;
        var address = new UriBuilder(app.Urls.First()) { Scheme = "ws", Path = "/ws" }.Uri;
        // README
        await using var client = await StompClient.ConnectAsync(address);
        var tea = await client.SubscribeAsync("/topic/tea");
        await client.SendAsync("/app/tea", "안녕하세요"u8.ToArray()); // returns with the RECEIPT
        var message = await tea.ReadAsync();
        // /README

        Assert.Equal("안녕하세요", message.Text);

        static ValueTask<string> TokenAsync(CancellationToken ct) => ValueTask.FromResult(ct.IsCancellationRequested ? "" : "token");
        // README
        await using var steady = await StompClient.ConnectAsync(address, new StompClientOptions
        {
            FreshCredentials = async ct => new StompCredentials { BearerToken = await TokenAsync(ct) },
            Reconnect = new StompReconnectOptions(),
            OnStateChanged = change => Console.WriteLine(change),
        });
        var green = await steady.SubscribeAsync("/topic/green", new StompSubscribeOptions
        {
            HeadersEachTime = subscription => [new("after", subscription.Last?["version"] ?? "0")],
        });
        await steady.SendAsync("/app/green", "once or twice"u8.ToArray(), whenLost: StompWhenLost.SendAgain);
        // /README

        Assert.Equal("once or twice", (await green.ReadAsync()).Text);
    }

    [Fact]
    public async Task Its_examples_are_the_ones_that_run()
    {
        var here = Path.GetDirectoryName(ThisFile())!;
        var source = await File.ReadAllTextAsync(ThisFile(), TestContext.Current.CancellationToken);
        var readme = await File.ReadAllTextAsync(Path.Combine(here, "../../src/SmallTalk.Stomp/README.md"), TestContext.Current.CancellationToken);

        Assert.Equal(
            Example().Matches(source).Select(match => Plain(match.Groups["code"].Value)),
            Code().Matches(readme).Select(match => Plain(match.Groups["code"].Value)));

        static string Plain(string code) => string.Join('\n', code.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        static string ThisFile([CallerFilePath] string path = "") => path;
    }

    [GeneratedRegex(@"^ +// README\n(?<code>.*?)^ +// /README$", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Example();

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```$", RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();
}
