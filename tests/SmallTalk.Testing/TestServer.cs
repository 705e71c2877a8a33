using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data.Sqlite;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Testing;

/// <summary>A whole node in this process: real Kestrel on a free port, a real store of its own (<see cref="TestStore"/>). Limits are
/// raised, so that a test meets them only when it asks for them.</summary>
public sealed class TestServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly string _folder;
    readonly bool _ownsFolder;

    TestServer(WebApplication app, string folder, bool ownsFolder)
    {
        _app = app;
        _folder = folder;
        _ownsFolder = ownsFolder;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="settings">Configuration keys and values, such as <c>("SmallTalk:Limits:MessagesPerSecond", "5")</c>.</param>
    public static Task<TestServer> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(Directory.CreateTempSubdirectory("smalltalk-").FullName, ownsFolder: true, settings);

    /// <summary>With a clock that the test moves. Only what waits by it is affected: sockets and the store are real.</summary>
    public static Task<TestServer> StartAsync(TimeProvider clock, params (string Key, string Value)[] settings) =>
        StartAsync(Directory.CreateTempSubdirectory("smalltalk-").FullName, ownsFolder: true, settings, clock);

    /// <summary>On a data folder that outlives the server: for restarts.</summary>
    public static async Task<TestServer> StartOnAsync(string folder, params (string Key, string Value)[] settings)
    {
        await TestStore.PrepareAsync(folder);
        return await StartFreshAsync(folder, settings);
    }

    /// <summary>On a store of which nothing is prepared.</summary>
    public static Task<TestServer> StartFreshAsync(string folder, params (string Key, string Value)[] settings) =>
        StartAsync(folder, ownsFolder: false, settings);

    public string Folder => _folder;

    public string StorePath => TestStore.FileIn(_folder);

    public HttpClient CreateHttpClient() => new() { BaseAddress = Address };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        if (!TestStore.IsPostgres)
        {
            using var pooled = new SqliteConnection(SqliteStore.ConnectionString(_app.Services.GetRequiredService<IOptions<SmallTalkOptions>>().Value));
            SqliteConnection.ClearPool(pooled);
        }
        await _app.DisposeAsync();
        if (_ownsFolder)
            await TestStore.DeleteAsync(_folder);
    }

    static async Task<TestServer> StartAsync(
        string folder, bool ownsFolder, (string Key, string Value)[] settings, TimeProvider? clock = null)
    {
        (string Key, string Value)[] raised =
        [
            ("urls", "http://127.0.0.1:0"),
            ("SmallTalk:Data", folder),
            ("SmallTalk:StopDelay", "00:00:00"), // no load balancer to tell
            ("SmallTalk:Limits:MessagesPerSecond", "100000"),
            ("SmallTalk:Limits:MessageBurst", "100000"),
            ("SmallTalk:Limits:SignUpsPerHour", "100000"),
            ("SmallTalk:Limits:SignInsPerHour", "100000"),
            ("SmallTalk:Limits:RoomsPerHour", "100000"),
            ("SmallTalk:Limits:SearchesPerMinute", "1000000"),
            ("SmallTalk:Accounts:PasswordIterations", "1"),
            ("Logging:LogLevel:Default", "Warning"),
            ("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Warning"),
        ];
        if (ownsFolder)
            await TestStore.PrepareAsync(folder);
        var node = Server.Program.Build([.. raised.Concat(await TestStore.SettingsAsync(folder)).Concat(settings).Select(s => $"--{s.Key}={s.Value}")], clock);
        try
        {
            await node.StartAsync();
        }
        catch
        {
            await node.DisposeAsync(); // what it holds of its store
            throw;
        }
        return new TestServer(node, folder, ownsFolder);
    }
}
