using System.Buffers.Binary;

namespace SmallTalk.Stomp.Tests;

/// <summary>What a server hears of a recording of client octets.</summary>
/// <param name="Payload">Of its data messages, one behind the other.</param>
/// <param name="Pongs">What answers its pings.</param>
/// <param name="End">Close, Violation, or EndOfStream where neither came.</param>
/// <param name="Code">The close code of the two former.</param>
sealed record WebSocketHeard(byte[] Payload, byte[][] Pongs, string End, int Code);

/// <summary>The oracle of <see cref="WebSocketInput"/>: RFC 6455, sections 5 and 8.1, the plain way over a whole recording.</summary>
static class PlainWebSocket
{
    public static WebSocketHeard Read(byte[] octets)
    {
        var payload = new List<byte>();
        var pongs = new List<byte[]>();
        var at = 0;
        var message = -1; // the opcode of the message under way
        var text = new List<byte>();
        while (octets.Length - at >= 2)
        {
            var (isFinal, opcode, length) = ((octets[at] & 0x80) != 0, octets[at] & 0x0F, (ulong)(octets[at + 1] & 0x7F));
            var isControl = opcode >= 8;
            if ((octets[at] & 0x70) != 0 || opcode is (> 2 and < 8) or > 10 || (octets[at + 1] & 0x80) == 0
                || (isControl && (!isFinal || length > 125)) || (!isControl && opcode == 0 == (message < 0)))
                return Ended("Violation", 1002);
            var lengthOctets = length == 126 ? 2 : length == 127 ? 8 : 0;
            if (octets.Length - at < 6 + lengthOctets)
                break;
            if (lengthOctets == 2)
                length = BinaryPrimitives.ReadUInt16BigEndian(octets.AsSpan(at + 2));
            else if (lengthOctets == 8)
                length = BinaryPrimitives.ReadUInt64BigEndian(octets.AsSpan(at + 2));
            if (length > long.MaxValue)
                return Ended("Violation", 1002);
            var mask = octets[(at + 2 + lengthOctets)..(at + 6 + lengthOctets)];
            var start = at + 6 + lengthOctets;
            var here = octets.AsSpan(start, (int)Math.Min(length, (ulong)(octets.Length - start))).ToArray();
            for (var i = 0; i < here.Length; i++)
                here[i] ^= mask[i & 3];
            var isWhole = (ulong)here.Length == length;
            if (isControl)
            {
                if (!isWhole)
                    break;
                at = start + here.Length;
                if (opcode == 9)
                    pongs.Add(here);
                if (opcode == 8)
                    return Close(here);
                continue;
            }

            if (opcode != 0)
            {
                message = opcode;
                text.Clear();
            }

            foreach (var octet in here)
            {
                text.Add(octet);
                if (message == 1 && !IsUtf8([.. text], mayEndInside: true))
                    return Ended("Violation", 1007);
                payload.Add(octet);
            }

            if (!isWhole)
                break;
            at = start + here.Length;
            if (!isFinal)
                continue;
            if (message == 1 && !IsUtf8([.. text], mayEndInside: false))
                return Ended("Violation", 1007);
            message = -1;
        }

        return Ended("EndOfStream", 0);

        WebSocketHeard Ended(string end, int code) => new([.. payload], [.. pongs], end, code);

        WebSocketHeard Close(byte[] reason)
        {
            if (reason.Length == 0)
                return Ended("Close", 0);
            var code = reason.Length == 1 ? 0 : (reason[0] << 8) | reason[1];
            if (code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)))
                return Ended("Violation", 1002);
            return IsUtf8(reason[2..], mayEndInside: false) ? Ended("Close", code) : Ended("Violation", 1007);
        }
    }

    /// <summary>Octet by octet, after Unicode's table 3-7.</summary>
    static bool IsUtf8(byte[] octets, bool mayEndInside)
    {
        for (var i = 0; i < octets.Length;)
        {
            var (more, low, high) = octets[i++] switch
            {
                <= 0x7F => (0, 0, 0),
                >= 0xC2 and <= 0xDF => (1, 0x80, 0xBF),
                0xE0 => (2, 0xA0, 0xBF),
                0xED => (2, 0x80, 0x9F),
                >= 0xE1 and <= 0xEF => (2, 0x80, 0xBF),
                0xF0 => (3, 0x90, 0xBF),
                >= 0xF1 and <= 0xF3 => (3, 0x80, 0xBF),
                0xF4 => (3, 0x80, 0x8F),
                _ => (-1, 0, 0),
            };
            if (more < 0)
                return false;
            for (; more > 0; more--, (low, high) = (0x80, 0xBF))
            {
                if (i == octets.Length)
                    return mayEndInside;
                if (octets[i] < low || octets[i] > high)
                    return false;
                i++;
            }
        }

        return true;
    }
}
