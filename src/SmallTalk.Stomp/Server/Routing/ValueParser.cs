using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace SmallTalk.Stomp;

delegate bool ValueParser<T>(ReadOnlySpan<byte> utf8, [MaybeNullWhen(false)] out T value);

/// <summary>How route values and headers become values: strings as they are, everything else by the type's own invariant parsing.</summary>
static class ValueParsers
{
    [RequiresUnreferencedCode("Finds parsers by reflection.")]
    [RequiresDynamicCode("Makes parsers of the parameter's type.")]
    public static ValueParser<T>? For<T>()
    {
        if (typeof(T) == typeof(string))
            return (ValueParser<T>)(object)new ValueParser<string>(TryParseString);
        var type = Nullable.GetUnderlyingType(typeof(T));
        var factory = type is not null ? nameof(ForNullable)
            : typeof(T).IsEnum ? nameof(ForEnum)
            : Implements(typeof(IUtf8SpanParsable<>)) ? nameof(ForUtf8)
            : Implements(typeof(IParsable<>)) ? nameof(ForText)
            : null;
        return factory is null ? null : (ValueParser<T>?)typeof(ValueParsers)
            .GetMethod(factory, System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type ?? typeof(T)).Invoke(null, null);

        static bool Implements([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.Interfaces)] Type generic) =>
            typeof(T).GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == generic
                && i.GenericTypeArguments[0] == typeof(T));
    }

    static bool TryParseString(ReadOnlySpan<byte> utf8, [MaybeNullWhen(false)] out string value)
    {
        value = Encoding.UTF8.GetString(utf8);
        return true;
    }

    static ValueParser<T> ForUtf8<T>() where T : IUtf8SpanParsable<T> =>
        static (ReadOnlySpan<byte> utf8, [MaybeNullWhen(false)] out T value) => T.TryParse(utf8, CultureInfo.InvariantCulture, out value);

    static ValueParser<T> ForText<T>() where T : IParsable<T> =>
        static (ReadOnlySpan<byte> utf8, [MaybeNullWhen(false)] out T value) =>
            T.TryParse(Encoding.UTF8.GetString(utf8), CultureInfo.InvariantCulture, out value);

    static ValueParser<T> ForEnum<T>() where T : struct, Enum =>
        static (ReadOnlySpan<byte> utf8, out T value) =>
            Enum.TryParse(Encoding.UTF8.GetString(utf8), ignoreCase: true, out value) && Enum.IsDefined(value);

    [RequiresUnreferencedCode("Finds parsers by reflection.")]
    [RequiresDynamicCode("Makes parsers of the parameter's type.")]
    static ValueParser<T?>? ForNullable<T>() where T : struct
    {
        if (For<T>() is not { } parse)
            return null;
        return (ReadOnlySpan<byte> utf8, out T? value) =>
        {
            var isValue = parse(utf8, out var inner);
            value = isValue ? inner : null;
            return isValue;
        };
    }
}
