using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace SmallTalk.Server.Hosting;

/// <summary>Serves the web client: pre-compressed files, immutable where the name carries a hash, and the one page for
/// every address of the app, under a policy that lets nothing in from elsewhere.</summary>
static partial class WebClient
{
    const string Policy =
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; style-src-attr 'unsafe-inline'; object-src 'none'; "
        + "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; script-src 'self'";

    static readonly (string Encoding, string Extension)[] Compressed = [("br", ".br"), ("gzip", ".gz")];

    public static void UseWebClient(this WebApplication app)
    {
        var folder = Surroundings.WebClient;
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
            headers.ContentSecurityPolicy = Policy;
            return next(context);
        });
        if (folder is null)
        {
            LogNotBuilt(app.Logger);
            return;
        }
        var files = new PhysicalFileProvider(folder);
        var policy = new PagePolicy(files);
        app.Use((context, next) =>
        {
            PreferCompressed(context, files);
            return next(context);
        });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = new TypesBehindCompression(),
            OnPrepareResponse = file => SetCaching(file.Context.Response.Headers, file.Context.Request.Path),
        });
        // Not a fallback endpoint: that would match what another endpoint refuses (its method, its type), and turn 405 and 415 into 404.
        app.Use((context, next) => context.GetEndpoint() is null ? ServePageAsync(context, files, policy) : next(context));
    }

    static void PreferCompressed(HttpContext context, PhysicalFileProvider files)
    {
        var path = context.Request.Path.Value;
        if (path is null || !HttpMethods.IsGet(context.Request.Method))
            return;
        foreach (var (encoding, extension) in Compressed)
        {
            if (!Accepts(context.Request, encoding) || !files.GetFileInfo(path + extension).Exists)
                continue;
            context.Request.Path = path + extension;
            context.Response.Headers.ContentEncoding = encoding;
            context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
            return;
        }
    }

    static bool Accepts(HttpRequest request, string encoding) =>
        request.GetTypedHeaders().AcceptEncoding.Any(accepted =>
            accepted.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && accepted.Quality is not 0);

    static void SetCaching(IHeaderDictionary headers, PathString path) =>
        headers.CacheControl = path.StartsWithSegments("/_app/immutable") ? "public, max-age=31536000, immutable" : "no-cache";

    static async Task ServePageAsync(HttpContext context, PhysicalFileProvider files, PagePolicy policy)
    {
        var isPage = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (!isPage || context.Request.Path.StartsWithSegments("/api") || Path.HasExtension(context.Request.Path))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Request.Path = "/index.html";
        PreferCompressed(context, files);
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = policy.Current();
        SetCaching(context.Response.Headers, context.Request.Path);
        await context.Response.SendFileAsync(files.GetFileInfo(context.Request.Path));
    }

    /// <summary>Also lets through the page's one inline script, which starts the app, by its hash. It differs with every build
    /// of the client, and a developer may build while the node runs.</summary>
    sealed partial class PagePolicy(PhysicalFileProvider files)
    {
        sealed record Known(DateTimeOffset Built, string Policy);

        Known? _known;

        public string Current()
        {
            var page = files.GetFileInfo("index.html");
            if (_known is { } known && known.Built == page.LastModified)
                return known.Policy;
            var scripts = InlineScript().Matches(File.ReadAllText(page.PhysicalPath!));
            var policy = Policy + string.Concat(scripts.Select(script =>
                $" 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script.Groups["code"].Value)))}'"));
            _known = new Known(page.LastModified, policy);
            return policy;
        }

        [GeneratedRegex("<script>(?<code>.*?)</script>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
        private static partial Regex InlineScript();
    }

    /// <summary>The type of <c>app.js.br</c> is that of <c>app.js</c>.</summary>
    sealed class TypesBehindCompression : IContentTypeProvider
    {
        readonly FileExtensionContentTypeProvider _types = new();

        public bool TryGetContentType(string subpath, out string contentType)
        {
            var plain = Compressed.Any(c => subpath.EndsWith(c.Extension, StringComparison.Ordinal)) ? Path.ChangeExtension(subpath, null) : subpath;
            return _types.TryGetContentType(plain, out contentType!);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The web client was not built: this node answers programs only")]
    static partial void LogNotBuilt(ILogger logger);
}
