using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace SmallTalk.Server.Hosting;

/// <summary>Every error leaves as ProblemDetails (RFC 9457), in the language that the client asks for. What no feature
/// refused by name (a path that nothing serves, a body that is not JSON, a bug) is named here by its status.</summary>
static class Problems
{
    static readonly string[] Languages = ["en", "ko"];

    static readonly Dictionary<int, Refusal> ByStatus = new Refusal[]
    {
        new("malformed-request", 400, "The request could not be read.", "요청을 읽을 수 없어요."),
        new("not-signed-in", 401, "Please sign in.", "로그인이 필요해요."),
        new("not-allowed", 403, "You may not do this.", "권한이 없어요."),
        new("not-found", 404, "There is nothing here.", "찾으시는 것이 없어요."),
        new("method-not-allowed", 405, "This address does not answer to that method.", "이 주소에서는 할 수 없는 요청이에요."),
        new("too-large", 413, "The request is too large.", "요청이 너무 커요."),
        new("unsupported-media-type", 415, "Please send JSON.", "JSON으로 보내 주세요."),
        new("too-many-requests", 429, "Too many requests. Please wait a little.", "요청이 너무 많아요. 잠시 후 다시 시도해 주세요."),
        new("our-fault", 500, "Something went wrong on our side.", "서버에 문제가 생겼어요. 잠시 후 다시 시도해 주세요."),
    }.ToDictionary(refusal => refusal.Status);

    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
        {
            var details = context.ProblemDetails;
            if (details.Extensions.TryGetValue(Refusal.RetryAfterMember, out var seconds))
                context.HttpContext.Response.Headers.RetryAfter = Convert.ToString(seconds, CultureInfo.InvariantCulture);
            if (details.Extensions.ContainsKey("code") || details.Status is not { } status || !ByStatus.TryGetValue(status, out var refusal))
                return;
            details.Type = refusal.Type;
            details.Title = refusal.Title;
            details.Extensions["code"] = refusal.Code;
        });
        services.AddRequestLocalization(localization => localization
            .SetDefaultCulture(Languages[0])
            .AddSupportedUICultures(Languages));
    }

    /// <summary>The best of our languages for an <c>Accept-Language</c>.</summary>
    public static CultureInfo LanguageOf(string acceptLanguage) => CultureInfo.GetCultureInfo(
        StringWithQualityHeaderValue.TryParseList([acceptLanguage], out var wishes)
            ? wishes.OrderByDescending(wish => wish.Quality ?? 1)
                .Select(wish => wish.Value.ToString().Split('-')[0].ToLowerInvariant())
                .FirstOrDefault(language => Languages.Contains(language, StringComparer.Ordinal)) ?? Languages[0]
            : Languages[0]);

    public static void UseProblems(this WebApplication app)
    {
        app.UseRequestLocalization();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = e => e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
        });
        app.UseStatusCodePages();
    }
}
