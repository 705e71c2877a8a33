using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp;

/// <summary>One SEND or SUBSCRIBE on its way to its handler.</summary>
public sealed class StompContext
{
    readonly IServiceProvider _rootServices;
    readonly RouteTemplate _template;
    readonly RouteValues _routeValues;
    AsyncServiceScope? _scope;

    internal StompContext(
        StompConnection connection, StompFrame frame, StompSubscription? subscription, RouteTemplate template, in RouteValues routeValues,
        IServiceProvider rootServices)
    {
        Connection = connection;
        Frame = frame;
        Subscription = subscription;
        subscription?.Template = template.Text;
        _template = template;
        _routeValues = routeValues;
        _rootServices = rootServices;
    }

    /// <summary>Who sent it.</summary>
    public StompConnection Connection { get; }

    /// <summary>The frame; readable until the handler returns.</summary>
    public StompFrame Frame { get; }

    /// <summary>The subscription that SUBSCRIBE asks for; null for a SEND.</summary>
    public StompSubscription? Subscription { get; }

    /// <summary>Cancelled when the connection had to be cut while the handler still ran. The client's mere going away doesn't: what
    /// was received before is still processed ("DISCONNECT", "Connection Lingering").</summary>
    public CancellationToken Aborted => Connection.Aborted;

    /// <summary>The services, in a scope of this frame that is made when it is first asked for.</summary>
    public IServiceProvider Services => (_scope ??= _rootServices.CreateAsyncScope()).ServiceProvider;

    internal IStompRefusal? Refusal { get; private set; }

    internal StompTelemetry.Handling? Handling { get; set; }

    /// <summary>The template of the route, for example <c>/app/rooms/{roomId}</c>.</summary>
    public string Template => _template.Text;

    /// <summary>What this SEND is part of; null: nothing.</summary>
    internal Transaction? Transaction { get; init; }

    internal object?[] Prepared { get; set; } = [];

    /// <summary>The value of a route parameter, or null when the route has none of that name.</summary>
    public string? RouteValue(string name)
    {
        for (var i = 0; i < _template.Parameters.Count; i++)
        {
            if (_template.Parameters[i] == name)
                return Encoding.UTF8.GetString(RouteValueUtf8(i));
        }

        return null;
    }

    /// <summary>For a <c>BindAsync</c>: says why it returns null.</summary>
    public void Refuse(IStompRefusal refusal) => Refusal = refusal;

    internal ReadOnlySpan<byte> RouteValueUtf8(int parameter)
    {
        Frame.TryGetHeader(HeaderNames.Destination, out var destination);
        return destination.Slice(_routeValues[parameter].Start, _routeValues[parameter].Length);
    }

    internal bool HasScope => _scope is not null;

    internal ValueTask EndScopeAsync() => _scope?.DisposeAsync() ?? default;
}
