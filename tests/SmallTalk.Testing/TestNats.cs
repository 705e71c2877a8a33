using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SmallTalk.Testing;

/// <summary>A NATS of one's own: real, on a free port, to be killed and started again.</summary>
public sealed class TestNats : IAsyncDisposable
{
    readonly int _port;
    Process _process;

    TestNats(int port, Process process) => (_port, _process) = (port, process);

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{_port}");

    public static async Task<TestNats> StartAsync()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        return new TestNats(port, await StartAsync(port));
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>After <see cref="Kill"/>, where it was.</summary>
    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = await StartAsync(_port);
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    static async Task<Process> StartAsync(int port)
    {
        var program = Array.Find(["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"], File.Exists)
            ?? throw new InvalidOperationException("NATS is missing: on Debian and Ubuntu the package nats-server.");
        var process = Process.Start(new ProcessStartInfo(program, ["-a", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        process.BeginErrorReadLine();
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return process;
            }
            catch (SocketException) when (!process.HasExited && patience.Elapsed < TimeSpan.FromSeconds(30))
            {
                // it is starting
            }
        }
    }
}
