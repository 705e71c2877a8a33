using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests;

/// <summary>How the store means to run a query, a step a line. PostgreSQL, which would read tables as small as a test's whole, is asked how
/// it would do it by indexes alone and without sorting, if it can.</summary>
static class QueryPlan
{
    public static async Task<string> OfAsync(ChatDb db, IQueryable query)
    {
        await db.Database.OpenConnectionAsync();
        await using var command = query.CreateDbCommand();
        return await OfAsync(command);
    }

    /// <param name="db">The store.</param>
    /// <param name="sql">With {0}, {1} … where the values go.</param>
    /// <param name="values">The values.</param>
    public static async Task<string> OfAsync(ChatDb db, string sql, object[] values)
    {
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        foreach (var (i, value) in values.Index())
        {
            if (!sql.Contains($"{{{i}}}", StringComparison.Ordinal))
                continue;
            sql = sql.Replace($"{{{i}}}", $"@p{i}", StringComparison.Ordinal);
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", value);
            command.Parameters.Add(parameter);
        }
        command.CommandText = sql;
        return await OfAsync(command);
    }

    static async Task<string> OfAsync(DbCommand command)
    {
        command.CommandText = TestStore.IsPostgres
            ? "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; EXPLAIN " + command.CommandText
            : "EXPLAIN QUERY PLAN " + command.CommandText;
        await using var steps = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await steps.ReadAsync())
            plan.Add(steps.GetString(TestStore.IsPostgres ? 0 : 3));
        return string.Join('\n', plan);
    }
}
