using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Backup;

namespace SmallTalk.Server.Data;

/// <summary>How far a store's tables are.</summary>
static class Schema
{
    /// <summary>Makes a store of nothing, refuses one of another program.</summary>
    /// <returns>The migrations that it has.</returns>
    public static async Task<IReadOnlyList<string>> OpenAsync(ChatDb db, Store store, CancellationToken ct)
    {
        var creator = db.GetService<IRelationalDatabaseCreator>();
        if (!await creator.ExistsAsync(ct))
            await creator.CreateAsync(ct); // turns SQLite's WAL on
        await db.GetService<IHistoryRepository>().CreateIfNotExistsAsync(ct); // asking a store without one logs a failure
        var known = db.Database.GetMigrations().ToList();
        var applied = (await db.Database.GetAppliedMigrationsAsync(ct)).ToList();
        if (applied.Except(known, StringComparer.Ordinal).Max(StringComparer.Ordinal) is not { } foreign)
            return applied;
        var whose = string.CompareOrdinal(foreign, known[^1]) > 0 ? "a newer SmallTalk" : "an earlier SmallTalk that this one can't continue";
        throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions),
            [$"{store.Place}: this store is of {whose} (schema {foreign}; this program has {known[^1]})"]);
    }

    /// <summary>Nobody works on a store that was only filled in part.</summary>
    public static async Task RefuseHalfFilledAsync(ChatDb db, Store store, CancellationToken ct)
    {
        if (await db.StoreFacts.AnyAsync(fact => fact.Name == StoreContent.FillingFact, ct))
            throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions),
                [$"{store.Place}: restoring or moving into this store was broken off: run the same command again, or empty the store"]);
    }

    /// <param name="name">A migration's, without its date.</param>
    /// <returns>This store's name for it; null when this program has none.</returns>
    public static string? Find(ChatDb db, string name) => db.Database.GetMigrations().FirstOrDefault(migration => StoreContent.NameOf(migration) == name);
}
