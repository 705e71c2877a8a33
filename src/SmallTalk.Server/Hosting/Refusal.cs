using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Hosting;

/// <summary>What a person can cause and is told about: a stable code, an HTTP status and a sentence in each language.
/// Every one has an entry in <c>docs/problems.md</c>.</summary>
sealed record Refusal(string Code, int Status, string English, string Korean, string? Field = null) : IStompRefusal
{
    /// <summary>The field of the request that it is about, when it is about one.</summary>
    public string? Field { get; init; } = Field;

    /// <summary>Further members of the answer, such as the limit that was passed.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = new Dictionary<string, object?>();

    /// <summary>In the language of the request under way (Accept-Language, by the localization middleware).</summary>
    public string Title => TitleIn(CultureInfo.CurrentUICulture);

    public string TitleIn(CultureInfo language) => language.TwoLetterISOLanguageName == "ko" ? Korean : English;

    /// <summary>The stable <c>type</c> of RFC 9457: a name, not an address.</summary>
    public string Type => "urn:smalltalk:problem:" + Code;

    /// <summary>The same, saying when it may be tried again; over HTTP also by the header <c>Retry-After</c>.</summary>
    public Refusal RetryAfter(TimeSpan wait) => this with
    {
        Details = new Dictionary<string, object?>(Details) { [RetryAfterMember] = (int)Math.Ceiling(wait.TotalSeconds) },
    };

    public const string RetryAfterMember = "retryAfter";

    /// <summary>Over STOMP, the details stand beside code and title.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        foreach (var (name, value) in Details)
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value);
        }
    }

    public ProblemHttpResult AsProblem() => Problem(this, Field is null ? [] : [this]);

    /// <summary>Several fields are wrong: one answer that names each.</summary>
    public static ProblemHttpResult AsProblem(IReadOnlyList<Refusal> faults) => faults is [var only] ? only.AsProblem() : Problem(InvalidFields, faults);

    public static readonly Refusal InvalidFields = new(
        "invalid-fields", StatusCodes.Status400BadRequest, "Some fields need another look.", "다시 확인해 주실 곳이 있어요.");

    static ProblemHttpResult Problem(Refusal refusal, IReadOnlyList<Refusal> fields)
    {
        var members = new Dictionary<string, object?>(refusal.Details) { ["code"] = refusal.Code };
        if (fields.Count > 0)
        {
            members["errors"] = fields.GroupBy(f => f.Field!)
                .ToDictionary(field => field.Key, field => field.Select(f => f.Title).ToArray());
        }
        return TypedResults.Problem(
            statusCode: refusal.Status, title: refusal.Title, type: refusal.Type, extensions: members);
    }
}
