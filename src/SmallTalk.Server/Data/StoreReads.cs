using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore.Diagnostics;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Data;

/// <summary>How often the store is read: each statement that asks for rows counts once, by whichever way it goes there. What must not
/// grow with the number of clients shows here, to operators and to the tests.</summary>
sealed class StoreReads : DbCommandInterceptor
{
    public const string CounterName = "smalltalk.store.reads";

    readonly Counter<long> _reads;

    public StoreReads(IMeterFactory meters) =>
        _reads = meters.Create(Telemetry.Name).CreateCounter<long>(CounterName, "{statement}", "Statements that read from the store.");

    public void Add() => _reads.Add(1);

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        if (eventData.CommandSource != CommandSource.SaveChanges)
            Add();
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(ReaderExecuting(command, eventData, result));
}
