using Microsoft.Extensions.Options;
using Scalar.AspNetCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server;

/// <summary>The table of contents: what this program is made of, one line a feature.</summary>
static class Program
{
    static readonly Dictionary<string, string> Switches = new(StringComparer.Ordinal)
    {
        ["--data"] = $"{SmallTalkOptions.Section}:{nameof(SmallTalkOptions.Data)}",
        ["--demo"] = $"{SmallTalkOptions.Section}:{nameof(SmallTalkOptions.Demo)}",
    };

    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [] });
        builder.Configuration.AddCommandLine([.. args.SelectMany(a => a == "--demo" ? [a, "true"] : new[] { a })], Switches);
        builder.Services.AddChecked<SmallTalkOptions>(SmallTalkOptions.Section);
        builder.Services.AddChecked<LimitOptions>(LimitOptions.Section);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddStore();
        builder.Services.AddProblems();
        builder.Services.AddOpenApi();
        builder.Services.AddHealthChecks().AddDbContextCheck<ChatDb>();

        var app = builder.Build();
        app.UseProblems();
        app.UseWebClient();
        app.MapOpenApi();
        app.MapScalarApiReference("/reference");
        app.MapNodeHealth();
        return app;
    }

    static async Task<int> Main(string[] args)
    {
        try
        {
            await using var app = Build(args);
            await app.RunAsync();
            return 0;
        }
        catch (OptionsValidationException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }
}
