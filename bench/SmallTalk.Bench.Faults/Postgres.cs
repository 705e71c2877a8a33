using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SmallTalk.Bench.Faults;

/// <summary>A PostgreSQL to be killed and to run out of disk: as root its data lies on a small disk of its own, in memory.</summary>
sealed class Postgres : IDisposable
{
    const string Script = """
        bin=$1 home=$2 port=$3
        as=; if [ "$(id -u)" = 0 ]; then chown postgres "$home" && as='setpriv --reuid=postgres --regid=postgres --clear-groups'; fi
        cd "$home"
        [ -d data ] || $as "$bin/initdb" -D data -U smalltalk -A trust -E UTF8 --locale=C >initdb.log 2>&1 || exit 1
        rm -f data/postmaster.pid
        exec $as "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 \
            -c shared_buffers=128MB -c max_wal_size=128MB -c min_wal_size=64MB >>server.log 2>&1
        """;

    readonly string _folder;
    readonly bool _hasDisk;
    Process? _process;

    public Postgres(string folder)
    {
        _folder = Path.Combine(folder, "postgres");
        Directory.CreateDirectory(_folder);
        Run("chmod", "a+x", folder); // the server's own user must get there
        _hasDisk = Run("mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", _folder) == 0;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public int Port { get; }

    /// <summary>Only where it may have a disk of its own.</summary>
    public bool CanFill => _hasDisk;

    public const string ConnectionString = "Host=127.0.0.1;Username=smalltalk;Database=postgres;Timeout=5";

    public void Start()
    {
        var bin = Directory.GetDirectories("/usr/lib/postgresql").Max(StringComparer.Ordinal) + "/bin";
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", bin, _folder, Port.ToString(CultureInfo.InvariantCulture)]) { UseShellExecute = false })!;
    }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>As <c>kill -9</c> of all of it.</summary>
    public void Kill()
    {
        _process!.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public async Task RestartAsync()
    {
        Start();
        await Task.Delay(200);
        if (!IsRunning) // its old self is still letting go of its memory
            await RestartAsync();
    }

    /// <summary>Until <see cref="FreeDisk"/> there is no byte left.</summary>
    public void FillDisk() => Run("dd", "if=/dev/zero", $"of={Path.Combine(_folder, "filler")}", "bs=1M");

    public void FreeDisk() => File.Delete(Path.Combine(_folder, "filler"));

    public void Dispose()
    {
        if (IsRunning)
            Kill();
        _process?.Dispose();
        if (_hasDisk)
            Run("umount", "-l", _folder);
    }

    static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
