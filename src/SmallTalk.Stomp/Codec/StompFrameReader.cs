using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace SmallTalk.Stomp;

/// <summary>What a call of <see cref="StompFrameReader.Read"/> found.</summary>
public enum StompReadStatus
{
    /// <summary>The bytes end before the frame does. Call again with the same bytes and more.</summary>
    NeedMore,

    /// <summary>A frame was read.</summary>
    Frame,

    /// <summary>The bytes are refused; see <see cref="StompFrameReader.Fault"/>.</summary>
    Refused,
}

/// <summary>Reads frames from bytes that arrive in pieces of any size ("STOMP Frames"), STOMP 1.0 to 1.2, no I/O.
/// <para>It works as a pipe's reader does: what it consumed is cut from the front of the sequence, the rest has to be offered
/// again with more behind it. It remembers how far it has looked, so that each byte is looked at once however small the pieces
/// are, and it keeps the limits while they arrive. A frame that lies in one segment is read where it lies; only one that
/// straddles segments is copied.</para></summary>
public sealed class StompFrameReader
{
    enum Phase
    {
        Between,
        Head,
        BodyOfKnownLength,
        BodyToNul,
    }

    readonly StompFrame _frame = new();
    Phase _phase;
    int _scanned;       // looked at so far, from the frame's start
    int _lineStart;
    int _lines;         // complete ones: the command, then headers
    int _bodyStart;
    int _bodyLength;
    int _contentLength; // -1: not said
    byte[] _linear = []; // a frame that straddles segments
    int _linearLength;

    /// <summary>A reader that keeps <paramref name="limits"/>.</summary>
    public StompFrameReader(StompLimits limits) => Limits = limits;

    /// <summary>Decides line ends and escapes. <see cref="StompVersion.None"/> until the session has a version; change it
    /// between two frames only.</summary>
    public StompVersion Version { get; set; }

    /// <summary>May be widened when the peer has proven who it is.</summary>
    public StompLimits Limits { get; set; }

    /// <summary>Why the last call refused its input. Nothing can be read after it.</summary>
    public StompFault? Fault { get; private set; }

    bool AllowsCarriageReturn => Version is StompVersion.V12 or StompVersion.None; // AMB-07: CONNECT comes before any version

    /// <summary>Reads the next frame, skipping the EOLs (heart-beats) before it.</summary>
    /// <param name="input">Loses what was consumed. The rest must come again, unchanged, in front of what arrives next.</param>
    /// <param name="frame">The frame; when refused, what of it was understood (so that its receipt can be named), or null.</param>
    public StompReadStatus Read(ref ReadOnlySequence<byte> input, out StompFrame? frame)
    {
        frame = null;
        if (Fault is not null)
            return StompReadStatus.Refused;
        if (_phase == Phase.Between)
        {
            if (!SkipEndsOfLine(ref input))
                return Fault is null ? StompReadStatus.NeedMore : StompReadStatus.Refused;
            Begin();
        }

        var status = StompReadStatus.NeedMore;
        var bytes = input.First;
        if (_linearLength == 0)
            status = Scan(bytes);
        if (status == StompReadStatus.NeedMore && (_linearLength > 0 || !input.IsSingleSegment))
        {
            foreach (var segment in input.Slice(_linearLength))
            {
                Append(segment.Span);
                status = Scan(_linear.AsMemory(0, _linearLength));
                if (status != StompReadStatus.NeedMore)
                    break;
            }

            bytes = _linear.AsMemory(0, _linearLength);
        }

        if (status == StompReadStatus.NeedMore)
            return status;
        _frame.SetBytes(bytes);
        frame = _frame;
        if (status == StompReadStatus.Frame)
        {
            _frame.Body = bytes.Slice(_bodyStart, _bodyLength);
            input = input.Slice(_bodyStart + _bodyLength + 1);
        }

        _phase = Phase.Between;
        _linearLength = 0;
        return status;
    }

    bool SkipEndsOfLine(ref ReadOnlySequence<byte> input)
    {
        var reader = new SequenceReader<byte>(input);
        var isFrameNext = false;
        while (true)
        {
            reader.AdvancePast((byte)'\n');
            if (!reader.TryPeek(out var next))
                break;
            if (next != '\r' || !AllowsCarriageReturn)
            {
                isFrameNext = true;
                break;
            }

            if (!reader.TryPeek(1, out var afterNext))
                break;
            if (afterNext != '\n')
            {
                Refuse("a CR that no LF follows stands where a command should begin");
                break;
            }

            reader.Advance(2);
        }

        input = reader.UnreadSequence;
        return isFrameNext;
    }

    void Begin()
    {
        _frame.Reset();
        _phase = Phase.Head;
        _scanned = _lineStart = _lines = 0;
        _contentLength = -1;
    }

    StompReadStatus Scan(ReadOnlyMemory<byte> memory)
    {
        var bytes = memory.Span;
        while (_phase == Phase.Head)
        {
            var found = bytes[_scanned..].IndexOfAny((byte)'\n', (byte)0);
            _scanned = found < 0 ? bytes.Length : _scanned + found;
            if (_scanned >= Limits.MaxFrameBytes)
                return TooLarge(FormattableString.Invariant($"the headers are longer than the {Limits.MaxFrameBytes} bytes that a frame may have"));
            if (found < 0)
            {
                // An endless first line can't become a command any more, so it isn't waited for.
                return _lines == 0 && bytes.Length > StompCommands.LongestBytes + 1
                    ? UnknownCommand(bytes[..(StompCommands.LongestBytes + 1)])
                    : StompReadStatus.NeedMore;
            }

            var line = bytes[_lineStart.._scanned];
            if (bytes[_scanned] == 0)
            {
                return Refuse(_scanned == 0
                    ? "a NUL stands where a command should begin"
                    : FormattableString.Invariant($"line {_lines + 1}: a NUL before the blank line that ends the headers"));
            }

            if (AllowsCarriageReturn && line is [.., (byte)'\r'])
                line = line[..^1];
            if (line.IsEmpty && _lines > 0)
            {
                if (!EndHead(bytes))
                    return StompReadStatus.Refused;
            }
            else if (!ReadLine(line))
            {
                _frame.SetBytes(memory);
                return StompReadStatus.Refused;
            }

            _lineStart = ++_scanned;
            if (_phase != Phase.Head)
                _bodyStart = _scanned;
        }

        if (_phase == Phase.BodyOfKnownLength)
        {
            var end = _bodyStart + _contentLength;
            if (bytes.Length <= end)
                return StompReadStatus.NeedMore;
            if (bytes[end] != 0)
                return Refuse(FormattableString.Invariant($"no NUL after {_contentLength} bytes: content-length and body differ"));
            _bodyLength = _contentLength;
            return StompReadStatus.Frame;
        }

        var nul = bytes[_scanned..].IndexOf((byte)0);
        _scanned = nul < 0 ? bytes.Length : _scanned + nul;
        if (_scanned >= Limits.MaxFrameBytes)
            return TooLarge(FormattableString.Invariant($"the frame is longer than {Limits.MaxFrameBytes} bytes"));
        if (nul < 0)
            return StompReadStatus.NeedMore;
        _bodyLength = _scanned - _bodyStart;
        return EndBody();
    }

    bool ReadLine(ReadOnlySpan<byte> line)
    {
        if (_lines++ == 0)
        {
            _frame.Command = StompCommands.Parse(line);
            if (_frame.Command == StompCommand.None)
                UnknownCommand(line);
            return Fault is null;
        }

        if (_lines - 1 > Limits.MaxHeaders)
        {
            TooLarge(FormattableString.Invariant($"line {_lines}: more than {Limits.MaxHeaders} headers"));
            return false;
        }

        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            Refuse(FormattableString.Invariant($"line {_lines}: {(colon < 0 ? "a header without a colon" : "a header without a name")}"));
            return false;
        }

        var (nameStart, nameLength, valueStart, valueLength) = (_lineStart, colon, _lineStart + colon + 1, line.Length - colon - 1);
        if (Version == StompVersion.V12 && line.Contains((byte)'\r'))
        {
            Refuse(FormattableString.Invariant($"line {_lines}: header {Quote(line[..colon])} has a CR that no LF follows"));
            return false;
        }

        // The last piece of "Value Encoding": 1.1 and later never trim, 1.0's own examples have a blank after the colon.
        if (Version == StompVersion.V10)
        {
            var value = line[(colon + 1)..];
            var trimmed = value.TrimStart((byte)' ');
            valueStart += value.Length - trimmed.Length;
            valueLength = trimmed.TrimEnd((byte)' ').Length;
        }

        if (line.Contains((byte)'\\') && HasEscapes)
        {
            nameLength = _frame.Unescape(Version, line[..colon], out nameStart);
            valueLength = _frame.Unescape(Version, line[(colon + 1)..], out valueStart);
            if (nameLength < 0 || valueLength < 0)
            {
                var at = nameLength < 0 ? ~nameLength : colon + 1 + ~valueLength;
                Refuse(FormattableString.Invariant(
                    $"line {_lines}: header {Quote(line[..colon])} has the undefined escape {Quote(line[at..Math.Min(at + 2, line.Length)])}"));
                return false;
            }
        }

        _frame.AddHeader(nameStart, nameLength, valueStart, valueLength);
        return !line.StartsWith(HeaderNames.ContentLength) || colon != HeaderNames.ContentLength.Length
            || ReadContentLength(line[(colon + 1)..]);
    }

    // An ERROR that comes instead of CONNECTED has no version to go by.
    bool HasEscapes => !StompCommands.IsNeverEscaped(_frame.Command)
        && (Version >= StompVersion.V11 || (Version == StompVersion.None && _frame.Command == StompCommand.Error));

    bool ReadContentLength(ReadOnlySpan<byte> value)
    {
        if (!StompCommands.MayHaveBody(_frame.Command))
            return true; // AMB-06: some clients copy it onto ACK
        if (Version == StompVersion.V10)
            value = value.Trim((byte)' ');
        long length = 0;
        foreach (var digit in value)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                length = -1;
                break;
            }

            length = Math.Min((length * 10) + digit - '0', int.MaxValue); // saturates: beyond the limit is beyond the limit
        }

        if (value.IsEmpty || length < 0)
            Refuse(FormattableString.Invariant($"line {_lines}: content-length {Quote(value)} is not a number of bytes"));
        else if (_contentLength >= 0 && _contentLength != length)
            Refuse(FormattableString.Invariant($"line {_lines}: a second content-length that differs from the first"));
        else if (length >= Limits.MaxFrameBytes)
            TooLarge(FormattableString.Invariant($"content-length {Quote(value)} is more than the {Limits.MaxFrameBytes} bytes that a frame may have"));
        else
            _contentLength = (int)length;
        return Fault is null;
    }

    bool EndHead(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes[.._scanned]))
        {
            Refuse(FormattableString.Invariant($"line {LineThatIsNotUtf8(bytes[.._scanned])}: the header is not UTF-8"));
            return false;
        }

        if (_contentLength < 0)
        {
            _phase = Phase.BodyToNul;
            return true;
        }

        if (_scanned + 1L + _contentLength >= Limits.MaxFrameBytes)
        {
            TooLarge(FormattableString.Invariant($"headers and body together are longer than the {Limits.MaxFrameBytes} bytes that a frame may have"));
            return false;
        }

        _phase = Phase.BodyOfKnownLength;
        return true;
    }

    static int LineThatIsNotUtf8(ReadOnlySpan<byte> head)
    {
        var number = 1;
        for (; Utf8.IsValid(head[..head.IndexOf((byte)'\n')]); number++)
            head = head[(head.IndexOf((byte)'\n') + 1)..];
        return number;
    }

    StompReadStatus EndBody()
    {
        if (_bodyLength == 0 || StompCommands.MayHaveBody(_frame.Command))
            return StompReadStatus.Frame;

        // AMB-06: 1.0 only says that the body is ignored. Its frame ends with the same NUL, so a reader may skip to it.
        var isLenient = Version == StompVersion.V10 || (Version == StompVersion.None && !StompCommands.IsNeverEscaped(_frame.Command));
        if (!isLenient)
            return Refuse(FormattableString.Invariant($"a {Encoding.ASCII.GetString(StompCommands.Utf8(_frame.Command))} frame must not have a body"));
        _bodyStart += _bodyLength;
        _bodyLength = 0;
        return StompReadStatus.Frame;
    }

    void Append(ReadOnlySpan<byte> bytes)
    {
        if (_linear.Length - _linearLength < bytes.Length)
            Array.Resize(ref _linear, Math.Max(_linear.Length * 2, _linearLength + bytes.Length));
        bytes.CopyTo(_linear.AsSpan(_linearLength));
        _linearLength += bytes.Length;
    }

    StompReadStatus UnknownCommand(ReadOnlySpan<byte> line) => Refuse($"line 1: {Quote(line)} is not a command");

    StompReadStatus Refuse(string message)
    {
        Fault = new StompFault(StompFaultKind.Malformed, message);
        return StompReadStatus.Refused;
    }

    StompReadStatus TooLarge(string message)
    {
        Fault = new StompFault(StompFaultKind.TooLarge, message);
        return StompReadStatus.Refused;
    }

    /// <summary>Foreign bytes as a reader of a log or an ERROR can bear them.</summary>
    static string Quote(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("'");
        foreach (var octet in bytes[..Math.Min(bytes.Length, 40)])
        {
            if (octet is >= 0x20 and < 0x7F)
                text.Append((char)octet);
            else
                text.Append(CultureInfo.InvariantCulture, $"<{octet:x2}>");
        }

        return text.Append(bytes.Length > 40 ? "…'" : "'").ToString();
    }
}
