using Microsoft.AspNetCore.Http;

namespace SmallTalk.Stomp;

/// <summary>Answers the requests of one mapped endpoint: whoever may connect becomes a <see cref="StompSession"/> until its end.</summary>
sealed class StompEndpoint(StompServer server, StompRouteBuilder routes)
{
    public async Task HandleAsync(HttpContext http)
    {
        var options = routes.Options;
        if (server.IsDraining)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = "5";
            return;
        }

        // Before anything else is told (K23): a foreign page must not even learn whether its visitor is signed in.
        if (options.AllowOrigin is { } allow && !allow(http))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        if (await WebSocketHandshake.AcceptAsync(http) is not var (stream, cap))
            return;
        using var transport = new WebSocketTransport(http, stream, cap);
        await new StompSession(server, options, routes, transport).RunAsync();
    }
}
