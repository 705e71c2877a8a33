using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Tests;

/// <summary>How SQLite means to run a query, a step a line.</summary>
static class QueryPlan
{
    public static async Task<string> OfAsync(ChatDb db, IQueryable query)
    {
        await db.Database.OpenConnectionAsync();
        await using var command = query.CreateDbCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
        await using var steps = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await steps.ReadAsync())
            plan.Add(steps.GetString(3));
        return string.Join('\n', plan);
    }
}
