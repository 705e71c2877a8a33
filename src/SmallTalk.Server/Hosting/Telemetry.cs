using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Hosting;

/// <summary>What the node measures of itself goes by OTLP to the collector that OpenTelemetry's environment variables name. Without
/// one nobody listens: then each point of measurement costs a comparison, and nothing of OpenTelemetry is loaded.</summary>
static class Telemetry
{
    /// <summary>The meter's: what this program adds to those of ASP.NET Core, the runtime and <see cref="StompTelemetry"/>.</summary>
    public const string Name = "SmallTalk.Server";

    const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration[Endpoint]))
            return;
        // The SDK would keep silent and send to its own default.
        Check(builder, Endpoint, text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https", "http://address:port");
        Check(builder, Protocol, text => text is null or "" or "grpc" or "http/protobuf", "grpc or http/protobuf");
        Export(builder.Services);
    }

    static void Check(WebApplicationBuilder builder, string key, Func<string?, bool> isAllowed, string allowed)
    {
        if (builder.Configuration[key] is var text && !isAllowed(text))
            throw new OptionsValidationException(key, typeof(string), [$"{key} = '{text}': allowed is {allowed}"]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // compiling this is what loads OpenTelemetry
    static void Export(IServiceCollection services)
    {
        var version = typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.Clear().AddTelemetrySdk()
                .AddService("smalltalk", serviceVersion: version)
                .AddEnvironmentVariableDetector()) // last: OTEL_SERVICE_NAME has the last word
            .WithMetrics(metrics => metrics
                .AddMeter(Name, StompTelemetry.Name, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddOtlpExporter())
            .WithTracing(traces => traces.AddSource(StompTelemetry.Name).AddOtlpExporter());
    }
}
