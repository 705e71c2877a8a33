using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace SmallTalk.Testing;

/// <summary>A PostgreSQL of one's own: real, on a free port, with its data in a folder that goes with it. It flushes nothing, for no
/// test cuts the power; it ends with the process that started it, however that ends.</summary>
public sealed class TestPostgres
{
    static readonly Lazy<Task<TestPostgres>> One = new(StartAsync);

    readonly int _port;

    TestPostgres(int port) => _port = port;

    /// <summary>The one of this run, started when it is first asked for.</summary>
    public static Task<TestPostgres> Running => One.Value;

    public string ConnectionString(string database) => string.Create(
        CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username=smalltalk;Database={database};Maximum Pool Size=20;Timeout=60");

    /// <summary>A database with what <paramref name="template"/> has, which nobody may be using. One that is there stays.</summary>
    public async Task CreateAsync(string database, string? template)
    {
        try
        {
            await ExecuteAsync($"CREATE DATABASE \"{database}\" TEMPLATE \"{template ?? "template0"}\" STRATEGY file_copy");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            // a restart on the same one
        }
    }

    public Task DropAsync(string database) => ExecuteAsync($"DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)");

    async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    static async Task<TestPostgres> StartAsync()
    {
        var bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(folder => Path.Combine(folder, "bin")).Where(folder => File.Exists(Path.Combine(folder, "initdb"))).Max(StringComparer.Ordinal)
            : null;
        if (bin is null)
            throw new InvalidOperationException("PostgreSQL is missing: on Debian and Ubuntu the package postgresql.");
        var folder = Directory.CreateTempSubdirectory("smalltalk-pg-").FullName;
        var port = FreePort();
        // It refuses to run as root. The pipe to `cat` closes when this process ends, even by kill -9: then the server goes, and its folder.
        const string script = """
            as=; if [ "$(id -u)" = 0 ]; then chown postgres "$2" && as='setpriv --reuid=postgres --regid=postgres --clear-groups'; fi
            cd "$2"
            $as "$1/initdb" -D "$2/data" -U smalltalk -A trust -E UTF8 --locale=C --no-sync >"$2/initdb.log" 2>&1 || { cat "$2/initdb.log" >&2; exit 1; }
            $as "$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=600 \
                -c shared_buffers=256MB -c fsync=off -c full_page_writes=off -c autovacuum_naptime=10min -c max_wal_size=4GB >"$2/server.log" 2>&1 &
            server=$!
            cat >/dev/null
            kill -QUIT $server
            wait $server
            rm -rf "$2"
            """;
        var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script, "sh", bin, folder, port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            shell.StandardInput.Close();
            shell.WaitForExit();
        };
        var postgres = new TestPostgres(port);
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                await postgres.ExecuteAsync("SELECT 1");
                return postgres;
            }
            catch (NpgsqlException) when (!shell.HasExited && patience.Elapsed < TimeSpan.FromSeconds(60))
            {
                // it is starting
            }
        }
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
