using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
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
    sealed class Migrator(IServiceScopeFactory scopes, Store store) : IHostedLifecycleService
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
            catch (Exception e) when (store.Explain(e) is { } line)
            {
                throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions), [line]);
            }
        }

        async Task MigrateAsync(ChatDb db, CancellationToken ct)
        {
            var creator = db.GetService<IRelationalDatabaseCreator>();
            if (!await creator.ExistsAsync(ct))
                await creator.CreateAsync(ct); // turns SQLite's WAL on
            await db.GetService<IHistoryRepository>().CreateIfNotExistsAsync(ct); // asking a store without one logs a failure
            var known = db.Database.GetMigrations().ToList();
            if ((await db.Database.GetAppliedMigrationsAsync(ct)).Except(known, StringComparer.Ordinal).Max(StringComparer.Ordinal) is { } foreign)
            {
                var whose = string.CompareOrdinal(foreign, known[^1]) > 0 ? "a newer SmallTalk" : "an earlier SmallTalk that this one can't continue";
                throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions),
                    [$"{store.Place}: this store is of {whose} (schema {foreign}; this program has {known[^1]})"]);
            }
            await db.Database.MigrateAsync(ct);
            await using var write = await db.BeginWriteAsync(ct);
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO store_facts (name, value) VALUES ('epoch', {Guid.CreateVersion7().ToString()}) ON CONFLICT DO NOTHING", ct);
            await write.CommitAsync();
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StartedAsync(CancellationToken cancellationToken)
        {
            if (_reserved is not null)
                await _reserved.DisposeAsync();
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
