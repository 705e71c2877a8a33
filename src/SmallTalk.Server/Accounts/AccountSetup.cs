using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Accounts;

/// <summary>Who is asking: a bearer token, else the session cookie, each good only while its session lives.</summary>
static class AccountSetup
{
    const string EitherScheme = "BearerOrCookie";

    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddChecked<AccountOptions>(AccountOptions.Section);
        services.AddDataProtection().SetApplicationName("SmallTalk").PersistKeysToDbContext<ChatDb>();
        services.AddLogging(logging => logging.AddFilter( // its keys lie in the store, beside all that they protect: not worth a warning
            "Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error));
        services.AddSingleton<ILookupNormalizer, NicknameNormalizer>();
        services.AddIdentityCore<User>(identity => identity.User.AllowedUserNameCharacters = "") // Nicknames says which
            .AddEntityFrameworkStores<ChatDb>();
        services.AddOptions<PasswordHasherOptions>()
            .Configure<IOptions<AccountOptions>>((hasher, accounts) => hasher.IterationCount = accounts.Value.PasswordIterations);
        services.AddSingleton<IPasswordHasher<User>, PasswordHasher<User>>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<RefreshTokens>();
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<KnownDevices>();
        services.AddSingleton<SignInLimits>();
        services.AddScoped<SignIns>();
        services.AddSingleton<StompSignIn>();
        services.AddOptions<StompOptions>().Configure<StompSignIn>((stomp, signIn) =>
        {
            stomp.Authenticate = (connect, upgrade, ct) => signIn.AuthenticateAsync(connect, upgrade!, ct); // always a WebSocket's: there is no other endpoint
            stomp.AllowOrigin = SameOrigin.MayConnect;
        });
        services.AddScoped<Farewell>();
        services.AddSingleton<SessionUpkeep>();
        services.AddHostedService(provider => provider.GetRequiredService<SessionUpkeep>());

        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, null, either => either.ForwardDefaultSelector = context =>
                BearerAuthentication.IsTriedBy(context.Request) ? BearerAuthentication.Name : CookieAuthenticationDefaults.AuthenticationScheme)
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.Name, null)
            .AddCookie();
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
            .Configure<IOptions<AccountOptions>>(ConfigureCookie);
        services.AddAuthorization();
    }

    public static void UseAccounts(this WebApplication app)
    {
        app.UseAuthentication();
        app.Use(BearerAuthentication.RefuseStaleAsync);
        app.UseAuthorization();
        app.Use(SameOrigin.CheckAsync);
    }

    static void ConfigureCookie(CookieAuthenticationOptions cookie, IOptions<AccountOptions> accounts)
    {
        cookie.Cookie.Name = "smalltalk";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = accounts.Value.SessionLifetime;
        cookie.SlidingExpiration = true;
        cookie.Events.OnValidatePrincipal = async context =>
        {
            var sessions = context.HttpContext.RequestServices.GetRequiredService<LiveSessions>();
            if (CurrentUser.Of(context.Principal!) is not { } who || !await sessions.IsLiveAsync(who, context.HttpContext.RequestAborted))
                context.RejectPrincipal();
        };
        cookie.Events.OnRedirectToLogin = context => Answer(context.Response, StatusCodes.Status401Unauthorized);
        cookie.Events.OnRedirectToAccessDenied = context => Answer(context.Response, StatusCodes.Status403Forbidden);
    }

    static Task Answer(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }
}
