using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Rooms;

/// <summary>Removes what deleted rooms leave behind. A room is gone for everyone the moment it is marked; its messages may
/// be millions, so they go a chunk at a time, between which others take their turn to write. After a restart it goes on.</summary>
sealed partial class RoomPurge(IServiceScopeFactory scopes, ILogger<RoomPurge> logger) : BackgroundService
{
    internal const int ChunkRows = 500;

    readonly SemaphoreSlim _work = new(1); // one piece at the start: what the last run left

    /// <summary>A room has been marked as deleted.</summary>
    public void Begin() => _work.Release();

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _work.WaitAsync(stoppingToken);
            try
            {
                await PurgeAsync(stoppingToken);
            }
            catch (DbUpdateException e)
            {
                LogPutOff(e); // a full disk, say: the next deletion or start tries again
            }
            catch (System.Data.Common.DbException e)
            {
                LogPutOff(e);
            }
        }
    }

    async Task PurgeAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        foreach (var roomId in await db.Rooms.Where(r => r.DeletedAt != null).Select(r => r.Id).ToListAsync(ct))
        {
            while (await DeleteChunkAsync(db, roomId, ct))
            {
            }
        }
    }

    static async Task<bool> DeleteChunkAsync(ChatDb db, Guid roomId, CancellationToken ct)
    {
        await using var write = await db.BeginWriteAsync(ct);
        var messages = db.Messages.Where(m => m.RoomId == roomId);
        var first = await messages.OrderBy(m => m.Seq).Select(m => (long?)m.Seq).FirstOrDefaultAsync(ct);
        if (first is { } seq)
            await messages.Where(m => m.Seq < seq + ChunkRows).ExecuteDeleteAsync(ct); // without gaps, so that is a chunk
        else
        {
            await db.Memberships.Where(m => m.RoomId == roomId).ExecuteDeleteAsync(ct);
            await db.Tags.Where(t => t.RoomId == roomId).ExecuteDeleteAsync(ct);
            await db.Rooms.Where(r => r.Id == roomId).ExecuteDeleteAsync(ct);
        }
        await write.CommitAsync();
        return first is not null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Removing what deleted rooms left behind is put off")]
    partial void LogPutOff(Exception e);
}
