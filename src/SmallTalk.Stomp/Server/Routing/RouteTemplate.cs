using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace SmallTalk.Stomp;

/// <summary>Where in a destination the values of its route's parameters stand.</summary>
[InlineArray(RouteTemplate.MaxParameters)]
struct RouteValues
{
    (int Start, int Length) _first;
}

/// <summary>A destination with parameters: <c>/app/rooms/{roomId}/messages</c>. It matches exactly, octet by octet, segment by segment: no
/// decoding, no wildcards, no tolerance for case, doubled or trailing slashes, so that there are no two spellings of which only one
/// is guarded (K19).</summary>
sealed class RouteTemplate
{
    public const int MaxParameters = 8;

    // A value is one thing's name. These would be several things, or another, to somebody behind the handler.
    internal static readonly SearchValues<byte> NeverInValue = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (byte)i), 0x7F, (byte)'*', (byte)'\\']);

    readonly byte[]?[] _segments; // null: a parameter

    readonly byte[]? _prefix; // all that begins so, as far as BrokerNames knows it as a name

    RouteTemplate(string text, byte[]?[] segments, string[] parameters, byte[]? prefix = null) =>
        (Text, _segments, Parameters, _prefix) = (text, segments, parameters, prefix);

    /// <summary>Everything below a prefix: <c>/topic/**</c>. It is asked last.</summary>
    public static RouteTemplate Below(string prefix) => new(prefix + "**", [], [], Encoding.UTF8.GetBytes(prefix));

    public string Text { get; }

    public IReadOnlyList<string> Parameters { get; }

    /// <summary>Literal segments win over parameters: the more of them, the earlier a template is asked.</summary>
    public int LiteralSegments => _prefix is null ? _segments.Length - Parameters.Count : -1;

    public static RouteTemplate Parse(string text)
    {
        if (!text.StartsWith('/') || text.Length < 2)
            throw new ArgumentException($"The destination '{text}' must begin with '/' and name something.", nameof(text));
        var parameters = new List<string>();
        var parts = text[1..].Split('/');
        var segments = new byte[]?[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is ['{', .. var name, '}'] && name.Length > 0 && !name.Contains('{') && !parameters.Contains(name))
                parameters.Add(name);
            else if (parts[i].Length > 0 && !parts[i].AsSpan().ContainsAny("{}*"))
                segments[i] = Encoding.UTF8.GetBytes(parts[i]);
            else
                throw new ArgumentException($"The destination '{text}' has a segment '{parts[i]}' that is neither text nor a new {{parameter}}.", nameof(text));
        }

        if (parameters.Count > MaxParameters)
            throw new ArgumentException($"The destination '{text}' has more than {MaxParameters} parameters.", nameof(text));
        return new RouteTemplate(text, segments, [.. parameters]);
    }

    public bool TryMatch(ReadOnlySpan<byte> destination, ref RouteValues values)
    {
        if (_prefix is not null)
            return destination.StartsWith(_prefix) && BrokerNames.IsName(destination[_prefix.Length..]);
        if (destination is not [(byte)'/', ..])
            return false;
        var start = 1;
        var parameter = 0;
        for (var i = 0; i < _segments.Length; i++)
        {
            var length = destination[start..].IndexOf((byte)'/');
            var isLast = length < 0;
            if (isLast != (i == _segments.Length - 1))
                return false;
            var segment = isLast ? destination[start..] : destination.Slice(start, length);
            if (_segments[i] is { } literal)
            {
                if (!segment.SequenceEqual(literal))
                    return false;
            }
            else
            {
                if (segment.IsEmpty || segment.ContainsAny(NeverInValue) || segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8))
                    return false;
                values[parameter++] = (start, segment.Length);
            }

            start += segment.Length + 1;
        }

        return true;
    }

    /// <summary>Whether both match the same destinations.</summary>
    public bool IsSameAs(RouteTemplate other) =>
        _prefix is null == other._prefix is null && _prefix.AsSpan().SequenceEqual(other._prefix) && _segments.Length == other._segments.Length
        && _segments.Zip(other._segments).All(pair => pair.First is null == pair.Second is null
            && (pair.First is null || pair.First.AsSpan().SequenceEqual(pair.Second)));
}
