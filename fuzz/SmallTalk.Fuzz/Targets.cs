using SmallTalk.Stomp;
using SmallTalk.Stomp.Tests;

namespace SmallTalk.Fuzz;

/// <summary>An input is two octets that say how its rest arrives, then the rest. It is read whole and in pieces, and compared with the plain
/// oracle of the tests; a difference is a crash, as is whatever the parser throws.</summary>
static class Targets
{
    static readonly StompLimits Limits = new(MaxFrameBytes: 400, MaxHeaders: 6);

    public static Action<byte[]> Of(string name) => name == "stomp" ? Stomp : WebSocket;

    /// <summary>First octet: the version and the segments' length; second: how many octets arrive at once.</summary>
    static void Stomp(byte[] input)
    {
        if (input.Length < 2)
            return;
        var version = (input[0] & 3) switch { 0 => StompVersion.V12, 1 => StompVersion.V11, 2 => StompVersion.V10, _ => StompVersion.None };
        var bytes = input[2..];
        var expected = new PlainReader(version, Limits).Read(bytes);
        Same(expected, InPieces.Read(version, Limits, bytes, [bytes.Length + 1], bytes.Length + 1));
        Same(expected, InPieces.Read(version, Limits, bytes, [1 + input[1]], 1 + (input[0] >> 2)));
    }

    /// <summary>First and second octet: how many arrive at once, in turn.</summary>
    static void WebSocket(byte[] input)
    {
        if (input.Length < 2)
            return;
        var octets = input[2..];
        var expected = PlainWebSocket.Read(octets);
        Same(expected, WebSocketInPieces.Read(octets, [octets.Length + 1]));
        Same(expected, WebSocketInPieces.Read(octets, [1 + input[0], 1 + input[1]]));
    }

    static void Same(List<string> expected, List<string> read)
    {
        if (!expected.SequenceEqual(read))
            throw new InvalidOperationException($"the oracle reads {string.Join(' ', expected)}, the reader {string.Join(' ', read)}");
    }

    static void Same(WebSocketHeard expected, WebSocketHeard heard)
    {
        if (WebSocketInPieces.Difference(expected, heard) is { } difference)
            throw new InvalidOperationException(difference);
    }
}
