using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using SmallTalk.Testing;

namespace SmallTalk.Web.Tests;

/// <summary><c>./cluster.sh</c> as people start it, on free ports: nodes, PostgreSQL, NATS and HAProxy, all real.</summary>
sealed partial class ClusterProcess : IAsyncDisposable
{
    readonly Process _script;
    readonly string _data = Directory.CreateTempSubdirectory("smalltalk-cluster-").FullName;
    readonly StringBuilder _output = new();
    readonly Dictionary<int, (Uri Address, int ProcessId)> _nodes = [];

    ClusterProcess(int nodes)
    {
        var port = FreePorts(nodes + 1);
        Address = AddressAt(port);
        var repository = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(repository, "cluster.sh")))
            repository = Path.GetDirectoryName(repository) ?? throw new FileNotFoundException("cluster.sh");
        var start = new ProcessStartInfo(Path.Combine(repository, "cluster.sh"),
            [nodes.ToString(CultureInfo.InvariantCulture), "--SmallTalk:Accounts:PasswordIterations=1"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (start.Environment["PORT"], start.Environment["NODE_PORT"]) = (Address.Port.ToString(CultureInfo.InvariantCulture), Address.Port.ToString(CultureInfo.InvariantCulture));
        (start.Environment["CLUSTER_DATA"], start.Environment["CONFIGURATION"]) = (_data, "Debug"); // built by whoever runs the tests
        _script = Process.Start(start)!;
        _script.OutputDataReceived += (_, line) => Hear(line.Data);
        _script.ErrorDataReceived += (_, line) => Hear(line.Data);
        _script.BeginOutputReadLine();
        _script.BeginErrorReadLine();
    }

    /// <summary>The load balancer's.</summary>
    public Uri Address { get; }

    string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static async Task<ClusterProcess> StartAsync(int nodes)
    {
        var cluster = new ClusterProcess(nodes);
        try
        {
            for (var patience = Stopwatch.StartNew(); !cluster.Output.Contains("SmallTalk is ready", StringComparison.Ordinal); await Task.Delay(50))
                Assert.True(!cluster._script.HasExited && patience.Elapsed < TimeSpan.FromMinutes(3), $"The cluster did not come up:\n{cluster.Output}");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Kill(int node)
    {
        using var process = Process.GetProcessById(Node(node).ProcessId);
        process.Kill();
    }

    /// <summary>Waits until the node that was killed has been started again and wants people.</summary>
    public async Task IsBackAsync(int node)
    {
        using var client = new HttpClient();
        var address = Node(node).Address;
        await Waiting.UntilAsync(() => Answers(), () => $"Node {node} did not come back:\n{Output}");

        bool Answers()
        {
            try
            {
                using var answer = client.GetAsync(new Uri(address, "/health/ready")).GetAwaiter().GetResult();
                return answer.IsSuccessStatusCode && Output.Contains($"Node {node} had ended", StringComparison.Ordinal);
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_script.HasExited)
        {
            using var end = Process.Start("kill", [_script.Id.ToString(CultureInfo.InvariantCulture)]);
            await _script.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        _script.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_output)
        {
            _output.AppendLine(line);
            if (NodeLine().Match(line) is { Success: true } match)
            {
                var number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
                _nodes[number] = (AddressAt(Address.Port + number), int.Parse(match.Groups["process"].ValueSpan, CultureInfo.InvariantCulture));
            }
        }
    }

    (Uri Address, int ProcessId) Node(int number)
    {
        lock (_output)
            return _nodes[number];
    }

    static Uri AddressAt(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    /// <returns>The first of so many in a row.</returns>
    static int FreePorts(int count)
    {
        while (true)
        {
            var probes = new List<TcpListener>();
            try
            {
                var first = Random.Shared.Next(20_000, 30_000);
                for (var i = 0; i < count; i++)
                {
                    var probe = new TcpListener(IPAddress.Loopback, first + i);
                    probes.Add(probe);
                    probe.Start();
                }
                return first;
            }
            catch (SocketException)
            {
                // others
            }
            finally
            {
                probes.ForEach(probe => probe.Dispose());
            }
        }
    }

    [GeneratedRegex(@"^Node (?<number>\d+) .*\(process (?<process>\d+)\)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex NodeLine();
}
