using System.Text.Json;

namespace SmallTalk.Server.Demo;

/// <summary>The sample people, rooms and conversations as they are written down in <c>Content</c>. People go by their
/// nicknames there, and time runs backwards from the start of the node, so that the talk is always of these days.</summary>
sealed record DemoContent(DemoPeople People, IReadOnlyList<DemoRoom> Rooms)
{
    public static DemoContent Read()
    {
        var assembly = typeof(DemoContent).Assembly;
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith("Demo/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        return new DemoContent(
            Parse<DemoPeople>(names.Single(n => n.EndsWith("people.json", StringComparison.Ordinal))),
            [.. names.Where(n => n.Contains("Rooms", StringComparison.Ordinal)).Select(Parse<DemoRoom>)]);

        T Parse<T>(string name)
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            return JsonSerializer.Deserialize<T>(stream, JsonSerializerOptions.Web) ?? throw new JsonException($"{name} is empty.");
        }
    }
}

sealed record DemoPeople(
    IReadOnlyList<DemoPerson> People,
    IReadOnlyList<string[]> Friends,
    IReadOnlyList<DemoRequest> Requests,
    IReadOnlyList<DemoDirect> Direct);

/// <param name="Since">Days ago.</param>
sealed record DemoPerson(string Nickname, string Language, string StatusLine, int Since);

sealed record DemoRequest(string From, string To);

/// <param name="Ends">Minutes ago.</param>
sealed record DemoDirect(string[] Between, int Ends, IReadOnlyDictionary<string, int>? UnreadBy, IReadOnlyList<JsonElement[]> Talk);

/// <param name="Left">After which message somebody has left.</param>
sealed record DemoRoom(
    string Name,
    string Category,
    string Description,
    IReadOnlyList<string> Tags,
    string Owner,
    int Ends,
    string? Password,
    int? MemberLimit,
    IReadOnlyList<string> Members,
    IReadOnlyList<string>? Moderators,
    IReadOnlyDictionary<string, long>? Left,
    IReadOnlyDictionary<string, int>? UnreadBy,
    IReadOnlyList<JsonElement[]> Talk);

/// <summary>One message: <c>[who, minutes after the one before, text, {what became of it}]</c>.</summary>
/// <param name="Answers">How many messages back.</param>
/// <param name="EditedAfter">In minutes, as the next two.</param>
sealed record DemoLine(
    string By, int Gap, string Text, int? Answers = null, int? EditedAfter = null, int? DeletedAfter = null, int? HiddenAfter = null)
{
    public static DemoLine Of(JsonElement[] line)
    {
        var (by, gap, text) = (line[0].GetString()!, line[1].GetInt32(), line[2].GetString()!);
        return line.Length < 4
            ? new DemoLine(by, gap, text)
            : new DemoLine(by, gap, text, Number("re"), Number("edited"), Number("deleted"), Number("hidden"));

        int? Number(string name) => line[3].TryGetProperty(name, out var value) ? value.GetInt32() : null;
    }
}
