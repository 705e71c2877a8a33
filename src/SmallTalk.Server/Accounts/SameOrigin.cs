using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;

namespace SmallTalk.Server.Accounts;

/// <summary>A browser sends the session cookie along whoever's page asks. So where the cookie is what authenticates, something
/// changes only at the request of our own pages: the browser says which page asked, and a page cannot make it lie.</summary>
static class SameOrigin
{
    /// <summary>After authorization. An endpoint that doesn't require it and reads the cookie anyway asks <see cref="IsOurs"/> itself.</summary>
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var changes = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)
            && !HttpMethods.IsOptions(context.Request.Method);
        var asksForUser = context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is not null;
        return changes && asksForUser && IsByCookie(context) && !IsOurs(context.Request)
            ? AccountRefusals.ForeignOrigin.AsProblem().ExecuteAsync(context)
            : next(context);
    }

    public static bool IsByCookie(HttpContext context) =>
        context.User.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme;

    /// <summary>The scheme is not compared: behind a proxy that ends TLS and isn't configured here, ours would be http.</summary>
    public static bool IsOurs(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site
            ? site == "same-origin"
            : Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin)
                && origin.Scheme is "http" or "https"
                && string.Equals(origin.Authority, HostOf(request, origin.Scheme), StringComparison.OrdinalIgnoreCase);

    /// <summary>For a WebSocket's handshake. Whoever has no cookie, or no page, authenticates by CONNECT.</summary>
    public static bool MayConnect(HttpContext context) =>
        !IsByCookie(context) || context.Request.Headers.Origin.Count == 0 || IsOurs(context.Request);

    /// <summary>Without the port that the scheme implies, as a page's origin is written.</summary>
    static string HostOf(HttpRequest request, string scheme) =>
        Uri.TryCreate($"{scheme}://{request.Host.Value}", UriKind.Absolute, out var own) ? own.Authority : "";
}
