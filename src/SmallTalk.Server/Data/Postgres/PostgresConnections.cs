using Microsoft.Extensions.Options;
using Npgsql;

namespace SmallTalk.Server.Data.Postgres;

/// <summary>The node's two pools of connections: what the operator wrote, with what the promises need. The log's plans are made once and
/// always go by index: its statements are few, and tables that were empty a minute ago must not leave it a plan for empty tables. A
/// node that is stopped in the middle of a batch loses its locks after seconds, so that others go on.</summary>
sealed class PostgresConnections : IAsyncDisposable
{
    const int Connections = 40; // unless the operator says otherwise; a server takes 100 of its own accord

    PostgresConnections(NpgsqlConnectionStringBuilder ordinary, int lanes)
    {
        Lanes = lanes;
        Place = $"PostgreSQL {ordinary.Host}:{ordinary.Port}/{ordinary.Database}";
        Ordinary = NpgsqlDataSource.Create(ordinary);
        Log = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ordinary.ConnectionString)
        {
            MaxPoolSize = lanes,
            MinPoolSize = 0,
            MaxAutoPrepare = 30,
            AutoPrepareMinUsages = 1,
            CommandTimeout = 10,
            Options = ordinary.Options + " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
                + " -c idle_in_transaction_session_timeout=5000",
        });
    }

    public int Lanes { get; }

    /// <summary>Without the password.</summary>
    public string Place { get; }

    /// <summary>The features'.</summary>
    public NpgsqlDataSource Ordinary { get; }

    /// <summary>The message log's.</summary>
    public NpgsqlDataSource Log { get; }

    public static PostgresConnections Of(StoreOptions options)
    {
        const string key = $"{StoreOptions.Section}:{nameof(StoreOptions.ConnectionString)}";
        const string allowed = "allowed is Host=…;Database=…;Username=…;Password=…"; // the value is not repeated: it has a password
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
            throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions), [$"{key} = '': {allowed}"]);
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            if (string.IsNullOrEmpty(builder.Host) || string.IsNullOrEmpty(builder.Database))
                throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions), [$"{key}: {allowed} (Host and Database are needed)"]);
            builder.ApplicationName ??= "SmallTalk";
            if (!builder.ShouldSerialize("Maximum Pool Size"))
                builder.MaxPoolSize = Connections;
            if (builder.KeepAlive == 0)
                builder.KeepAlive = 10; // finds a server that vanished
            builder.Options = $"-c synchronous_commit=on -c jit=off {builder.Options}".TrimEnd();
            return new PostgresConnections(builder, options.LogLanes);
        }
        catch (ArgumentException e)
        {
            throw new OptionsValidationException(StoreOptions.Section, typeof(StoreOptions), [$"{key}: {allowed} ({e.Message})"]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Ordinary.DisposeAsync();
    }
}
