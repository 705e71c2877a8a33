using System.Buffers.Binary;
using System.Text;

namespace SmallTalk.Stomp;

enum WebSocketOpcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>The frames that a server writes (RFC 6455, section 5.2): never masked, never fragmented, so that the bytes of one
/// can be shared by all connections that it goes to.</summary>
static class WebSocketFrames
{
    const byte Final = 0x80;

    /// <summary>A STOMP heart-beat, the EOL, as a message of its own.</summary>
    public static readonly ReadOnlyMemory<byte> HeartBeat = new byte[] { Final | (byte)WebSocketOpcode.Text, 1, (byte)'\n' };

    public static readonly ReadOnlyMemory<byte> EmptyPing = new byte[] { Final | (byte)WebSocketOpcode.Ping, 0 };

    public static bool IsControl(ReadOnlySpan<byte> frame) => (frame[0] & 0x0F) >= (int)WebSocketOpcode.Close;

    /// <summary>What a frame of ours carries: it is never masked, so its header ends with its length.</summary>
    public static ReadOnlyMemory<byte> PayloadOf(ReadOnlyMemory<byte> frame) => frame[(frame.Span[1] switch { < 126 => 2, 126 => 4, _ => 10 })..];

    public static int HeaderLength(int payloadLength) => payloadLength < 126 ? 2 : payloadLength <= ushort.MaxValue ? 4 : 10;

    public static void WriteHeader(Span<byte> frame, WebSocketOpcode opcode, int payloadLength)
    {
        frame[0] = (byte)(Final | (int)opcode);
        if (payloadLength < 126)
        {
            frame[1] = (byte)payloadLength;
        }
        else if (payloadLength <= ushort.MaxValue)
        {
            frame[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)payloadLength);
        }
        else
        {
            frame[1] = 127;
            BinaryPrimitives.WriteUInt64BigEndian(frame[2..], (ulong)payloadLength);
        }
    }

    public static byte[] Encode(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        var header = HeaderLength(payload.Length);
        var frame = new byte[header + payload.Length];
        WriteHeader(frame, opcode, payload.Length);
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    /// <summary>A close frame; the reason is cut, between characters, to the 123 bytes that a control frame leaves for it.</summary>
    public static byte[] Close(int code, string reason)
    {
        Span<byte> payload = stackalloc byte[125];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetEncoder().Convert(reason, payload[2..], flush: false, out _, out var length, out _);
        return Encode(WebSocketOpcode.Close, payload[..(2 + length)]);
    }
}
