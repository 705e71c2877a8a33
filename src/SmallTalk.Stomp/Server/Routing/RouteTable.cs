namespace SmallTalk.Stomp;

/// <summary>Handles one frame. Made from any delegate by <see cref="StompRouteBuilder"/>, or written by hand.</summary>
/// <returns>Null when accepted; see <see cref="StompResult"/>.</returns>
public delegate ValueTask<IStompResult?> StompHandler(StompContext context);

/// <summary>A template and who handles what it matches, filters included.</summary>
sealed class StompRoute(RouteTemplate template, StompHandler handler, StompRouteGroup? group = null)
{
    readonly List<StompFilter> _filters = [];

    public RouteTemplate Template => template;

    public StompHandler Handler { get; private set; } = handler;

    public bool OffersAcknowledgements { get; set; }

    /// <summary>Its SENDs may be part of a transaction: the handler only adds a step to <see cref="StompContext.Transaction"/>.</summary>
    public bool IsTransactional { get; init; }

    public void AddFilter(StompFilter filter) => _filters.Add(filter);

    /// <summary>When all is mapped: puts the filters, its groups' first, around the handler.</summary>
    public void Seal()
    {
        for (var i = _filters.Count - 1; i >= 0; i--)
            Handler = Around(_filters[i], Handler);
        for (var outer = group; outer is not null; outer = outer.Parent)
        {
            for (var i = outer.Filters.Count - 1; i >= 0; i--)
                Handler = Around(outer.Filters[i], Handler);
        }
    }

    static StompHandler Around(StompFilter filter, StompHandler next) => context => filter(context, next);
}

/// <summary>Destinations with a common beginning and common filters.</summary>
sealed record StompRouteGroup(StompRouteGroup? Parent, string Prefix)
{
    public List<StompFilter> Filters { get; } = [];
}

/// <summary>The routes of one kind of frame, the most literal first.</summary>
sealed class RouteTable
{
    StompRoute[] _routes = [];

    public void Add(StompRoute route)
    {
        if (Array.Find(_routes, other => other.Template.IsSameAs(route.Template)) is { } same)
            throw new ArgumentException($"The destinations '{same.Template.Text}' and '{route.Template.Text}' are the same.", nameof(route));
        _routes = [.. _routes.Append(route).OrderByDescending(r => r.Template.LiteralSegments)];
    }

    public void Seal()
    {
        foreach (var route in _routes)
            route.Seal();
    }

    public StompRoute? Match(ReadOnlySpan<byte> destination, ref RouteValues values)
    {
        foreach (var route in _routes)
        {
            if (route.Template.TryMatch(destination, ref values))
                return route;
        }

        return null;
    }
}
