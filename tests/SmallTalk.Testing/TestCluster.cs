using SmallTalk.Server.Data;

namespace SmallTalk.Testing;

/// <summary>Nodes in this process that are one service: on one PostgreSQL, told of each other by a NATS of their own.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    static readonly Lazy<Task<string>> Empty = new(async () =>
    {
        var database = NewName();
        var postgres = await TestPostgres.Running;
        await postgres.CreateAsync(database, template: null);
        await using var node = await StartNodeAsync(database, "");
        return database;
    });

    readonly string _database;
    readonly List<TestServer> _nodes = [];

    TestCluster(string database, TestNats nats) => (_database, Nats) = (database, nats);

    public TestNats Nats { get; }

    public TestServer this[int node] => _nodes[node];

    public string ConnectionString { get; private set; } = "";

    /// <param name="count">Of nodes.</param>
    /// <param name="lineOf">The addresses that each node knows NATS by, where the test plays with its line.</param>
    public static async Task<TestCluster> StartAsync(int count = 2, Func<int, TestNats, string>? lineOf = null)
    {
        var database = NewName();
        var postgres = await TestPostgres.Running;
        await postgres.CreateAsync(database, await Empty.Value);
        var cluster = new TestCluster(database, await TestNats.StartAsync()) { ConnectionString = postgres.ConnectionString(database) };
        for (var node = 0; node < count; node++)
            cluster._nodes.Add(await StartNodeAsync(database, lineOf?.Invoke(node, cluster.Nats) ?? cluster.Nats.Url));
        return cluster;
    }

    /// <summary>One more comes.</summary>
    public async Task<TestServer> AddAsync()
    {
        _nodes.Add(await StartNodeAsync(_database, Nats.Url));
        return _nodes[^1];
    }

    /// <summary>One of them stops in order.</summary>
    public async Task StopAsync(int node)
    {
        var stopped = _nodes[node];
        _nodes.RemoveAt(node);
        await stopped.DisposeAsync();
        Directory.Delete(stopped.Folder, recursive: true);
    }

    public async ValueTask DisposeAsync()
    {
        while (_nodes.Count > 0)
            await StopAsync(_nodes.Count - 1);
        await Nats.DisposeAsync();
        await (await TestPostgres.Running).DropAsync(_database);
    }

    static string NewName() => $"cluster-{Guid.NewGuid():n}";

    static async Task<TestServer> StartNodeAsync(string database, string nats) => await TestServer.StartFreshAsync(
        Directory.CreateTempSubdirectory("smalltalk-").FullName,
        ("SmallTalk:Store:Provider", nameof(StoreProvider.PostgreSQL)),
        ("SmallTalk:Store:ConnectionString", (await TestPostgres.Running).ConnectionString(database)),
        ("SmallTalk:Nats:Urls", nats));
}
