namespace SmallTalk.Stomp;

/// <summary>Stands before the handlers of destinations: answers in their place, or lets the frame through with <paramref name="next"/>.
/// It runs before the handler's parameters are bound, so what it refuses costs no parsing.</summary>
/// <param name="context">The frame and its connection.</param>
/// <param name="next">The next filter, or the handler.</param>
public delegate ValueTask<IStompResult?> StompFilter(StompContext context, StompHandler next);

/// <summary>What can still be said about destinations that were mapped.</summary>
public sealed class StompDestinationBuilder
{
    readonly StompRoute[] _routes;

    internal StompDestinationBuilder(params StompRoute[] routes) => _routes = routes;

    /// <summary>Adds a filter. The first one added is the first one asked; those of groups come before.</summary>
    public StompDestinationBuilder AddFilter(StompFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        foreach (var route in _routes)
            route.AddFilter(filter);
        return this;
    }

    /// <summary>Clients may subscribe with <c>ack:client</c> and <c>ack:client-individual</c>. The handler hears of it by
    /// <see cref="StompSubscription.OnSettled"/>; what a NACK means is its business. Without this a destination offers <c>auto</c> only,
    /// and another mode is refused, because an acknowledgement that nobody listens to would be a promise that nobody keeps.</summary>
    public StompDestinationBuilder WithAcknowledgements()
    {
        foreach (var route in _routes)
            route.OffersAcknowledgements = true;
        return this;
    }
}
