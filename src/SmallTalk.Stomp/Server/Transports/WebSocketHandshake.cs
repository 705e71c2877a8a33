using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace SmallTalk.Stomp;

/// <summary>The opening handshake (RFC 6455, section 4.2; over HTTP/2 RFC 8441) and the choice of the subprotocol.</summary>
static class WebSocketHandshake
{
    const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Accepts the request as a WebSocket, or answers why not.</summary>
    /// <returns>The raw stream and the version that the subprotocol caps CONNECT at; null when the request was answered.</returns>
    public static async Task<(Stream Stream, StompVersion Cap)?> AcceptAsync(HttpContext http)
    {
        var request = http.Request;
        var extended = http.Features.Get<IHttpExtendedConnectFeature>();
        var upgrade = http.Features.Get<IHttpUpgradeFeature>();
        var isExtended = extended is { IsExtendedConnect: true, Protocol: "websocket" };
        var isUpgrade = !isExtended && upgrade is { IsUpgradableRequest: true } && HttpMethods.IsGet(request.Method)
            && HasToken(request.Headers.Upgrade, "websocket");
        if (!isExtended && !isUpgrade)
        {
            http.Response.Headers.Upgrade = "websocket";
            return await AnswerAsync(http, StatusCodes.Status426UpgradeRequired, "Open this address as a WebSocket.");
        }

        if (!string.Equals(request.Headers.SecWebSocketVersion, "13", StringComparison.Ordinal))
        {
            http.Response.Headers.SecWebSocketVersion = "13";
            return await AnswerAsync(http, StatusCodes.Status426UpgradeRequired, "Only version 13 of the WebSocket protocol is known.");
        }

        var key = request.Headers.SecWebSocketKey.ToString();
        if (isUpgrade && !IsKey(key))
            return await AnswerAsync(http, StatusCodes.Status400BadRequest, "Sec-WebSocket-Key is not 16 bytes in base64.");

        var (subprotocol, cap) = Choose(request.Headers.SecWebSocketProtocol);
        if (subprotocol is not null)
            http.Response.Headers.SecWebSocketProtocol = subprotocol;
        http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        // Slow readers are our own business (the outbound queue, heart-beats, pings): Kestrel's rates would cut them without a word.
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } responseRate)
            responseRate.MinDataRate = null;
        if (isExtended)
            return (await extended!.AcceptAsync(), cap);

        http.Response.Headers.Connection = "Upgrade";
        http.Response.Headers.Upgrade = "websocket";
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1; it protects nothing, it proves that a server understood the key
        http.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeySuffix)));
#pragma warning restore CA5350
        return (await upgrade!.UpgradeAsync(), cap);
    }

    /// <summary>The highest of those offered; none when none is known, so that nothing is answered that was not offered (K13).</summary>
    static (string? Name, StompVersion Cap) Choose(IList<string?> offered)
    {
        string? name = null;
        var cap = StompVersion.None;
        foreach (var line in offered)
        {
            foreach (var item in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                var version = item switch
                {
                    "v12.stomp" => StompVersion.V12,
                    "v11.stomp" => StompVersion.V11,
                    "v10.stomp" => StompVersion.V10,
                    _ => StompVersion.None,
                };
                if (version > cap)
                    (name, cap) = (item, version);
            }
        }

        return (name, name is null ? StompVersion.V12 : cap);
    }

    static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[18];
        return key.Length == 24 && Convert.TryFromBase64String(key, bytes, out var length) && length == 16;
    }

    static bool HasToken(IList<string?> lines, string token)
    {
        foreach (var line in lines)
        {
            foreach (var item in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (item.Equals(token, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    static async Task<(Stream Stream, StompVersion Cap)?> AnswerAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(text);
        return null;
    }
}
