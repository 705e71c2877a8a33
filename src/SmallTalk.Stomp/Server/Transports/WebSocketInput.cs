using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace SmallTalk.Stomp;

/// <summary>The receiving half of a server's WebSocket (RFC 6455): turns what arrives into the payload of its data messages,
/// one run of bytes, since a STOMP frame may be cut anywhere by WebSocket frames and messages (AMB-23, AMB-24).
/// <para>One buffer holds, from left to right, payload that STOMP has not consumed and bytes not yet decoded; payload is
/// unmasked towards the left, so it is contiguous and copied once. While nothing is held, no buffer is: an idle connection
/// waits with an empty read and costs its fields.</para>
/// <para>Why not ASP.NET Core's own WebSocket: docs/adr/0001-websocket-framing.md.</para></summary>
sealed class WebSocketInput(Stream stream, Action<ReadOnlyMemory<byte>> reply) : IDisposable
{
    const int FirstBufferBytes = 4096;
    const int MaxControlPayload = 125;

    byte[] _buffer = [];
    int _payloadStart;
    int _payloadEnd;
    int _rawStart;
    int _rawEnd;

    // The data frame under way.
    ulong _left;
    uint _mask;
    int _maskOffset;
    bool _isFinal;
    WebSocketOpcode _message; // Continuation: between two messages
    Utf8Progress _text;
    bool _isPastHeader;

    public int CloseCode { get; private set; }

    public string CloseReason { get; private set; } = "";

    /// <summary>Payload that was not consumed yet.</summary>
    public ReadOnlySequence<byte> Payload => new(_buffer, _payloadStart, _payloadEnd - _payloadStart);

    public void Consumed(long bytes) => _payloadStart += (int)bytes;

    public void DropPayload() => _payloadStart = _payloadEnd;

    public async ValueTask<Reception> ReceiveAsync(CancellationToken ct)
    {
        MakeRoom();
        if (_buffer.Length == 0)
        {
#pragma warning disable CA2022 // an empty read waits for data and takes none
            _ = await stream.ReadAsync(Memory<byte>.Empty, ct);
#pragma warning restore CA2022
            _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_rawEnd), ct);
        if (read == 0)
            return Reception.EndOfStream;
        _rawEnd += read;
        return Decode();
    }

    /// <summary>After a violation nothing can be decoded any more: reads and drops until the peer is gone.</summary>
    public async ValueTask DiscardAsync()
    {
        Dispose();
        _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        while (await stream.ReadAsync(_buffer, CancellationToken.None) > 0)
        {
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _payloadStart = _payloadEnd = _rawStart = _rawEnd = 0;
    }

    void MakeRoom()
    {
        var payload = _payloadEnd - _payloadStart;
        var raw = _rawEnd - _rawStart;
        if (payload + raw == 0)
        {
            Dispose();
            return;
        }

        // Room for half a buffer at least, or a frame that arrives in crumbs would be moved for every crumb.
        if (_buffer.Length - _rawEnd >= _buffer.Length / 2)
            return;
        var target = _buffer;
        if (payload + raw > _buffer.Length / 2)
            target = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(_payloadStart, payload).CopyTo(target);
        _buffer.AsSpan(_rawStart, raw).CopyTo(target.AsSpan(payload));
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        (_payloadStart, _payloadEnd, _rawStart, _rawEnd) = (0, payload, payload, payload + raw);
    }

    Reception Decode()
    {
        while (true)
        {
            if (_isPastHeader)
            {
                if (_left > 0 && _rawStart == _rawEnd)
                    break;
                if (!TakePayload())
                    return Violation(StompCloseCode.InvalidText, "a text message is not UTF-8");
                if (_left > 0)
                    break;
                _isPastHeader = false;
                if (_isFinal)
                {
                    if (_message == WebSocketOpcode.Text && !_text.IsComplete)
                        return Violation(StompCloseCode.InvalidText, "a text message ends inside a character");
                    _message = WebSocketOpcode.Continuation;
                }

                continue;
            }

            var raw = _buffer.AsSpan(_rawStart, _rawEnd - _rawStart);
            if (raw.Length < 2)
                break;
            var (isFinal, reserved, opcode) = ((raw[0] & 0x80) != 0, raw[0] & 0x70, (WebSocketOpcode)(raw[0] & 0x0F));
            var length = (ulong)(raw[1] & 0x7F);
            if (reserved != 0 || opcode is > WebSocketOpcode.Binary and < WebSocketOpcode.Close or > WebSocketOpcode.Pong)
                return Violation(StompCloseCode.ProtocolError, "a WebSocket frame with reserved bits or an unknown opcode");
            if ((raw[1] & 0x80) == 0)
                return Violation(StompCloseCode.ProtocolError, "a WebSocket frame that is not masked");
            var isControl = opcode >= WebSocketOpcode.Close;
            if (isControl && (!isFinal || length > MaxControlPayload))
                return Violation(StompCloseCode.ProtocolError, "a WebSocket control frame that is cut or too long");
            if (!isControl && opcode == WebSocketOpcode.Continuation == (_message == WebSocketOpcode.Continuation))
                return Violation(StompCloseCode.ProtocolError, "a WebSocket continuation frame without, or a new message within, a message");
            var lengthBytes = length switch { 126 => 2, 127 => 8, _ => 0 };
            var header = 2 + lengthBytes + 4;
            if (raw.Length < header)
                break;
            if (lengthBytes == 2)
                length = BinaryPrimitives.ReadUInt16BigEndian(raw[2..]);
            else if (lengthBytes == 8)
                length = BinaryPrimitives.ReadUInt64BigEndian(raw[2..]);
            if (length > long.MaxValue)
                return Violation(StompCloseCode.ProtocolError, "a WebSocket frame of an impossible length");
            var mask = MemoryMarshal.Read<uint>(raw[(header - 4)..]);
            if (isControl)
            {
                if (raw.Length < header + (int)length)
                    break;
                var payload = raw.Slice(header, (int)length);
                Unmask(payload, payload, mask);
                _rawStart += header + (int)length;
                if (opcode == WebSocketOpcode.Close)
                    return ReadClose(payload);
                if (opcode == WebSocketOpcode.Ping)
                    reply(WebSocketFrames.Encode(WebSocketOpcode.Pong, payload));
                continue;
            }

            _rawStart += header;
            (_isPastHeader, _isFinal, _left, _mask, _maskOffset) = (true, isFinal, length, mask, 0);
            if (opcode != WebSocketOpcode.Continuation)
                (_message, _text) = (opcode, default);
        }

        if (_rawStart == _rawEnd)
            _rawStart = _rawEnd = _payloadEnd;
        return Reception.Data;
    }

    bool TakePayload()
    {
        var length = (int)Math.Min(_left, (ulong)(_rawEnd - _rawStart));
        var source = _buffer.AsSpan(_rawStart, length);
        var target = _buffer.AsSpan(_payloadEnd, length);
        Unmask(source, target, BitConverter.IsLittleEndian
            ? BitOperations.RotateRight(_mask, 8 * _maskOffset)
            : BitOperations.RotateLeft(_mask, 8 * _maskOffset));
        _maskOffset = (_maskOffset + length) & 3;
        _left -= (ulong)length;
        _rawStart += length;
        if (_message == WebSocketOpcode.Text && !_text.TryContinue(target))
            return false; // and STOMP never sees it
        _payloadEnd += length;
        return true;
    }

    /// <summary>The target may overlap the source from the left: each vector is read before its place is written.</summary>
    static void Unmask(ReadOnlySpan<byte> source, Span<byte> target, uint mask)
    {
        var i = 0;
        var wide = Vector.AsVectorByte(new Vector<uint>(mask));
        for (; i <= source.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            (new Vector<byte>(source[i..]) ^ wide).CopyTo(target[i..]);
        var octets = MemoryMarshal.AsBytes(new Span<uint>(ref mask));
        for (; i < source.Length; i++)
            target[i] = (byte)(source[i] ^ octets[i & 3]);
    }

    Reception ReadClose(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return Reception.Close;
        CloseCode = payload.Length == 1 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(payload);
        var isCode = CloseCode is (>= 1000 and <= 1014 and not (1004 or 1005 or 1006)) or (>= 3000 and <= 4999);
        if (!isCode)
            return Violation(StompCloseCode.ProtocolError, "a close frame with an invalid code");
        return Utf8.IsValid(payload[2..])
            ? Reception.Close
            : Violation(StompCloseCode.InvalidText, "a close frame whose reason is not UTF-8");
    }

    Reception Violation(int code, string reason)
    {
        (CloseCode, CloseReason) = (code, reason);
        return Reception.Violation;
    }
}
