using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Log;
using SQLitePCL;

namespace SmallTalk.Server.Data.Sqlite;

/// <summary>The embedded store: one SQLite file in the data folder, in WAL mode, each commit flushed to the disk. Whoever writes there has
/// the folder to itself, which a lock says that ends with the process.</summary>
sealed class SqliteStore(IOptions<SmallTalkOptions> options) : Store, IDisposable
{
    FileStream? _lock;

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<Store, SqliteStore>();
        services.AddSingleton<WriteTurn>();
        services.AddDbContext<ChatDb, SqliteDb>((provider, db) => Configure(
                db, ConnectionString(provider.GetRequiredService<IOptions<SmallTalkOptions>>().Value))
            .AddInterceptors(provider.GetRequiredService<StoreReads>()));
        services.AddHostedService<WalTrimming>();
    }

    public static string ConnectionString(SmallTalkOptions options) => new SqliteConnectionStringBuilder
    {
        DataSource = Path.Combine(options.Data, "smalltalk.db"),
        ForeignKeys = true,
    }.ToString();

    public static DbContextOptionsBuilder Configure(DbContextOptionsBuilder options, string connectionString) => options
        .UseSqlite(connectionString)
        .UseSnakeCaseNamingConvention()
        .AddInterceptors(new DurableConnections(), new UnannouncedWrites());

    public override string Place => $"data: {Path.GetFullPath(options.Value.Data)}";

    public override Task<IAsyncDisposable?> ReserveAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(options.Value.Data);
        try
        {
            _lock ??= new FileStream(Path.Combine(options.Value.Data, "smalltalk.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new OptionsValidationException(SmallTalkOptions.Section, typeof(SmallTalkOptions), [$"{Place}: another SmallTalk is at work on it"]);
        }
        return Task.FromResult<IAsyncDisposable?>(null); // the lock stays
    }

    public override Task RefuseNodesAsync(CancellationToken ct) => Task.CompletedTask; // they hold the lock

    public override StoreContent OpenContent() => new SqliteContent(options.Value);

    public void Dispose() => _lock?.Dispose();

    public override string? Explain(Exception failure) => failure switch
    {
        IOException or UnauthorizedAccessException or SqliteException { SqliteErrorCode: raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM } =>
            $"{SmallTalkOptions.Section}:Data = '{options.Value.Data}': allowed is a folder that this program may write to ({failure.Message})",
        SqliteException => $"{SmallTalkOptions.Section}:Data = '{options.Value.Data}': its store could not be opened ({failure.Message})",
        _ => null,
    };

    public override IReadOnlyList<LogWriter> OpenLog(IServiceProvider services) =>
        [ActivatorUtilities.CreateInstance<SqliteLogWriter>(services, ConnectionString(options.Value))];

    /// <summary>These belong to the connection, not the file, so every opened one is told.</summary>
    internal sealed class DurableConnections : DbConnectionInterceptor
    {
        /// <summary>With secure_delete what is deleted (a room, a name) is overwritten, not only unlinked. The write-ahead log may grow to
        /// 64 MiB of pages before a commit copies them: a busy room's last page is then copied once and not with every commit.</summary>
        internal const string Pragmas =
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384; PRAGMA secure_delete = ON; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            command.ExecuteNonQuery();
        }

        public override Task ConnectionOpenedAsync(
            DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            ConnectionOpened(connection, eventData); // SQLite has no asynchronous I/O to gain by
            return Task.CompletedTask;
        }
    }
}
