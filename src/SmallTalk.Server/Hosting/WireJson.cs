using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmallTalk.Server.Hosting;

/// <summary>How JSON is written and read, over HTTP and STOMP alike.</summary>
static class WireJson
{
    public static readonly JsonSerializerOptions Options = Apply(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Apply(JsonSerializerOptions options)
    {
        // Korean as itself, not as \uXXXX: half the bytes. What reads it is a JSON parser, never HTML.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.NumberHandling = JsonNumberHandling.Strict; // a number is a number, so that OpenAPI can say so
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        return options;
    }
}

/// <summary>A text that is the name of an enum's value, as <see cref="WireJson"/> writes it. It is read here and not by the
/// serializer, so that a wrong one is refused by its field's name.</summary>
static class WireName
{
    /// <returns>Null when the text is no such name.</returns>
    public static T? Read<T>(string? text)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (Of(value) == text)
                return value;
        }
        return null;
    }

    public static string[] All(Type type) => [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)];

    static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(Enum.GetName(value)!);
}

/// <summary>For OpenAPI: this text is one of these.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
sealed class OneOfAttribute : Attribute
{
    public OneOfAttribute(params string[] values) => Values = values;

    public OneOfAttribute(Type type) => Values = WireName.All(type);

    public IReadOnlyList<string> Values { get; }
}
