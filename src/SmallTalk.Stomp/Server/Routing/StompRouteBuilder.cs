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

    readonly StompRouteBuilder? _root;
    readonly StompRouteGroup? _group;
    JsonSerializerOptions? _bodyOptions;

    internal StompRouteBuilder(IServiceProvider services, StompOptions options) =>
        (Services, Options, Sends, Subscribes) = (services, options, new RouteTable(), new RouteTable());

    StompRouteBuilder(StompRouteBuilder root, StompRouteGroup group) =>
        (Services, Options, Sends, Subscribes, _root, _group) = (root.Services, root.Options, root.Sends, root.Subscribes, root, group);

    internal IServiceProvider Services { get; }

    internal StompOptions Options { get; }

    internal JsonSerializerOptions? BodyOptions // made by the first handler that has a body
    {
        get => _root is null ? _bodyOptions : _root.BodyOptions;
        set => _ = _root is null ? _bodyOptions = value : _root.BodyOptions = value;
    }

    internal RouteTable Sends { get; }

    internal RouteTable Subscribes { get; }

    /// <summary>Some destination takes part in transactions.</summary>
    internal bool OffersTransactions { get; set; }

    /// <summary>A group of destinations that begin alike and share filters: <c>stomp.MapGroup("/app/rooms/{roomId}")</c>.</summary>
    public StompRouteBuilder MapGroup([StringSyntax("Route")] string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return new StompRouteBuilder(_root ?? this, new StompRouteGroup(_group, _group?.Prefix + prefix));
    }

    /// <summary>Adds a filter to every destination of this group, also to those that were mapped before.</summary>
    public StompRouteBuilder AddFilter(StompFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (_group is null)
            throw new InvalidOperationException("Filters belong to a destination or to a group: stomp.MapGroup(\"/app\").AddFilter(…).");
        _group.Filters.Add(filter);
        return this;
    }

    /// <summary>All is mapped.</summary>
    internal void Seal()
    {
        Sends.Seal();
        Subscribes.Seal();
    }

    /// <summary>SEND frames to a destination.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public StompDestinationBuilder MapSend([StringSyntax("Route")] string destination, Delegate handler)
    {
        var template = Parse(destination);
        return Add(Sends, template, new HandlerBinder(template, handler, isSubscribe: false, Services, this).Build());
    }

    /// <summary>SEND frames to a destination, without reflection.</summary>
    public StompDestinationBuilder MapSend([StringSyntax("Route")] string destination, StompHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(Sends, Parse(destination), handler);
    }

    /// <summary>SUBSCRIBE frames to a destination. The subscription is live, and its RECEIPT goes out, when the handler has
    /// returned; what the handler sends before comes before.</summary>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public StompDestinationBuilder MapSubscribe([StringSyntax("Route")] string destination, Delegate handler)
    {
        var template = Parse(destination);
        return Add(Subscribes, template, new HandlerBinder(template, handler, isSubscribe: true, Services, this).Build());
    }

    /// <summary>SUBSCRIBE frames to a destination, without reflection.</summary>
    public StompDestinationBuilder MapSubscribe([StringSyntax("Route")] string destination, StompHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(Subscribes, Parse(destination), handler);
    }

    internal static StompDestinationBuilder Add(RouteTable table, params ReadOnlySpan<StompRoute> routes)
    {
        foreach (var route in routes)
            table.Add(route);
        return new StompDestinationBuilder([.. routes]);
    }

    internal StompRoute Below(string prefix, StompHandler handler, bool isTransactional = false) =>
        new(RouteTemplate.Below(_group?.Prefix + prefix), handler, _group) { IsTransactional = isTransactional };

    RouteTemplate Parse(string destination) => RouteTemplate.Parse(_group?.Prefix + destination);

    StompDestinationBuilder Add(RouteTable table, RouteTemplate template, StompHandler handler) =>
        Add(table, new StompRoute(template, handler, _group));
}
