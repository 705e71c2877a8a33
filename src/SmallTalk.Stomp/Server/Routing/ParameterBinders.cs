using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp;

/// <summary>Gives one parameter of a handler its value. Made once a route; false means that the context holds the refusal.</summary>
abstract class ParameterBinder<T>
{
    public abstract bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value);
}

/// <summary>What a context has at hand.</summary>
sealed class ContextBinder<T>(Func<StompContext, T> read) : ParameterBinder<T>
{
    public override bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value)
    {
        value = read(context);
        return true;
    }
}

/// <summary>A value that doesn't parse, or isn't spelled as its type spells it (a blank, a plus, a leading zero, other case), names
/// nothing that exists: one thing has one destination (K19).</summary>
sealed class RouteValueBinder<T>(int parameter, ValueParser<T> parse) : ParameterBinder<T>
{
    public override bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value)
    {
        var spelled = context.RouteValueUtf8(parameter);
        if (parse(spelled, out value) && IsCanonical(value, spelled))
            return true;
        context.Refuse(StompRefusals.NoSuchDestination);
        return false;
    }

    static bool IsCanonical(T value, ReadOnlySpan<byte> spelled)
    {
        Span<byte> canonical = stackalloc byte[128];
        return value is not IUtf8SpanFormattable formattable
            || (formattable.TryFormat(canonical, out var length, default, CultureInfo.InvariantCulture) && canonical[..length].SequenceEqual(spelled));
    }
}

sealed class HeaderBinder<T>(byte[] name, ValueParser<T> parse, bool isOptional, T? absent) : ParameterBinder<T>
{
    public override bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value)
    {
        if (context.Frame.TryGetHeader(name, out var utf8))
        {
            if (parse(utf8, out value))
                return true;
        }
        else if (isOptional)
        {
            value = absent!;
            return true;
        }

        value = default;
        context.Refuse(StompRefusals.BadHeader);
        return false;
    }
}

sealed class SingletonBinder<T>(IServiceProvider root) : ParameterBinder<T> where T : class
{
    T? _service; // asked for late: at mapping time the application may still be starting

    public override bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value)
    {
        value = _service ??= root.GetRequiredService<T>();
        return true;
    }
}

sealed class ScopedBinder<T> : ParameterBinder<T> where T : notnull
{
    public override bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value)
    {
        value = context.Services.GetRequiredService<T>();
        return true;
    }
}

sealed class JsonBodyBinder<T>(JsonTypeInfo<T> type, bool isOptional) : ParameterBinder<T>
{
    public override bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value)
    {
        var body = context.Frame.Body.Span;
        T? read = default;
        try
        {
            if (!body.IsEmpty || !isOptional)
                read = JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            value = default;
            context.Refuse(StompRefusals.BadBody);
            return false;
        }

        value = read!; // null only where the handler says that it takes null
        if (read is not null || isOptional)
            return true;
        context.Refuse(StompRefusals.BadBody);
        return false;
    }
}

/// <summary>A parameter whose value may have to be waited for: prepared before the others are bound, then taken.</summary>
interface IAsyncBinder
{
    ValueTask<bool> PrepareAsync(StompContext context);
}

sealed class BindAsyncBinder<T>(MethodInfo method, int slot, bool isOptional) : ParameterBinder<T>, IAsyncBinder
{
    readonly Func<StompContext, ValueTask<T?>> _bind = method.CreateDelegate<Func<StompContext, ValueTask<T?>>>();

    public ValueTask<bool> PrepareAsync(StompContext context)
    {
        var bound = _bind(context);
        return bound.IsCompletedSuccessfully ? ValueTask.FromResult(Keep(context, bound.Result)) : AwaitAsync(context, bound);
    }

    public override bool TryBind(StompContext context, [MaybeNullWhen(false)] out T value)
    {
        value = (T)context.Prepared[slot]!;
        return true;
    }

    async ValueTask<bool> AwaitAsync(StompContext context, ValueTask<T?> bound) => Keep(context, await bound);

    bool Keep(StompContext context, T? value)
    {
        context.Prepared[slot] = value;
        if (context.Refusal is not null)
            return false;
        if (value is not null || isOptional)
            return true;
        context.Refuse(StompRefusals.NotAllowed);
        return false;
    }
}
