using Scalar.AspNetCore;

namespace SmallTalk.Server.Hosting;

/// <summary>The HTTP interface described: as OpenAPI for programs, as a page for people.</summary>
static class ApiReference
{
    const string Page = "/reference";

    // The page starts itself by an inline script and styles itself as it goes. It asks nothing of another host either.
    const string PagePolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
        + "base-uri 'self'; frame-ancestors 'none'";

    public static void AddApiReference(this IServiceCollection services) => services.AddOpenApi(api =>
    {
        api.AddSchemas();
        api.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "SmallTalk";
            return Task.CompletedTask;
        });
    });

    public static void MapApiReference(this WebApplication app)
    {
        app.MapOpenApi();
        app.MapScalarApiReference(Page, reference => reference
            .WithTitle("SmallTalk")
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent());
    }

    /// <summary>After the policy of all other answers, whose place it takes.</summary>
    public static void UseApiReference(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Path.StartsWithSegments(Page))
            context.Response.Headers.ContentSecurityPolicy = PagePolicy;
        return next(context);
    });
}
