using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Data.Postgres;
using SmallTalk.Server.Data.Sqlite;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Data;

/// <summary>Opens the store that the configuration names, and brings it up to this program's schema before anything listens.</summary>
static class StoreSetup
{
    public static void AddStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<StoreReads>();
        services.AddSingleton<Snapshots>();
        services.AddSingleton<Migrator>();
        services.AddHostedService(provider => provider.GetRequiredService<Migrator>());
        services.AddChecked<StoreOptions>(StoreOptions.Section);
        var options = CheckedOptions.Read<StoreOptions>(configuration, StoreOptions.Section);
        if (options.Provider == StoreProvider.PostgreSQL)
            PostgresStore.Add(services, options);
        else
            SqliteStore.Add(services);
    }

    /// <summary>Of several nodes that start at once on one store one prepares it, and the next finds it prepared: each is alone with
    /// it from before the schema until all that fills an empty store has run.</summary>
    sealed class Migrator(IServiceScopeFactory scopes, Store store, Snapshots snapshots, IOptions<StoreOptions> options) : IHostedLifecycleService
    {
        IAsyncDisposable? _reserved;

        public async Task StartingAsync(CancellationToken cancellationToken)
        {
            try
            {
                _reserved = await store.ReserveAsync(cancellationToken);
                await using var scope = scopes.CreateAsyncScope();
                await MigrateAsync(scope.ServiceProvider.GetRequiredService<ChatDb>(), cancellationToken);
            }
            catch (Exception e)
            {
                await EndReservationAsync();
                if (store.Explain(e) is { } line)
                    throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions), [line]);
                throw;
            }
        }

        async Task MigrateAsync(ChatDb db, CancellationToken ct)
        {
            var applied = await Schema.OpenAsync(db, store, ct);
            if (applied.Count > 0)
            {
                await Schema.RefuseHalfFilledAsync(db, store, ct);
                if (options.Value.SnapshotBeforeMigration && applied.Count < db.Database.GetMigrations().Count())
                    snapshots.Take();
            }
            await db.Database.MigrateAsync(ct);
            await using var write = await db.BeginWriteAsync(ct);
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO store_facts (name, value) VALUES ('epoch', {Guid.CreateVersion7().ToString()}) ON CONFLICT DO NOTHING", ct);
            await write.CommitAsync();
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => EndReservationAsync();

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        async Task EndReservationAsync()
        {
            if (_reserved is { } reserved)
                await reserved.DisposeAsync();
            _reserved = null;
        }
    }
}
