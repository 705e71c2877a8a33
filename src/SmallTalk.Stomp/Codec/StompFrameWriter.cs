using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace SmallTalk.Stomp;

/// <summary>Writes one frame in the words of one version ("STOMP Frames", "Value Encoding"): begin with the command, then the
/// headers, then <see cref="Body"/>. Lines end in LF, no EOL follows the NUL.</summary>
public readonly ref struct StompFrameWriter
{
    readonly IBufferWriter<byte> _output;
    readonly StompVersion _escapes;

    /// <summary>Writes the command's line.</summary>
    public StompFrameWriter(IBufferWriter<byte> output, StompVersion version, StompCommand command)
    {
        _output = output;
        _escapes = StompCommands.IsNeverEscaped(command) ? StompVersion.None : version;
        output.Write(StompCommands.Utf8(command));
        output.Write("\n"u8);
    }

    /// <summary>Writes a header. One that this version cannot say is left out, never written raw: a NUL in any version, in 1.0
    /// (and in CONNECT) also what would end the line or the name.</summary>
    /// <returns>False when it was left out.</returns>
    public bool Header(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!HeaderEscaping.CanWrite(_escapes, name, value))
            return false;
        HeaderEscaping.Write(_output, _escapes, name);
        _output.Write(":"u8);
        HeaderEscaping.Write(_output, _escapes, value);
        _output.Write("\n"u8);
        return true;
    }

    /// <inheritdoc cref="Header(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool Header(ReadOnlySpan<byte> name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Header(name, [], value);
    }

    /// <inheritdoc cref="Header(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool Header(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        return Header([], name, value);
    }

    bool Header(ReadOnlySpan<byte> utf8Name, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        const int OnStack = 384;
        var most = Encoding.UTF8.GetMaxByteCount(name.Length + value.Length);
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var utf8 = rented ?? stackalloc byte[OnStack];
        var nameLength = Encoding.UTF8.GetBytes(name, utf8);
        var valueLength = Encoding.UTF8.GetBytes(value, utf8[nameLength..]);
        var written = Header(utf8Name.IsEmpty ? utf8[..nameLength] : utf8Name, utf8.Slice(nameLength, valueLength));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return written;
    }

    /// <inheritdoc cref="Header(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool Header(ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var length);
        return Header(name, digits[..length]);
    }

    /// <summary>Ends the frame: content-length when there is a body, the blank line, the body, the NUL.</summary>
    public void Body(ReadOnlySpan<byte> body)
    {
        if (!body.IsEmpty)
            Header(HeaderNames.ContentLength, body.Length);
        _output.Write("\n"u8);
        _output.Write(body);
        _output.Write("\0"u8);
    }

    /// <summary>Ends a frame that has no body.</summary>
    public void End() => Body([]);
}
