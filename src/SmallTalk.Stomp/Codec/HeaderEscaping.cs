using System.Buffers;

namespace SmallTalk.Stomp;

/// <summary>Header values as "Value Encoding" asks, both ways. Nearly no value needs an escape, so the common case is one
/// vectorised search and one copy. 1.0 has no escapes at all; 1.1 has none for CR, which is an ordinary octet there.</summary>
static class HeaderEscaping
{
    static readonly SearchValues<byte> Special11 = SearchValues.Create("\n:\\"u8);
    static readonly SearchValues<byte> Special12 = SearchValues.Create("\r\n:\\"u8);
    static readonly SearchValues<byte> UnsafeLiteralValue = SearchValues.Create("\r\n\0"u8);
    static readonly SearchValues<byte> UnsafeLiteralName = SearchValues.Create("\r\n\0:"u8);

    /// <summary>Whether a header can be said at all: a NUL never (it ends frames), and where nothing can be escaped what
    /// would end the line or the name neither. Written raw it would be somebody else's header line.</summary>
    public static bool CanWrite(StompVersion version, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        version >= StompVersion.V11
            ? !name.IsEmpty && !name.Contains((byte)0) && !value.Contains((byte)0)
            : !name.IsEmpty && !name.ContainsAny(UnsafeLiteralName) && !value.ContainsAny(UnsafeLiteralValue);

    public static void Write(IBufferWriter<byte> output, StompVersion version, ReadOnlySpan<byte> value)
    {
        if (version < StompVersion.V11)
        {
            output.Write(value);
            return;
        }

        var special = version == StompVersion.V11 ? Special11 : Special12;
        for (int clean; (clean = value.IndexOfAny(special)) >= 0; value = value[(clean + 1)..])
        {
            var span = output.GetSpan(clean + 2); // one reservation: the clean run and its escape
            value[..clean].CopyTo(span);
            span[clean] = (byte)'\\';
            span[clean + 1] = (byte)((char)value[clean] switch { '\r' => 'r', '\n' => 'n', ':' => 'c', _ => '\\' });
            output.Advance(clean + 2);
        }

        output.Write(value);
    }

    /// <summary>Writes the plain octets of <paramref name="escaped"/> to <paramref name="plain"/>, which must be as long.</summary>
    /// <returns>The number of octets, or the complement of the index of an undefined escape ("MUST be treated as a fatal
    /// protocol error").</returns>
    public static int Read(StompVersion version, ReadOnlySpan<byte> escaped, Span<byte> plain)
    {
        var written = 0;
        for (var read = 0; read < escaped.Length;)
        {
            var clean = escaped[read..].IndexOf((byte)'\\');
            if (clean < 0)
                clean = escaped.Length - read;
            escaped.Slice(read, clean).CopyTo(plain[written..]);
            written += clean;
            read += clean;
            if (read == escaped.Length)
                break;
            var octet = read + 1 < escaped.Length
                ? (char)escaped[read + 1] switch
                {
                    'n' => '\n',
                    'c' => ':',
                    '\\' => '\\',
                    'r' when version != StompVersion.V11 => '\r',
                    _ => '\0',
                }
                : '\0';
            if (octet == '\0')
                return ~read;
            plain[written++] = (byte)octet;
            read += 2;
        }

        return written;
    }
}
