using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace SmallTalk.Stomp;

/// <summary>STOMP in WebSocket messages. The close frame is written like any other, so that it is the last; both sides then wait for
/// each other's (RFC 6455, section 7.1.1), and the stream is never half closed.</summary>
sealed class WebSocketTransport : SessionTransport
{
    readonly HttpContext _http;
    readonly StompVersion _cap;
    readonly WebSocketInput _input;

    public WebSocketTransport(HttpContext http, Stream stream, StompVersion cap)
        : base(StompTransport.WebSocket, stream)
    {
        (_http, _cap) = (http, cap);
        _input = new WebSocketInput(stream, pong => Reply(pong));
    }

    public override HttpContext? Http => _http;

    public override IPAddress? RemoteAddress => _http.Connection.RemoteIpAddress;

    public override StompVersion Cap => _cap;

    public override ReadOnlySequence<byte> Payload => _input.Payload;

    public override int CloseCode => _input.CloseCode;

    public override string CloseReason => _input.CloseReason;

    public override void Consumed(long bytes) => _input.Consumed(bytes);

    public override void DropPayload() => _input.DropPayload();

    public override ValueTask<Reception> ReceiveAsync() => _input.ReceiveAsync(CancellationToken.None);

    public override ValueTask DiscardAsync() => _input.DiscardAsync();

    public override ReadOnlyMemory<byte> Carry(ReadOnlyMemory<byte> frame) => frame;

    public override ValueTask EndOutputAsync() => default;

    public override void Abort() => _http.Abort();

    public override void Dispose() => _input.Dispose();
}
