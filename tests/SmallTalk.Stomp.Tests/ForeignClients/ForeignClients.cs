using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp.Tests;

/// <summary>Clients that we did not write, each driven by a script in its own language that prints what it has done. They meet the
/// in-memory broker, with a login, heart-beats of a second and frames of up to 4 MiB.</summary>
public class ForeignClients
{
    const string Queue = "ack,nack,transaction";

    [Theory]
    [InlineData("node", "stompjs.mjs", $"connect,subscribe,send with receipt,{Queue},binary body,large body,heart-beat,disconnect")]
    [InlineData("node", "webstomp.mjs", $"connect,subscribe,send with receipt,{Queue},large body,heart-beat,disconnect")] // bodies are text
    [InlineData("node", "stompit.mjs", $"connect,subscribe,send with receipt,{Queue},binary body,large body,heart-beat,disconnect")]
    [InlineData("/usr/bin/python3", "stomp_py.py", $"connect,subscribe,send with receipt,{Queue},binary body,large body,heart-beat,disconnect")]
    [InlineData("perl", "net_stomp.pl", $"connect,subscribe,send with receipt,{Queue},binary body,large body,disconnect")]
    [InlineData("php8.2", "php_stomp.php", $"connect,subscribe,send with receipt,{Queue},binary body,large body,disconnect")]
    public async Task A_client_from_elsewhere_finds_what_it_has_a_word_for(string program, string script, string steps)
    {
        await using var host = await StompHost.StartAsync(
            options =>
            {
                options.MaxFrameBytes = 4 * 1024 * 1024;
                options.OutboundQueueBytes = 16 * 1024 * 1024;
                options.HeartBeatSend = options.HeartBeatReceive = TimeSpan.FromSeconds(1);
                options.Authenticate = (connect, _, _) => ValueTask.FromResult(
                    connect is { Login: "민지", Passcode: "a:b\\c" } ? StompAuthentication.Accept(new()) : StompAuthentication.Refuse());
            },
            stomp => stomp.MapBroker());
        var broker = host.Services.GetRequiredService<StompBroker>();

        var (exitCode, output, errors) = await RunAsync(
            program, script, "127.0.0.1", $"{host.Address.Port}", $"{host.TcpEndPoint.Port}", "민지", "a:b\\c");

        Assert.True(exitCode == 0, $"{script} ended with {exitCode}\n{output}\n{errors}\n{string.Join('\n', host.Log.Lines.TakeLast(20))}");
        Assert.Equal(steps.Split(',').Select(step => $"ok {step}"), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(new[] { "stompjs", "webstomp", "stompit", "py", "perl", "php" }, name => Assert.Equal(0, broker.QueueLength($"/queue/{name}")));
        await Eventually.TrueAsync(() => host.Server.ConnectionCount == 0, () => $"{host.Server.ConnectionCount} connections");
        Assert.Empty(host.Log.Errors);
    }

    static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, string script, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [script, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(ThisFile()),
        })!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(120));
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    static string ThisFile([CallerFilePath] string path = "") => path;
}
