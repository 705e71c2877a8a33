using System.Text;

namespace SmallTalk.Stomp.Tests;

/// <summary>The oracle: reads a whole recording the plain way, octet by octet, with no thought for speed or for how it was cut.</summary>
sealed class PlainReader(StompVersion version, StompLimits limits)
{
    static readonly Dictionary<string, StompCommand> Commands = Enum.GetValues<StompCommand>()
        .Where(command => command != StompCommand.None).ToDictionary(command => command.ToString().ToUpperInvariant());

    /// <summary>The frames as text, then "refused", or "…" when a frame or a line end is still open.</summary>
    public List<string> Read(byte[] input)
    {
        var result = new List<string>();
        var at = 0;
        while (true)
        {
            while (at < input.Length && (input[at] == '\n' || (input[at] == '\r' && HasCr)))
            {
                if (input[at] == '\r')
                {
                    if (at + 1 == input.Length)
                        return [.. result, "…"];
                    if (input[at + 1] != '\n')
                        return [.. result, "refused"];
                    at++;
                }

                at++;
            }

            if (at == input.Length)
                return result;
            var frame = ReadFrame(input, ref at);
            result.Add(frame);
            if (frame is "refused" or "…")
                return result;
        }
    }

    bool HasCr => version is StompVersion.None or StompVersion.V12;

    string ReadFrame(byte[] input, ref int at)
    {
        var start = at;
        var lines = new List<byte[]>();
        while (true)
        {
            var line = new List<byte>();
            while (true)
            {
                if (at - start >= limits.MaxFrameBytes)
                    return "refused";
                if (at == input.Length)
                    return lines.Count == 0 && line.Count > 12 ? "refused" : "…";
                if (input[at] == 0)
                    return "refused";
                if (input[at] == '\n')
                    break;
                line.Add(input[at++]);
            }

            at++;
            if (HasCr && line.Count > 0 && line[^1] == '\r')
                line.RemoveAt(line.Count - 1);
            if (lines.Count == 0 && !Commands.ContainsKey(Encoding.Latin1.GetString([.. line])))
                return "refused";
            if (line.Count == 0)
                break;
            lines.Add([.. line]);
            if (lines.Count > 1 && !IsHeader(lines))
                return "refused";
        }

        var command = Commands[Encoding.Latin1.GetString(lines[0])];
        var headers = lines.Skip(1).Select(line => Header(command, line)!.Value).ToList();
        if (!IsUtf8(input[start..at]))
            return "refused";
        var lengths = MayHaveBody(command)
            ? lines.Skip(1).Where(line => RawName(line) == "content-length").Select(line => long.Parse(RawValue(line), System.Globalization.CultureInfo.InvariantCulture)).ToList()
            : [];
        byte[] body;
        if (lengths.Count > 0)
        {
            if (at - start + lengths[0] + 1 >= limits.MaxFrameBytes)
                return "refused";
            if (at + lengths[0] >= input.Length)
                return "…";
            body = input[at..(int)(at + lengths[0])];
            at += (int)lengths[0];
            if (input[at++] != 0)
                return "refused";
        }
        else
        {
            var nul = Array.IndexOf(input, (byte)0, at);
            if ((nul < 0 ? input.Length : nul) - start >= limits.MaxFrameBytes)
                return "refused";
            if (nul < 0)
                return "…";
            body = input[at..nul];
            at = nul + 1;
            if (body.Length > 0 && !MayHaveBody(command))
            {
                if (version is StompVersion.V11 or StompVersion.V12 || (version == StompVersion.None && IsLiteral(command)))
                    return "refused";
                body = [];
            }
        }

        return Describe(command, headers, body);
    }

    public static string Describe(StompCommand command, IEnumerable<(string Name, string Value)> headers, byte[] body) =>
        $"{command}({string.Join('|', headers.Select(h => $"{h.Name}={h.Value}"))})[{Convert.ToHexString(body)}]";

    bool IsHeader(List<byte[]> lines)
    {
        var line = lines[^1];
        var command = Commands[Encoding.Latin1.GetString(lines[0])];
        if (lines.Count - 1 > limits.MaxHeaders || Array.IndexOf(line, (byte)':') <= 0)
            return false;
        if (version == StompVersion.V12 && line.Contains((byte)'\r'))
            return false;
        if (Header(command, line) is null)
            return false;
        if (RawName(line) != "content-length" || !MayHaveBody(command))
            return true;
        var others = lines.Skip(1).SkipLast(1).Where(other => RawName(other) == "content-length").ToList();
        return RawValue(line) is { Length: > 0 } digits && digits.All(char.IsAsciiDigit)
            && System.Numerics.BigInteger.Parse(digits, System.Globalization.CultureInfo.InvariantCulture) < limits.MaxFrameBytes
            && others.All(other => long.Parse(RawValue(other), System.Globalization.CultureInfo.InvariantCulture) == long.Parse(digits, System.Globalization.CultureInfo.InvariantCulture));
    }

    static string RawName(byte[] line) => Encoding.Latin1.GetString(line[..Array.IndexOf(line, (byte)':')]);

    string RawValue(byte[] line)
    {
        var value = Encoding.Latin1.GetString(line[(Array.IndexOf(line, (byte)':') + 1)..]);
        return version == StompVersion.V10 ? value.Trim(' ') : value;
    }

    (string Name, string Value)? Header(StompCommand command, byte[] line)
    {
        var (name, value) = (RawName(line), RawValue(line));
        if (!IsLiteral(command) && (version is StompVersion.V11 or StompVersion.V12 || (version == StompVersion.None && command == StompCommand.Error)))
        {
            if (Unescape(name) is not { } plainName || Unescape(value) is not { } plainValue)
                return null;
            (name, value) = (plainName, plainValue);
        }

        return (name, value);
    }

    string? Unescape(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }

            if (++i == text.Length)
                return null;
            switch (text[i])
            {
                case 'n':
                    plain.Append('\n');
                    break;
                case 'c':
                    plain.Append(':');
                    break;
                case '\\':
                    plain.Append('\\');
                    break;
                case 'r' when version != StompVersion.V11:
                    plain.Append('\r');
                    break;
                default:
                    return null;
            }
        }

        return plain.ToString();
    }

    static bool IsUtf8(byte[] bytes)
    {
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    static bool MayHaveBody(StompCommand command) => command is StompCommand.Send or StompCommand.Message or StompCommand.Error;

    static bool IsLiteral(StompCommand command) => command is StompCommand.Connect or StompCommand.Stomp or StompCommand.Connected;
}
