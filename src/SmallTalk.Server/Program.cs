using SmallTalk.Server.Accounts;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Categories;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Data;
using SmallTalk.Server.Demo;
using SmallTalk.Server.Events;
using SmallTalk.Server.Friends;
using SmallTalk.Server.History;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Presence;
using SmallTalk.Server.Rooms;
using SmallTalk.Stomp;

namespace SmallTalk.Server;

/// <summary>The table of contents: what this program is made of, one line a feature.</summary>
static class Program
{
    static readonly Dictionary<string, string> Switches = new(StringComparer.Ordinal)
    {
        ["--data"] = $"{SmallTalkOptions.Section}:{nameof(SmallTalkOptions.Data)}",
        ["--demo"] = $"{SmallTalkOptions.Section}:{nameof(SmallTalkOptions.Demo)}",
    };

    public static WebApplication Build(string[] args, TimeProvider? clock = null)
    {
        var builder = CreateBuilder(args);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 256 * 1024); // JSON; what takes files says so itself
        builder.Services.AddChecked<SmallTalkOptions>(SmallTalkOptions.Section);
        builder.Services.AddChecked<LimitOptions>(LimitOptions.Section);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.AddTelemetry();
        builder.Services.AddStore(builder.Configuration);
        builder.Services.AddCluster(builder.Configuration);
        builder.Services.AddProblems();
        builder.Services.AddLiveConnections();
        builder.Services.AddAccounts();
        builder.Services.AddCategories();
        builder.Services.AddRooms();
        builder.Services.AddFriends();
        builder.Services.AddMessages();
        builder.Services.AddEvents();
        builder.Services.AddPresence();
        builder.Services.AddHistory();
        builder.Services.AddDemo(); // after all whose start prepares what it fills
        builder.Services.ConfigureHttpJsonOptions(json => WireJson.Apply(json.SerializerOptions));
        builder.Services.AddApiReference();
        builder.Services.AddNodeHealth();

        // Until the node has started, Main tells what went wrong, in one line where that is enough.
        var hasStarted = false;
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => hasStarted && level >= LogLevel.Information);

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => hasStarted = true);
        app.UseCluster();
        app.UseProxies();
        app.UseProblems();
        app.UseAccounts();
        app.UseWebClient();
        app.UseApiReference();
        app.MapApiReference();
        app.MapNodeHealth();
        app.MapAccounts();
        app.MapCategories();
        app.MapRooms();
        app.MapMembers();
        app.MapFriends();
        app.MapHistory();
        app.MapStomp("/ws", stomp =>
        {
            app.MapMessages(stomp);
            app.MapEvents(stomp);
        });
        return app;
    }

    /// <summary>With the configuration and nothing else.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddCommandLine([.. args.Select(arg => arg == "--demo" ? "--demo=true" : arg)], Switches);
        return builder;
    }

    static async Task<int> Main(string[] args)
    {
        if (await BackupCommand.TryRunAsync(args) is { } code)
            return code;
        WebApplication app;
        try
        {
            app = Build(args);
            await app.StartAsync();
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } line)
        {
            await Console.Error.WriteLineAsync(line);
            return 2;
        }
        await using (app)
        {
            Console.WriteLine($"SmallTalk is ready. Open {string.Join(" or ", app.Urls)}  ({app.Services.GetRequiredService<Store>().Place}, stop: Ctrl+C)");
            app.Lifetime.ApplicationStopping.Register(() => _ = Draining.EndAnywayAsync());
            await app.WaitForShutdownAsync();
        }
        return 0;
    }
}
