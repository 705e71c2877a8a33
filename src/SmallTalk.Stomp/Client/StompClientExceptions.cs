using System.Net.WebSockets;

namespace SmallTalk.Stomp;

/// <summary>How a client's connection ended.</summary>
/// <param name="Error">The server's ERROR frame, if it sent one.</param>
/// <param name="CloseCode">The WebSocket's close code; null when the connection broke without one.</param>
/// <param name="CloseReason">The reason that came with the code.</param>
/// <param name="Exception">What broke it on this side, if something did.</param>
public sealed record StompClosure(StompReceived? Error, WebSocketCloseStatus? CloseCode, string? CloseReason, Exception? Exception)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Error is null ? "" : $"ERROR '{Error["message"]}', ")}{(CloseCode is null ? "no close code" : $"close code {(int)CloseCode}")}"
        + $"{(string.IsNullOrEmpty(CloseReason) ? "" : $" '{CloseReason}'")}{(Exception is null ? "" : $", {Exception.Message}")}";
}

/// <summary>Something that the server, or the connection to it, did not let happen.</summary>
public abstract class StompClientException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The connection is over.</summary>
public sealed class StompClosedException(StompClosure closure) : StompClientException($"The connection is closed: {closure}.", closure?.Exception)
{
    /// <summary>How it ended.</summary>
    public StompClosure Closure { get; } = closure!;
}

/// <summary>The server answered this very frame with an ERROR; the connection is over.</summary>
public sealed class StompErrorException(StompReceived error) : StompClientException(error?["message"] ?? "ERROR")
{
    /// <summary>The ERROR frame.</summary>
    public StompReceived Error { get; } = error!;
}

/// <summary>A rule of the application refused a frame, or ended a subscription; the connection lives on.</summary>
public sealed class StompRefusedException(string code, string title, StompReceived notice) : StompClientException($"{code}: {title}")
{
    /// <summary>The stable word.</summary>
    public string Code { get; } = code;

    /// <summary>The sentence for people.</summary>
    public string Title { get; } = title;

    /// <summary>The whole notice.</summary>
    public StompReceived Notice { get; } = notice;
}

/// <summary>A subscription's messages were not read fast enough.</summary>
public sealed class StompOverflowException(string destination, int capacity)
    : StompClientException($"More than {capacity} messages of {destination} waited for their reader.");
