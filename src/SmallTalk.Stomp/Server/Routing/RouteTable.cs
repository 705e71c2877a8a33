namespace SmallTalk.Stomp;

/// <summary>Handles one frame. Made from any delegate by <see cref="StompRouteBuilder"/>, or written by hand.</summary>
/// <returns>Null when accepted; see <see cref="StompResult"/>.</returns>
public delegate ValueTask<IStompResult?> StompHandler(StompContext context);

sealed record StompRoute(RouteTemplate Template, StompHandler Handler);

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

    public bool Contains(RouteTemplate template) => Array.Exists(_routes, other => other.Template.IsSameAs(template));

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
