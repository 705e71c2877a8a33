using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Data.Sqlite;

/// <summary>What is deleted or replaced is overwritten in the store's file (secure_delete), but its write-ahead log goes on
/// holding the old pages until it is begun anew, which a quiet node would put off for days. So it is emptied soon after
/// something was written: first copied, which keeps nobody waiting, then, in the writers' turn, cut to nothing with the few
/// pages that came meanwhile.</summary>
sealed partial class WalTrimming(WriteTurn turn, IOptions<SmallTalkOptions> options, TimeProvider clock, ILogger<WalTrimming> logger)
    : BackgroundService
{
    /// <summary>The text of a deleted message is gone from the data folder so much later at most, if no backup reads meanwhile.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var log = new FileInfo(Path.Combine(options.Value.Data, "smalltalk.db-wal"));
        await using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder(SqliteStore.ConnectionString(options.Value)) { Pooling = false }.ToString());
        connection.Open();
        await RunAsync(connection, SqliteStore.DurableConnections.Pragmas, CancellationToken.None);
        await Recurring.RunAsync(Every, clock, TrimAsync, LogPutOff, stoppingToken);

        async Task TrimAsync(CancellationToken ct)
        {
            log.Refresh();
            if (log is not { Exists: true, Length: > 0 })
                return;
            await RunAsync(connection, "PRAGMA wal_checkpoint(PASSIVE)", ct);
            await turn.WaitAsync(ct);
            try
            {
                await RunAsync(connection, "PRAGMA wal_checkpoint(TRUNCATE)", ct); // a reader in the way: the next time, then
            }
            finally
            {
                turn.Release();
            }
        }
    }

    static async Task RunAsync(SqliteConnection connection, string sql, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(LogLevel.Warning, "Emptying the store's write-ahead log is put off.")]
    partial void LogPutOff(Exception exception);
}
