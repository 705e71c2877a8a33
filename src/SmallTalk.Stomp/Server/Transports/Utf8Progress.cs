using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace SmallTalk.Stomp;

/// <summary>Whether bytes that come in pieces are UTF-8, where a piece may end inside a character (RFC 6455, section 8.1).</summary>
[StructLayout(LayoutKind.Auto)]
struct Utf8Progress
{
    uint _begun;     // the character under way, first byte lowest
    int _begunBytes;

    public readonly bool IsComplete => _begunBytes == 0;

    public bool TryContinue(ReadOnlySpan<byte> bytes)
    {
        Span<byte> character = stackalloc byte[4];
        while (_begunBytes > 0 && !bytes.IsEmpty)
        {
            character[0] = (byte)_begun;
            character[1] = (byte)(_begun >> 8);
            character[2] = (byte)(_begun >> 16);
            character[_begunBytes] = bytes[0];
            var length = _begunBytes + 1;
            bytes = bytes[1..];
            switch (Rune.DecodeFromUtf8(character[..length], out _, out _))
            {
                case OperationStatus.Done:
                    _begunBytes = 0;
                    break;
                case OperationStatus.NeedMoreData:
                    Keep(character[..length]);
                    break;
                default:
                    return false;
            }
        }

        if (Utf8.IsValid(bytes))
            return true;
        var tail = bytes.Length - 1;
        while (tail > 0 && bytes.Length - tail < 3 && (bytes[tail] & 0xC0) == 0x80)
            tail--;
        if (Rune.DecodeFromUtf8(bytes[tail..], out _, out _) != OperationStatus.NeedMoreData || !Utf8.IsValid(bytes[..tail]))
            return false;
        Keep(bytes[tail..]);
        return true;
    }

    void Keep(ReadOnlySpan<byte> character)
    {
        _begun = 0;
        for (var i = 0; i < character.Length; i++)
            _begun |= (uint)character[i] << (8 * i);
        _begunBytes = character.Length;
    }
}
