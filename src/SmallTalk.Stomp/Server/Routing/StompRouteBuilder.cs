using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace SmallTalk.Stomp;

/// <summary>Maps destinations to handlers, as minimal APIs map paths.
/// <para>The parameters of a handler are bound by what they are: <see cref="StompContext"/>, <see cref="StompConnection"/>,
/// <see cref="StompFrame"/>, <see cref="StompSubscription"/> (in <see cref="MapSubscribe(string, Delegate)"/>),
/// <see cref="System.Security.Claims.ClaimsPrincipal"/>, <see cref="CancellationToken"/>; a type with a method
/// <c>static ValueTask&lt;T?&gt; BindAsync(StompContext)</c>; a parameter of the route, by its name; a header, by
/// <c>[FromHeader(Name = "…")]</c> or <see cref="StompHeaderAttribute"/>; a service; else, one at most, the JSON body. A body, header or route
/// value that can't be read is refused before the handler runs.</para>
/// <para>A handler returns nothing or an <see cref="IStompResult"/>, now or as a Task or ValueTask. Handlers of one connection run one
/// after the other, in the order of its frames.</para></summary>
public sealed class StompRouteBuilder
{
    const string Reflects = "The handler's parameters are read by reflection and bound by generated code; use the overload with a StompHandler when trimmed or compiled ahead of time.";

    readonly IServiceProvider _services;

    internal StompRouteBuilder(IServiceProvider services, StompOptions options) => (_services, Options) = (services, options);

    internal StompOptions Options { get; }

    internal JsonSerializerOptions? BodyOptions { get; set; } // made by the first handler that has a body

    internal RouteTable Sends { get; } = new();

    internal RouteTable Subscribes { get; } = new();

    /// <summary>SEND frames to a destination.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public void MapSend([StringSyntax("Route")] string destination, Delegate handler)
    {
        var template = RouteTemplate.Parse(destination);
        Sends.Add(new StompRoute(template, new HandlerBinder(template, handler, isSubscribe: false, _services, this).Build()));
    }

    /// <summary>SEND frames to a destination, without reflection.</summary>
    public void MapSend([StringSyntax("Route")] string destination, StompHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Sends.Add(new StompRoute(RouteTemplate.Parse(destination), handler));
    }

    /// <summary>SUBSCRIBE frames to a destination. The subscription is live, and its RECEIPT goes out, when the handler has
    /// returned; what the handler sends before comes before.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public void MapSubscribe([StringSyntax("Route")] string destination, Delegate handler)
    {
        var template = RouteTemplate.Parse(destination);
        Subscribes.Add(new StompRoute(template, new HandlerBinder(template, handler, isSubscribe: true, _services, this).Build()));
    }

    /// <summary>SUBSCRIBE frames to a destination, without reflection.</summary>
    public void MapSubscribe([StringSyntax("Route")] string destination, StompHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Subscribes.Add(new StompRoute(RouteTemplate.Parse(destination), handler));
    }
}
