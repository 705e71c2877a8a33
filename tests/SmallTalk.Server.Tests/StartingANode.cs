using System.Diagnostics;

namespace SmallTalk.Server.Tests;

public sealed class StartingANode
{
    [Theory]
    [InlineData("--SmallTalk:Limits:MessagesPerSecond=0", "SmallTalk:Limits:MessagesPerSecond = '0': allowed is 1 to 1000000")]
    [InlineData("--SmallTalk:Limits:MessagesPerSecond=many", "SmallTalk:Limits:MessagesPerSecond = 'many': allowed is 1 to 1000000")]
    [InlineData("--demo=maybe", "SmallTalk:Demo = 'maybe': allowed is true or false")]
    [InlineData("--urls=nowhere", "urls: Invalid url: 'nowhere': allowed is http://address:port, several separated by ';'")]
    [InlineData("--data=/proc/nowhere", "SmallTalk:Data = '/proc/nowhere': allowed is a folder that this program may write to")]
    [InlineData("--SmallTalk:Store:Provider=Oracle", "SmallTalk:Store:Provider = 'Oracle': allowed is SQLite or PostgreSQL")]
    [InlineData("--SmallTalk:Store:Provider=PostgreSQL", "SmallTalk:Store:ConnectionString = '': allowed is Host=…;Database=…;Username=…;Password=…")]
    [InlineData("--SmallTalk:Store:Provider=PostgreSQL --SmallTalk:Store:ConnectionString=Host=a;Password=secret", "SmallTalk:Store:ConnectionString: allowed is Host=…;Database=…")]
    [InlineData("--SmallTalk:Store:Provider=PostgreSQL --SmallTalk:Store:ConnectionString=Host=127.0.0.1;Port=1;Database=a;Password=secret", "SmallTalk:Store:ConnectionString (PostgreSQL 127.0.0.1:1/a): ")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT = 'collector:4317': allowed is http://address:port")]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=file:///tmp/a", "OTEL_EXPORTER_OTLP_ENDPOINT = 'file:///tmp/a': allowed is http://address:port")]
    public async Task Stops_at_a_bad_value_with_one_line_that_names_key_value_and_what_is_allowed(string argument, string line)
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-");
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "SmallTalk.Server.dll"), "--urls=http://127.0.0.1:0", $"--data={folder}", .. argument.Split(' ')];
        using var node = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        var output = node.StandardOutput.ReadToEndAsync(patience.Token);
        var error = await node.StandardError.ReadToEndAsync(patience.Token);
        await node.WaitForExitAsync(patience.Token);

        Assert.StartsWith(line, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", await output, StringComparison.Ordinal);
        Assert.Equal(2, node.ExitCode);
        folder.Delete(recursive: true);
    }
}
