using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace SmallTalk.Testing;

/// <summary>The server as a process of its own, as people start it: for what only a process can suffer.</summary>
public sealed partial class NodeProcess : IAsyncDisposable
{
    readonly Process _process;
    readonly StringBuilder _output = new();
    readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    NodeProcess(string folder, (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { typeof(Server.Program).Assembly.Location, "--urls", "http://127.0.0.1:0", "--data", folder },
        };
        foreach (var (key, value) in settings)
            start.ArgumentList.Add($"--{key}={value}");
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"The server ended. {Output}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address => _ready.Task.Result;

    public Uri Live => new(Address.ToString().Replace("http", "ws", StringComparison.Ordinal) + "ws");

    public int Id => _process.Id;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static async Task<NodeProcess> StartAsync(string folder, params (string Key, string Value)[] settings)
    {
        await TestStore.PrepareAsync(folder);
        var node = new NodeProcess(folder,
        [
            ("SmallTalk:Limits:MessagesPerSecond", "100000"), ("SmallTalk:Limits:MessageBurst", "100000"),
            ("SmallTalk:Accounts:PasswordIterations", "1"), .. await TestStore.SettingsAsync(folder), .. settings,
        ]);
        try
        {
            await node._ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
            return node;
        }
        catch (TimeoutException e)
        {
            await node.DisposeAsync();
            throw new TimeoutException($"The server is not ready after a minute. {node.Output}", e);
        }
    }

    /// <summary>As <c>kill -9</c>: at once, without a word.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>As a service manager does; Ctrl+C's signal is ignored by what a script started in the background.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        using (var interrupt = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await interrupt.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.AppendLine(line);
        if (Listening().Match(line) is { Success: true } match)
            _ready.TrySetResult(new Uri(match.Groups["address"].Value + "/"));
    }

    [GeneratedRegex(@"is ready\. Open (?<address>http://127\.0\.0\.1:\d+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Listening();
}

public static class Waiting
{
    /// <summary>Waits until it holds; says what was there instead when it doesn't within half a minute.</summary>
    public static async Task UntilAsync(Func<bool> condition, Func<string> seen)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            if (patience.Elapsed > TimeSpan.FromSeconds(30))
                throw new TimeoutException(seen());
            await Task.Delay(20);
        }
    }
}
