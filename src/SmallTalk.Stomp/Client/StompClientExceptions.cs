using System.Net;
using System.Net.WebSockets;

namespace SmallTalk.Stomp;

/// <summary>How a client's connection ended, or why there was none.</summary>
/// <param name="Error">The server's ERROR frame, if it sent one.</param>
/// <param name="CloseCode">The WebSocket's close code; null when the connection broke without one, and over TCP.</param>
/// <param name="CloseReason">The reason that came with the code.</param>
/// <param name="Exception">What broke it on this side, if something did.</param>
public sealed record StompClosure(StompReceived? Error, WebSocketCloseStatus? CloseCode, string? CloseReason, Exception? Exception)
{
    /// <summary>The answer to the handshake, where it was no WebSocket.</summary>
    public HttpStatusCode? HttpStatus => (Exception as StompHandshakeException)?.Status;

    /// <summary>How long the server asked to stay away.</summary>
    public TimeSpan? RetryAfter => (Exception as StompHandshakeException)?.RetryAfter;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Error is null ? "" : $"ERROR '{Error["message"]}', ")}{(CloseCode is null ? "no close code" : $"close code {(int)CloseCode}")}"
        + $"{(string.IsNullOrEmpty(CloseReason) ? "" : $" '{CloseReason}'")}{(Exception is null ? "" : $", {Exception.Message}")}";
}

/// <summary>Something that the server, or the connection to it, did not let happen.</summary>
public abstract class StompClientException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The client is over. A call that waited for its RECEIPT doesn't know whether the server did what it asked.</summary>
public sealed class StompClosedException(StompClosure closure) : StompClientException($"The connection is closed: {closure}.", closure?.Exception)
{
    /// <summary>How it ended.</summary>
    public StompClosure Closure { get; } = closure!;
}

/// <summary>The connection broke before the RECEIPT came, so nobody knows whether the server did what was asked; the client itself comes
/// back (<see cref="StompWhenLost"/> can make it ask again). Also: an acknowledgement, or a transaction, belongs to a connection that is
/// gone, where the server has undone it.</summary>
public sealed class StompConnectionLostException(StompClosure? closure) : StompClientException(
    closure is null ? "The connection that this belongs to is gone." : $"The connection was lost before the answer came: {closure}.", closure?.Exception)
{
    /// <summary>How it ended; null when it had ended before the call.</summary>
    public StompClosure? Closure { get; } = closure;
}

/// <summary>The server answered this very frame with an ERROR, which ends the connection.</summary>
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

/// <summary><see cref="StompClientOptions.FreshCredentials"/> has none any more.</summary>
public sealed class StompNoCredentialsException() : StompClientException("There are no credentials to connect with.");

/// <summary>What was to go over the wire, either way, is nothing that STOMP can say.</summary>
public sealed class StompProtocolException(string message) : StompClientException(message);

/// <summary>The server answered the WebSocket's handshake with another status than 101.</summary>
public sealed class StompHandshakeException(HttpStatusCode status, TimeSpan? retryAfter, WebSocketException inner)
    : StompClientException($"The server answered the handshake with {(int)status}.", inner)
{
    /// <summary>The answer's status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>Its header <c>Retry-After</c>, as a time from now.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
