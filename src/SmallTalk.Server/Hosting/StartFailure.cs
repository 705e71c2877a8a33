using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace SmallTalk.Server.Hosting;

/// <summary>What keeps a node from starting and its operator can mend, each in one line; a bug keeps its stack trace.</summary>
static class StartFailure
{
    public static string? Explain(Exception failure) => failure switch
    {
        OptionsValidationException => failure.Message,
        FormatException => $"urls: {failure.Message}: allowed is http://address:port, several separated by ';'",
        IOException { InnerException: SocketException or AddressInUseException } or SocketException => $"urls: {failure.Message}",
        _ => null,
    };
}
