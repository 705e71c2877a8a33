using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace SmallTalk.Server.Data;

/// <summary>Whose turn it is to write. SQLite has one writer, and its own answer to a second one is to poll, which a busy
/// message log would starve for seconds; a queue in the process is fair and costs nothing. Waiters come in first come,
/// first served.</summary>
sealed class WriteTurn : IDisposable
{
    readonly SemaphoreSlim _turn = new(1, 1);

    public Task WaitAsync(CancellationToken ct) => _turn.WaitAsync(ct);

    public void Wait() => _turn.Wait();

    public void Release() => _turn.Release();

    public void Dispose() => _turn.Dispose();
}

/// <summary>Makes a forgotten <see cref="ChatDb.BeginWriteAsync"/> fail in the first test that runs it, not as a rare
/// 'database is locked' under load.</summary>
sealed class UnannouncedWrites : DbCommandInterceptor
{
    public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData data, InterceptionResult<int> result)
    {
        Check(command, data);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData data, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Check(command, data);
        return new(result);
    }

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command, CommandEventData data, InterceptionResult<DbDataReader> result)
    {
        Check(command, data);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData data, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Check(command, data);
        return new(result);
    }

    static void Check(DbCommand command, CommandEventData data)
    {
        var writes = data.CommandSource is CommandSource.SaveChanges or CommandSource.ExecuteUpdate or CommandSource.ExecuteDelete
            or CommandSource.ExecuteSqlRaw;
        if (writes && data.Context is ChatDb { IsWriting: false })
            throw new InvalidOperationException($"A write outside BeginWriteAsync: {command.CommandText}");
    }
}
