using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SmallTalk.Testing;

namespace SmallTalk.Bench.Faults;

/// <summary>A node with lines of its own to the store and to NATS, started again whenever it ends, as a service manager does.</summary>
sealed class Node : IAsyncDisposable
{
    readonly ProcessStartInfo _start;
    readonly string _log;
    readonly CancellationTokenSource _ending = new();
    readonly Task _supervised;
    Process? _process;

    public Node(int number, string folder, string connectionString, int postgresPort, TestNats nats)
    {
        Number = number;
        ToPostgres = new Line(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{postgresPort}")));
        ToNats = new Line(new Uri(nats.Url));
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/"));
        }
        _log = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"node-{number}.log"));
        _start = new ProcessStartInfo("/bin/sh",
        [
            "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", _log, "dotnet", Path.Combine(AppContext.BaseDirectory, "SmallTalk.Server.dll"),
            $"--urls={Address}", $"--data={Path.Combine(folder, "data")}", "--SmallTalk:Store:Provider=PostgreSQL",
            $"--SmallTalk:Store:ConnectionString={connectionString};Port={ToPostgres.Address.Port}",
            $"--SmallTalk:Nats:Urls=nats://127.0.0.1:{ToNats.Address.Port}", "--SmallTalk:Limits:MessagesPerSecond=100000",
            "--SmallTalk:Limits:MessageBurst=100000", "--SmallTalk:Accounts:PasswordIterations=1", "--Logging:LogLevel:Default=Warning",
        ])
        { UseShellExecute = false };
        _supervised = SuperviseAsync();
    }

    public int Number { get; }

    public Uri Address { get; }

    public Line ToPostgres { get; }

    public Line ToNats { get; }

    public void Signal(string signal)
    {
        if (_process is { HasExited: false } process)
        {
            using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
        }
    }

    public async Task IsReadyAsync(CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = Address };
        while (true)
        {
            try
            {
                if ((await http.GetAsync("/health/ready", ct)).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // it is starting
            }
            await Task.Delay(100, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        Signal("KILL");
        await _supervised;
        await ToPostgres.DisposeAsync();
        await ToNats.DisposeAsync();
        _ending.Dispose();
    }

    async Task SuperviseAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            using var process = _process = Process.Start(_start)!;
            await process.WaitForExitAsync();
            await Task.Delay(500, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _process = null;
        }
    }
}
