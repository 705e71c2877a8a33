using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Data.Postgres;

/// <summary>A PostgreSQL server that several nodes share. Each commit is flushed to its disk before it is answered, whatever the server's
/// own setting.</summary>
sealed class PostgresStore(PostgresConnections connections) : Store
{
    const int OldestVersion = 14;

    /// <summary>Any number that no other program on the same database takes for its own.</summary>
    const long StartLock = 0x536D616C6C54616C; // "SmallTal"

    public static void Add(IServiceCollection services, StoreOptions options)
    {
        var connections = PostgresConnections.Of(options);
        services.AddSingleton(_ => connections); // the container's, so that it is disposed
        services.AddSingleton<Store, PostgresStore>();
        services.AddDbContext<ChatDb, PostgresDb>((provider, db) =>
            Configure(db, o => o.UseNpgsql(provider.GetRequiredService<PostgresConnections>().Ordinary))
                .AddInterceptors(provider.GetRequiredService<StoreReads>()));
    }

    public static DbContextOptionsBuilder Configure(DbContextOptionsBuilder options, Func<DbContextOptionsBuilder, DbContextOptionsBuilder> use) =>
        use(options).UseSnakeCaseNamingConvention().AddInterceptors(new UnannouncedWrites());

    public override string Place => $"store: {connections.Place}";

    public override async Task<IAsyncDisposable?> ReserveAsync(CancellationToken ct)
    {
        var connection = connections.Ordinary.CreateConnection();
        await connection.OpenAsync(ct);
        if (connection.PostgreSqlVersion.Major < OldestVersion)
            throw Unfit($"PostgreSQL {OldestVersion} or newer is needed, this is {connection.PostgreSqlVersion}");
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 0; // as long as another node prepares it
        command.CommandText = "SHOW server_encoding";
        if (await command.ExecuteScalarAsync(ct) is string encoding and not "UTF8")
            throw Unfit($"the database's encoding must be UTF8, this is {encoding}");
        command.CommandText = $"SELECT pg_advisory_lock({StartLock})";
        await command.ExecuteNonQueryAsync(ct);
        return new Reservation(connection);
    }

    public override async Task RefuseNodesAsync(CancellationToken ct)
    {
        await using var connection = connections.Ordinary.CreateConnection();
        await connection.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()
                AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = {StartLock})
            """;
        if (await command.ExecuteScalarAsync(ct) is > 0L)
            throw new ContentFault($"{Place}: a node is at work on it");
    }

    public override StoreContent OpenContent()
    {
        var connection = connections.Ordinary.CreateConnection();
        connection.Open();
        return new PostgresContent(connection);
    }

    static OptionsValidationException Unfit(string line) =>
        new(StoreOptions.Section, typeof(StoreOptions), [$"{StoreOptions.Section}:ConnectionString: {line}"]);

    public override string? Explain(Exception failure) =>
        failure is NpgsqlException ? $"{StoreOptions.Section}:ConnectionString ({connections.Place}): {failure.Message}" : null;

    public override IReadOnlyList<LogWriter> OpenLog(IServiceProvider services) =>
        [.. Enumerable.Range(0, connections.Lanes).Select(_ => ActivatorUtilities.CreateInstance<PostgresLogWriter>(services, connections.Log))];

    sealed class Reservation(NpgsqlConnection connection) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using (connection)
            await using (var command = connection.CreateCommand())
            {
                command.CommandText = $"SELECT pg_advisory_unlock({StartLock})";
                if (connection.State == System.Data.ConnectionState.Open) // else the server has let go of it already
                    await command.ExecuteNonQueryAsync();
            }
        }
    }
}
