using System.Buffers;

namespace SmallTalk.Stomp.Tests;

/// <summary>The oracle of <see cref="HeaderEscaping"/>, and what its gain is measured against: octet after octet.</summary>
static class PlainEscaping
{
    public static void Write(IBufferWriter<byte> output, StompVersion version, ReadOnlySpan<byte> value)
    {
        var span = output.GetSpan(2 * value.Length);
        var length = 0;
        foreach (var octet in value)
        {
            var escape = (char)octet switch
            {
                _ when version < StompVersion.V11 => '\0',
                '\r' when version == StompVersion.V12 => 'r',
                '\n' => 'n',
                ':' => 'c',
                '\\' => '\\',
                _ => '\0',
            };
            if (escape == '\0')
            {
                span[length++] = octet;
                continue;
            }

            span[length++] = (byte)'\\';
            span[length++] = (byte)escape;
        }

        output.Advance(length);
    }
}
