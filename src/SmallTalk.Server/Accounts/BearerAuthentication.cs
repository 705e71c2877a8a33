using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace SmallTalk.Server.Accounts;

/// <summary>Reads <c>Authorization: Bearer</c>. It wins over a cookie that comes with it.</summary>
sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTokens tokens, LiveSessions sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Bearer";
    const string Prefix = "Bearer ";

    public static bool IsTriedBy(HttpRequest request) => TokenIn(request.Headers.Authorization) is not null;

    public static string? TokenIn(string? authorization) =>
        authorization?.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) is true ? authorization[Prefix.Length..].Trim() : null;

    /// <summary>A token that is no longer good is answered with 401 where visitors are welcome, too: shown as a visitor, a program would
    /// never learn that it must refresh.</summary>
    public static Task RefuseStaleAsync(HttpContext context, RequestDelegate next)
    {
        var isStale = IsTriedBy(context.Request) && context.User.Identity?.IsAuthenticated is not true;
        return isStale && context.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<TakesCredentials>() is null
            ? context.ChallengeAsync(Name)
            : next(context);
    }

    /// <summary>On an endpoint that signs in: whatever token comes along is about to be replaced.</summary>
    public sealed class TakesCredentials;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenIn(Request.Headers.Authorization) is not { } token)
            return AuthenticateResult.NoResult();
        if (tokens.Read(token) is not { } read)
            return AuthenticateResult.Fail("Not a token of ours, or expired.");
        return await sessions.IsLiveAsync(read.User, Context.RequestAborted)
            ? AuthenticateResult.Success(new AuthenticationTicket(read.User.AsPrincipal(Name), Name))
            : AuthenticateResult.Fail("The session has ended.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = Name;
        return Task.CompletedTask;
    }
}
