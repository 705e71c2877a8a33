using Microsoft.Extensions.Options;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Presence;

namespace SmallTalk.Server.Cluster;

/// <summary>Several nodes on one store that are one service to whoever uses it. Without NATS none of this is there.</summary>
static class ClusterSetup
{
    public static void AddCluster(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddChecked<NatsOptions>(NatsOptions.Section);
        var options = CheckedOptions.Read<NatsOptions>(configuration, NatsOptions.Section);
        if (options.Urls.Length == 0)
            return;
        if (CheckedOptions.Read<StoreOptions>(configuration, StoreOptions.Section).Provider != StoreProvider.PostgreSQL)
            throw new OptionsValidationException(NatsOptions.Section, typeof(NatsOptions),
                [$"{NatsOptions.Section}:{nameof(NatsOptions.Urls)} = '{options.Urls}': several nodes need one store, set {StoreOptions.Section}:{nameof(StoreOptions.Provider)} to PostgreSQL"]);
        services.AddSingleton<Bus>();
        services.AddHostedService(provider => provider.GetRequiredService<Bus>());
        services.AddSingleton<Nodes>();
        services.AddHostedService(provider => provider.GetRequiredService<Nodes>());
        services.AddSingleton<StoreCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreCheck>());
    }

    /// <summary>Who hears what the other nodes tell.</summary>
    public static void UseCluster(this IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        if (services.GetService<Nodes>() is not { } nodes)
            return;
        var (streams, delivery) = (services.GetRequiredService<RoomStreams>(), services.GetRequiredService<Delivery>());
        streams.ElsewhereChanged += delivery.DeliverElsewhere;
        nodes.Renamed += renamed => delivery.RenamedHere(renamed.UserId, renamed.Nickname);
        nodes.SessionsEnded += services.GetRequiredService<LiveSessions>().EndHere;
        var lobby = services.GetRequiredService<Lobby>();
        nodes.RoomsMoved += rooms =>
        {
            foreach (var roomId in rooms)
                lobby.MovedHere(roomId);
        };
        nodes.ShareMoved += moved =>
        {
            foreach (var id in moved)
                streams.MarkHere(id);
        };
        nodes.Lost += services.GetRequiredService<WhoIsOnline>().Lost;
        services.GetRequiredService<StoreCheck>().Begin();
    }
}
