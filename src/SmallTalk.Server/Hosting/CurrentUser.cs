using System.Security.Claims;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Hosting;

/// <summary>Who is asking. A handler parameter of this type needs an endpoint that requires authorization.</summary>
sealed record CurrentUser(Guid Id, Guid SessionId)
{
    public const string UserClaim = "sub";
    public const string SessionClaim = "sid";

    public static ValueTask<CurrentUser?> BindAsync(HttpContext context) => new(Of(context.User));

    public static ValueTask<CurrentUser?> BindAsync(StompContext context) => new(Of(context.Connection.Principal));

    public static CurrentUser? Of(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(UserClaim), out var id) && Guid.TryParse(principal.FindFirstValue(SessionClaim), out var session)
            ? new CurrentUser(id, session)
            : null;

    public ClaimsPrincipal AsPrincipal(string scheme) =>
        new(new ClaimsIdentity([new Claim(UserClaim, Id.ToString()), new Claim(SessionClaim, SessionId.ToString())], scheme));
}
