using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Data;

/// <summary>Opens the embedded store: one SQLite file in the data folder, in WAL mode, each commit flushed to the disk.</summary>
static class StoreSetup
{
    public static void AddStore(this IServiceCollection services)
    {
        services.AddSingleton<WriteTurn>();
        services.AddSingleton<StoreReads>();
        services.AddDbContext<ChatDb>((provider, options) => Configure(
                options, ConnectionString(provider.GetRequiredService<IOptions<SmallTalkOptions>>().Value))
            .AddInterceptors(provider.GetRequiredService<StoreReads>()));
        services.AddHostedService<Migrator>();
        services.AddHostedService<WalTrimming>();
    }

    public static string ConnectionString(SmallTalkOptions options) => new SqliteConnectionStringBuilder
    {
        DataSource = Path.Combine(options.Data, "smalltalk.db"),
        ForeignKeys = true,
    }.ToString();

    static DbContextOptionsBuilder Configure(DbContextOptionsBuilder options, string connectionString) => options
        .UseSqlite(connectionString)
        .UseSnakeCaseNamingConvention()
        .AddInterceptors(new DurableConnections(), new UnannouncedWrites());

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

    /// <summary>Brings the store up to this program's schema before anything listens.</summary>
    sealed class Migrator(IServiceScopeFactory scopes, IOptions<SmallTalkOptions> options) : IHostedLifecycleService
    {
        public async Task StartingAsync(CancellationToken cancellationToken)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
            try
            {
                Directory.CreateDirectory(options.Value.Data);
                await db.Database.MigrateAsync(cancellationToken); // turns WAL on when it creates the file
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
            {
                throw new OptionsValidationException(SmallTalkOptions.Section, typeof(SmallTalkOptions),
                    [$"{SmallTalkOptions.Section}:Data = '{options.Value.Data}': allowed is a folder that this program may write to ({e.Message})"]);
            }
            await using var write = await db.BeginWriteAsync(cancellationToken);
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO store_facts (name, value) VALUES ('epoch', {Guid.CreateVersion7().ToString()}) ON CONFLICT DO NOTHING",
                cancellationToken);
            await write.CommitAsync();
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>For <c>dotnet ef migrations add</c> alone.</summary>
    internal sealed class DesignTime : IDesignTimeDbContextFactory<ChatDb>
    {
        public ChatDb CreateDbContext(string[] args)
        {
            var options = new DbContextOptionsBuilder<ChatDb>();
            Configure(options, "Data Source=:memory:");
            return new ChatDb(options.Options, new WriteTurn());
        }
    }
}
