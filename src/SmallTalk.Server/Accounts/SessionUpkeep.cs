using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>Once a minute: stores who was seen, ends what has expired, frees the nicknames of accounts deleted long ago.</summary>
sealed partial class SessionUpkeep(
    IServiceScopeFactory scopes, LiveSessions sessions, RefreshTokens refreshTokens, TimeProvider clock, ILogger<SessionUpkeep> logger)
    : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    static readonly TimeSpan NicknameKept = TimeSpan.FromDays(30);
    const int RowsInATransaction = 500; // a message waits for its turn behind one of these

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Recurring.RunAsync(Interval, clock, RunAsync, LogFailed, stoppingToken);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await StoreSeenAsync(cancellationToken);
        }
        catch (Exception e) // the store is away: the node stops all the same
        {
            LogFailed(e);
        }
    }

    public async Task RunAsync(CancellationToken ct)
    {
        await StoreSeenAsync(ct);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var now = clock.GetUtcNow();
        if (await db.Sessions.AnyAsync(s => s.ExpiresAt <= now, ct))
            await sessions.EndAsync(db, db.Sessions.Where(s => s.ExpiresAt <= now), ct);
        var free = db.Users.Where(u => u.DeletedAt != null && u.DeletedAt <= now - NicknameKept && u.NormalizedUserName != null);
        if (await free.AnyAsync(ct))
        {
            await using var write = await db.BeginWriteAsync(ct);
            await free.ExecuteUpdateAsync(set => set.SetProperty(u => u.NormalizedUserName, (string?)null), ct);
            await write.CommitAsync();
        }
        sessions.Sweep();
        refreshTokens.Sweep(sessions.IsRemembered);
    }

    async Task StoreSeenAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        foreach (var some in sessions.TakeSeen().OrderBy(seen => seen.UserId).Chunk(RowsInATransaction)) // as rows are locked: see LockPeopleAsync
        {
            await using var write = await db.BeginWriteAsync(ct);
            foreach (var seen in some)
            {
                await db.Users.Where(u => u.Id == seen.UserId && u.LastSeenAt < seen.At)
                    .ExecuteUpdateAsync(set => set.SetProperty(u => u.LastSeenAt, seen.At), ct);
                await db.Sessions.Where(s => s.Id == seen.SessionId && s.LastSeenAt < seen.At).ExecuteUpdateAsync(
                    set => set.SetProperty(s => s.LastSeenAt, seen.At).SetProperty(s => s.ExpiresAt, seen.ExpiresAt), ct);
            }
            await write.CommitAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What sessions were used could not be stored")]
    partial void LogFailed(Exception e);
}
