using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace SmallTalk.Server.Hosting;

/// <summary>Whose <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c> are believed: configuration <c>SmallTalk:Proxies</c>, addresses
/// and networks, separated by commas or as a list. Nobody's by default, this machine's own neither: an address that
/// anybody can make up limits nobody.</summary>
static class Proxies
{
    const string Key = "SmallTalk:Proxies";

    public static void UseProxies(this WebApplication app)
    {
        var networks = Read(app.Configuration);
        if (networks.Count == 0)
            return; // without networks the middleware would believe everybody
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null, // as far back as the configured proxies reach, and no further
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in networks)
            options.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(options);
    }

    static List<IPNetwork> Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Key);
        var values = section.GetChildren().Select(child => (child.Path, child.Value))
            .Prepend((section.Path, section.Value))
            .Where(entry => entry.Value is not null);
        return [.. from entry in values
                   from text in entry.Value!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                   select Parse(entry.Path, text)];
    }

    static IPNetwork Parse(string key, string text)
    {
        if (IPAddress.TryParse(text, out var address))
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return IPNetwork.TryParse(text, out var network)
            ? network
            : throw new OptionsValidationException(
                Key, typeof(Proxies), [$"{key} = '{text}': allowed is an address such as 10.0.0.7 or a network such as 10.0.0.0/24"]);
    }
}
