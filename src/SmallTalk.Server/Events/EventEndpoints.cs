using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Events;

/// <summary>What concerns one person, and how the listed rooms move.</summary>
static class EventEndpoints
{
    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<UserEvents>();
        services.AddSingleton<RoomNewsLoop>();
        services.AddSingleton<IChangeListener>(provider => provider.GetRequiredService<RoomNewsLoop>());
        services.AddHostedService(provider => provider.GetRequiredService<RoomNewsLoop>());
        services.AddSingleton<Lobby>();
        services.AddSingleton<IChangeListener>(provider => provider.GetRequiredService<Lobby>());
        services.AddHostedService<LivePulse>();
    }

    public static void MapEvents(this IEndpointRouteBuilder app, StompRouteBuilder stomp)
    {
        var streams = app.ServiceProvider.GetRequiredService<RoomStreams>();
        streams.PeopleMoved += app.ServiceProvider.GetRequiredService<Lobby>().Moved;
        streams.TakenOut += app.ServiceProvider.GetRequiredService<RoomNewsLoop>().TakeOut;
        stomp.MapSubscribe(UserEvents.Destination, (StompSubscription subscription, CurrentUser me, UserEvents events) => events.Listen(me.Id, subscription));
        stomp.MapSubscribe(Lobby.Destination, (StompSubscription subscription, Lobby lobby) => lobby.Listen(subscription));
    }
}
