using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace SmallTalk.Server.Tests.Deploy;

/// <summary>One of the recipes of <c>deploy/</c> at work: the real program, on a free port, with nothing changed but addresses and where
/// it keeps its files.</summary>
sealed partial class ProxyProcess : IAsyncDisposable
{
    public static readonly IReadOnlyList<string> Recipes = ["haproxy.cfg", "nginx.conf", "Caddyfile"];

    readonly Process _process;
    readonly string _folder;

    ProxyProcess(Process process, string folder, Uri address) => (_process, _folder, Address) = (process, folder, address);

    public Uri Address { get; }

    public static async Task<ProxyProcess> StartAsync(string recipe, Uri node)
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-proxy-").FullName;
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort()}"));
        var file = Path.Combine(folder, recipe);
        var text = OtherNodes().Replace(await File.ReadAllTextAsync(Path.Combine(Repository(), "deploy", recipe)), "")
            .Replace("127.0.0.1:5081", node.Authority, StringComparison.Ordinal);
        var (program, arguments, own) = recipe switch
        {
            "haproxy.cfg" => ("haproxy", $"-db -f {file}", text.Replace("bind *:8080", $"bind {address.Authority}", StringComparison.Ordinal)),
            "nginx.conf" => ("nginx", $"-e stderr -p {folder} -c {file}", text.Replace("listen 8080", $"listen {address.Authority}", StringComparison.Ordinal)
                .Replace("http {", $"daemon off; pid {folder}/pid; http {{ access_log off; {Temporary(folder)}", StringComparison.Ordinal)),
            _ => ("caddy", $"run --adapter caddyfile --config {file}", "{\n\tadmin off\n\tauto_https off\n}\n"
                + text.Replace(":8080 {", $"http://{address.Authority} {{", StringComparison.Ordinal)),
        };
        await File.WriteAllTextAsync(file, own);
        var start = new ProcessStartInfo(Array.Find(["/usr/sbin/" + program, "/usr/bin/" + program], File.Exists) ?? program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = start.Environment["XDG_DATA_HOME"] = folder;
        var process = Process.Start(start)!;
        var said = new System.Text.StringBuilder();
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var proxy = new ProxyProcess(process, folder, address);
        using var client = new HttpClient { BaseAddress = address };
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                using var answer = await client.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode)
                    return proxy;
            }
            catch (HttpRequestException)
            {
                // it is starting
            }
            if (!process.HasExited && patience.Elapsed < TimeSpan.FromSeconds(30))
                continue;
            await proxy.DisposeAsync();
            Assert.Fail($"{recipe} did not begin to serve: {said}");
        }

        void Hear(string? line)
        {
            lock (said)
                said.AppendLine(line);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    static string Temporary(string folder) => string.Concat(
        ((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(what => $"{what}_temp_path {folder}/{what}; "));

    static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "deploy")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("deploy");
        return folder;
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>A line of its own for each node, or one word among others.</summary>
    [GeneratedRegex(@"^\s*server [^\n]*127\.0\.0\.1:508[23][^\n]*\n| 127\.0\.0\.1:508[23]", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex OtherNodes();
}
