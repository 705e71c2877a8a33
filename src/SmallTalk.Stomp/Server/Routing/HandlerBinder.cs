using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp;

/// <summary>Turns any delegate into a <see cref="StompHandler"/>, once, when its route is mapped. What is left for a frame is one compiled
/// delegate that asks a binder for each parameter and calls the handler. A handler that can't be bound stops the start.</summary>
[RequiresUnreferencedCode("Reads the handler's parameters.")]
[RequiresDynamicCode("Compiles the call of the handler.")]
sealed class HandlerBinder(
    RouteTemplate template, Delegate handler, bool isSubscribe, IServiceProvider services, StompRouteBuilder routes)
{
    readonly NullabilityInfoContext _nullability = new(); // not thread-safe, and several servers may start at once

    readonly List<IAsyncBinder> _asyncBinders = [];
    ParameterInfo? _body;

    public StompHandler Build()
    {
        var context = Expression.Parameter(typeof(StompContext), "context");
        var end = Expression.Label(typeof(ValueTask<IStompResult?>));
        var refused = Expression.Return(end, Expression.Call(typeof(HandlerResults), nameof(HandlerResults.Refused), null, context));
        var variables = new List<ParameterExpression>();
        var steps = new List<Expression>();
        foreach (var parameter in handler.Method.GetParameters())
        {
            var variable = Expression.Variable(parameter.ParameterType, parameter.Name);
            variables.Add(variable);
            var binder = Binder(parameter);
            steps.Add(Expression.IfThen(
                Expression.Not(Expression.Call(
                    Expression.Constant(binder), nameof(ParameterBinder<>.TryBind), null, context, variable)),
                refused));
        }

        // Invoke, not Call: a lambda's method belongs to its closure, and a delegate may be made of anything.
        var call = Expression.Invoke(Expression.Constant(handler), variables);
        steps.Add(Expression.Return(end, Result(call)));
        steps.Add(Expression.Label(end, Expression.Default(typeof(ValueTask<IStompResult?>))));
        var bound = Expression.Lambda<Func<StompContext, ValueTask<IStompResult?>>>(Expression.Block(variables, steps), context).Compile();
        if (_asyncBinders.Count == 0)
            return new StompHandler(bound);
        var prepared = new PreparedHandler([.. _asyncBinders], bound);
        return prepared.HandleAsync;
    }

    /// <summary>Runs the binders that may wait, then the handler.</summary>
    sealed class PreparedHandler(IAsyncBinder[] binders, Func<StompContext, ValueTask<IStompResult?>> handler)
    {
        public async ValueTask<IStompResult?> HandleAsync(StompContext context)
        {
            context.Prepared = new object?[binders.Length];
            foreach (var binder in binders)
            {
                if (!await binder.PrepareAsync(context))
                    return context.Refusal;
            }

            return await handler(context);
        }
    }

    object Binder(ParameterInfo parameter) =>
        typeof(HandlerBinder).GetMethod(nameof(BinderOf), BindingFlags.NonPublic | BindingFlags.Instance)!
            .MakeGenericMethod(parameter.ParameterType)
            .Invoke(this, BindingFlags.DoNotWrapExceptions, null, [parameter], null)!;

    ParameterBinder<T> BinderOf<T>(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttributes().OfType<IFromHeaderMetadata>().FirstOrDefault() is { } header)
        {
            var parser = ValueParsers.For<T>() ?? throw Unbindable(parameter, "a header can't be parsed as this type");
            var hasDefault = parameter.HasDefaultValue;
            return new HeaderBinder<T>(Encoding.UTF8.GetBytes(header.Name ?? parameter.Name!), parser,
                hasDefault || IsNullable(parameter), hasDefault && parameter.DefaultValue is T value ? value : default);
        }

        if (isSubscribe && typeof(T) == typeof(StompSubscription))
            return (ParameterBinder<T>)(object)new ContextBinder<StompSubscription>(static context => context.Subscription!);
        if (Special<T>() is { } special)
            return new ContextBinder<T>(special);
        if (typeof(T) == typeof(StompSubscription))
            throw Unbindable(parameter, "only a SUBSCRIBE has a subscription");
        if (BindAsyncOf(typeof(T)) is { } bind)
        {
            var binder = new BindAsyncBinder<T>(bind, _asyncBinders.Count, IsNullable(parameter));
            _asyncBinders.Add(binder);
            return binder;
        }

        var routeParameter = template.Parameters.ToList().IndexOf(parameter.Name!);
        if (routeParameter >= 0)
            return new RouteValueBinder<T>(routeParameter, ValueParsers.For<T>() ?? throw Unbindable(parameter, "a route value can't be parsed as this type"));
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(T)) == true)
        {
            var isSingleton = !typeof(T).IsValueType && services.GetService<ServiceCatalog>()?.IsSingleton(typeof(T)) == true;
            return (ParameterBinder<T>)(isSingleton
                ? Activator.CreateInstance(typeof(SingletonBinder<>).MakeGenericType(typeof(T)), services)!
                : Activator.CreateInstance(typeof(ScopedBinder<>).MakeGenericType(typeof(T)))!);
        }

        if (ValueParsers.For<T>() is not null)
            throw Unbindable(parameter, "it is no parameter of the route, and a header needs its attribute");
        if (isSubscribe)
            throw Unbindable(parameter, "a SUBSCRIBE has no body, and no such service is registered");
        if (_body is not null)
            throw Unbindable(parameter, $"the body is already '{_body.Name}', and no such service is registered");
        _body = parameter;
        return new JsonBodyBinder<T>((JsonTypeInfo<T>)BodyOptions().GetTypeInfo(typeof(T)), IsNullable(parameter));
    }

    static Func<StompContext, T>? Special<T>()
    {
        object? read = null;
        if (typeof(T) == typeof(StompContext))
            read = static (StompContext context) => context;
        else if (typeof(T) == typeof(StompConnection))
            read = static (StompContext context) => context.Connection;
        else if (typeof(T) == typeof(StompFrame))
            read = static (StompContext context) => context.Frame;
        else if (typeof(T) == typeof(ClaimsPrincipal))
            read = static (StompContext context) => context.Connection.Principal;
        else if (typeof(T) == typeof(CancellationToken))
            read = static (StompContext context) => context.Aborted;
        return (Func<StompContext, T>?)read;
    }

    static MethodInfo? BindAsyncOf(Type type) =>
        type.GetMethod("BindAsync", BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy, [typeof(StompContext)]) is { } method
        && method.ReturnType == typeof(ValueTask<>).MakeGenericType(type) ? method : null;

    bool IsNullable(ParameterInfo parameter) =>
        Nullable.GetUnderlyingType(parameter.ParameterType) is not null
        || (!parameter.ParameterType.IsValueType && _nullability.Create(parameter).WriteState == NullabilityState.Nullable);

    JsonSerializerOptions BodyOptions()
    {
        var json = routes.Options.Json;
        var resolver = json.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver();
        return routes.BodyOptions ??= new JsonSerializerOptions(json) { TypeInfoResolver = resolver.WithAddedModifier(RequireWhatCannotBeNull) };
    }

    /// <summary>A record's member that can't be null and has no default must be there, so that a handler never meets a null
    /// where its record says there is none.</summary>
    static void RequireWhatCannotBeNull(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (var property in type.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false } parameter
                && Nullable.GetUnderlyingType(parameter.ParameterType) is null && !(parameter.IsNullable && !parameter.ParameterType.IsValueType))
                property.IsRequired = true;
        }
    }

    Expression Result(Expression call)
    {
        var type = call.Type;
        if (type == typeof(void))
            return Expression.Block(call, Expression.Default(typeof(ValueTask<IStompResult?>)));
        if (type == typeof(Task) || type == typeof(ValueTask))
            return Expression.Call(typeof(HandlerResults), nameof(HandlerResults.From), null, call);
        var inner = type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            ? type.GetGenericArguments()[0]
            : null;
        if (!typeof(IStompResult).IsAssignableFrom(inner ?? type))
            throw new InvalidOperationException($"The handler of '{template.Text}' returns {type}: neither nothing nor an {nameof(IStompResult)}.");
        return inner is null
            ? Expression.Call(typeof(HandlerResults), nameof(HandlerResults.Now), null, Expression.Convert(call, typeof(IStompResult)))
            : Expression.Call(typeof(HandlerResults), nameof(HandlerResults.From), [inner], call);
    }

    InvalidOperationException Unbindable(ParameterInfo parameter, string why) =>
        new($"The parameter '{parameter.ParameterType} {parameter.Name}' of the handler of '{template.Text}' can't be bound: {why}.");
}

/// <summary>What handlers may return, as one type.</summary>
static class HandlerResults
{
    public static ValueTask<IStompResult?> Refused(StompContext context) => new(context.Refusal);

    public static ValueTask<IStompResult?> Now(IStompResult? result) => new(result);

    public static ValueTask<IStompResult?> From(Task task) => From(new ValueTask(task));

    public static ValueTask<IStompResult?> From(ValueTask task)
    {
        if (!task.IsCompletedSuccessfully)
            return AwaitAsync(task);
        task.GetAwaiter().GetResult(); // gives a pooled source back
        return default;

        static async ValueTask<IStompResult?> AwaitAsync(ValueTask task)
        {
            await task;
            return null;
        }
    }

    public static ValueTask<IStompResult?> From<T>(Task<T> task) where T : IStompResult? => From(new ValueTask<T>(task));

    public static ValueTask<IStompResult?> From<T>(ValueTask<T> task) where T : IStompResult?
    {
        return task.IsCompletedSuccessfully ? new ValueTask<IStompResult?>(task.Result) : AwaitAsync(task);

        static async ValueTask<IStompResult?> AwaitAsync(ValueTask<T> task) => await task;
    }
}
