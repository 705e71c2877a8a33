using Npgsql;
using NpgsqlTypes;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Cluster;

/// <summary>What PostgreSQL says of a transaction when it was killed, or its line was cut, in the moment of the commit.</summary>
public sealed class ACommitThatWasNotAnswered
{
    [Fact]
    public async Task Counts_when_what_it_wrote_is_there_and_not_when_its_number_is_anothers_now()
    {
        await using var cluster = await TestCluster.StartAsync(count: 1);
        var minji = await cluster[0].SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await minji.PostAsync(room, "안녕", clientId: "mine");
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        var committed = await TransactionAsync("COMMIT");
        var rolledBack = await TransactionAsync("ROLLBACK");

        Assert.Equal("committed", await OutcomeAsync(committed, "mine", version: 1));
        Assert.Equal("committed", await OutcomeAsync(committed, null, version: 0)); // it only marked something as read
        Assert.Equal("another's", await OutcomeAsync(committed, "lost", version: 1));
        Assert.Equal("another's", await OutcomeAsync(committed, "mine", version: 2));
        Assert.Equal("aborted", await OutcomeAsync(rolledBack, "mine", version: 1));
        var unheardOf = await Assert.ThrowsAsync<PostgresException>(() => OutcomeAsync(committed + 1_000_000, "mine", version: 1));
        Assert.Equal(PostgresErrorCodes.InvalidParameterValue, unheardOf.SqlState);

        async Task<ulong> TransactionAsync(string end)
        {
            await using var begin = new NpgsqlCommand("BEGIN; SELECT pg_current_xact_id()", connection);
            var number = (ulong)(await begin.ExecuteScalarAsync())!;
            await using var command = new NpgsqlCommand(end, connection);
            await command.ExecuteNonQueryAsync();
            return number;
        }

        async Task<object?> OutcomeAsync(ulong transaction, string? clientId, long version)
        {
            var count = clientId is null ? 0 : 1;
            await using var command = new NpgsqlCommand(PostgresStatements.Outcome, connection);
            command.Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = transaction, NpgsqlDbType = NpgsqlDbType.Xid8 });
            command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. Enumerable.Repeat(room, count)] });
            command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. Enumerable.Repeat(1L, count)] });
            command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. Enumerable.Repeat(version, count)] });
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. Enumerable.Repeat(clientId ?? "", count)] });
            return await command.ExecuteScalarAsync();
        }
    }
}
