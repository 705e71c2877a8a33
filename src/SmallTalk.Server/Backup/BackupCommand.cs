using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Data.Sqlite;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Backup;

/// <summary><c>backup FILE</c>, <c>verify [FILE]</c>, <c>restore FILE</c> and <c>move FOLDER</c>: what an operator does with a whole store.</summary>
/// <param name="services">Those of the configured store; nothing else runs.</param>
sealed class BackupCommand(IServiceProvider services, TextWriter output, TextWriter progress)
{
    readonly Store _store = services.GetRequiredService<Store>();
    readonly TimeProvider _clock = services.GetRequiredService<TimeProvider>();

    /// <returns>Null when the arguments are no such command, else the process's exit code: 0, 1 (the store or backup is not sound),
    /// 2 (it could not be done).</returns>
    public static async Task<int?> TryRunAsync(string[] args)
    {
        if (args is not [("backup" or "verify" or "restore" or "move") and var verb, .. var rest])
            return null;
        string? what = null;
        if (rest is [{ } first, .. var others] && !first.StartsWith('-'))
            (what, rest) = (first, others);
        try
        {
            if (what is null && verb != "verify")
                throw new ContentFault(verb == "move" ? "move FOLDER: the data folder of the embedded store is missing" : $"{verb} FILE: the file is missing");
            var builder = Program.CreateBuilder(rest);
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddChecked<SmallTalkOptions>(SmallTalkOptions.Section);
            builder.Services.AddStore(builder.Configuration);
            await using var app = builder.Build();
            return await new BackupCommand(app.Services, Console.Out, Console.Error).RunAsync(verb, what);
        }
        catch (Exception e) when (e is ContentFault or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"{verb}: {e.Message}");
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } line)
        {
            await Console.Error.WriteLineAsync(line);
        }
        return 2;
    }

    async Task<int> RunAsync(string verb, string? what)
    {
        try
        {
            return verb switch
            {
                "backup" => Backup(what!),
                "verify" => what is null ? VerifyStore() : Report("verify", BackupReader.Open(what), []),
                "restore" => await RestoreAsync(BackupReader.Open(what!)),
                _ => await MoveAsync(what!),
            };
        }
        catch (DbException e) when (_store.Explain(e) is { } line)
        {
            throw new ContentFault(line);
        }
    }

    int Backup(string path)
    {
        using var content = _store.OpenContent();
        var source = Source(content);
        using var file = new BackupFile(path, source.Header);
        return Report("backup", source with { Name = path, Read = sink => source.Read(new Tee(file, sink)) }, []);
    }

    int VerifyStore()
    {
        using var content = _store.OpenContent();
        return Report("verify", Source(content), content.FindDamage());
    }

    Task<int> RestoreAsync(ContentSource backup)
    {
        backup.Read(new Progress("verify", progress, _clock)); // a damaged one must not touch the store
        return FillAsync("restore", backup, $"{backup.Header.Epoch} {backup.Header.TakenAt:O}", epoch: Guid.CreateVersion7().ToString());
    }

    async Task<int> MoveAsync(string folder)
    {
        if (_store is SqliteStore)
            throw new ContentFault($"it goes from the embedded store to PostgreSQL: set {StoreOptions.Section}:Provider and {StoreOptions.Section}:ConnectionString");
        var options = new SmallTalkOptions { Data = folder };
        using var content = new SqliteContent(options);
        using var embedded = new SqliteStore(Options.Create(options));
        await embedded.ReserveAsync(CancellationToken.None); // no node writes there any more
        var source = new ContentSource(embedded.Place, content.ReadHeader(_clock.GetUtcNow()), content.Read);
        var code = await FillAsync("move", source, source.Header.Epoch, epoch: null);
        await output.WriteLineAsync($"{folder} is as it was. Start no node on it again.");
        return code;
    }

    ContentSource Source(StoreContent content) => new(_store.Place, content.ReadHeader(_clock.GetUtcNow()), content.Read);

    /// <param name="key">Names the source, so that filling that was broken off goes on with the same.</param>
    /// <param name="epoch">Of the filled store; null when it is the same store elsewhere, so that clients go on with what they have.</param>
    async Task<int> FillAsync(string what, ContentSource source, string key, string? epoch)
    {
        await using var reserved = await _store.ReserveAsync(CancellationToken.None);
        await _store.RefuseNodesAsync(CancellationToken.None);
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var schema = Schema.Find(db, source.Header.Schema) ?? throw new ContentFault($"{source.Name} is of a newer SmallTalk (schema {source.Header.Schema})");
        var applied = await Schema.OpenAsync(db, _store, CancellationToken.None);
        if (applied.Count == 0)
            await db.GetService<IMigrator>().MigrateAsync(schema);
        using var content = _store.OpenContent();
        var isEmpty = content.ReadFact(StoreContent.FillingFact) is not null || !content.HasPeople();
        if (!isEmpty || (applied.Count > 0 && applied[^1] != schema))
            throw new ContentFault($"{_store.Place} is not empty: a {what} goes into a store that nobody has used");

        var (sent, arrived) = (new Sums(), new Sums());
        var code = Report(what, source with { Read = sink => source.Read(new Tee(sent, new Filling(content, key), sink)) }, []);
        content.Read(new Tee(arrived, new Progress("check", progress, _clock)));
        if (sent.DifferencesTo(arrived).ToList() is { Count: > 0 } differences)
            throw new ContentFault($"what arrived is not what was sent: empty {_store.Place} and begin again ({string.Join("; ", differences)})");
        content.EndFilling(epoch);
        await db.Database.MigrateAsync();
        await output.WriteLineAsync($"{_store.Place}: all of it has arrived, and a node may start on it.");
        return code;
    }

    int Report(string what, ContentSource source, IReadOnlyList<string> damage)
    {
        var (sums, soundness) = (new Sums(), new Soundness());
        source.Read(new Tee(sums, soundness, new Progress(what, progress, _clock)));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{source.Name}: {sums.RowsOf("messages"):N0} messages, {sums.RowsOf("rooms"):N0} rooms, {sums.RowsOf("users"):N0} people, {sums.Rows:N0} rows in all."));
        IReadOnlyList<string> problems = [.. damage, .. soundness.Problems];
        foreach (var problem in problems)
            output.WriteLine($"NOT SOUND: {problem}");
        if (problems.Count > 0)
            return 1;
        output.WriteLine("Sound: every room's messages without a gap, every sum right.");
        return 0;
    }
}
