using System.Globalization;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Backup;

/// <summary>A backup in the data folder, taken before a new program changes the tables: the way back.</summary>
sealed partial class Snapshots(Store store, IOptions<SmallTalkOptions> options, TimeProvider clock, ILogger<Snapshots> logger)
{
    /// <returns>The file.</returns>
    public string Take()
    {
        var now = clock.GetUtcNow();
        using var content = store.OpenContent();
        var header = content.ReadHeader(now);
        Directory.CreateDirectory(options.Value.Data);
        var path = Path.Combine(options.Value.Data, string.Create(CultureInfo.InvariantCulture, $"before-migration-{now:yyyyMMdd-HHmmss}.backup"));
        LogTaking(path);
        using var file = new BackupFile(path, header);
        content.Read(new Tee(file, new Progress("snapshot", Console.Error, clock)));
        return path;
    }

    [LoggerMessage(LogLevel.Warning, "This program changes the store's tables. What is in it is first kept in {Path}.")]
    partial void LogTaking(string path);
}
