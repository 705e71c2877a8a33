using System.Text;

namespace SmallTalk.Server.Search;

/// <summary>The short pieces under which a text is filed, so that rooms are found without reading them all. A piece is what
/// somebody may have typed on the way to two characters (in names and hashtags: three) that stand side by side. Of 축구 there
/// are: ㅊ, 추, 축, 구, ㄱ, 축ㄱ, 축구, ㅊㄱ. What a <see cref="Pattern"/> finds in a text has each of the pattern's grams. For a
/// pattern as short as a gram the reverse holds too; what grams of a longer one find is compared afterwards.</summary>
static class Grams
{
    /// <summary>Grows when the same text gets other grams than before: the index is then built anew.</summary>
    public const int Version = 3;

    const int Longest = 3;

    /// <summary>The grams of a text, each with the best <see cref="Fit"/> that it, typed alone, has in the text.</summary>
    /// <param name="text">From <see cref="SearchText"/>.</param>
    /// <param name="isShort">A name or a hashtag.</param>
    public static Dictionary<string, Fit> OfText(string text, bool isShort)
    {
        var grams = new Dictionary<string, Fit>(StringComparer.Ordinal);
        var c = CodePoints(text);
        for (var at = 0; at < c.Length; at++)
        {
            for (var length = 1; length <= Longest && at + length <= c.Length; length++)
            {
                var piece = c.AsSpan(at, length);
                if (length < Longest || isShort || HaveFewLetters(piece))
                    AddTyped(piece, at, at + length < c.Length ? c[at + length] : 0);
                if (InitialsOf(piece) is { } initials)
                    Add(initials, at, isSame: true, isAll: length == c.Length);
            }
        }
        return grams;

        void AddTyped(ReadOnlySpan<int> piece, int at, int next)
        {
            var (before, last) = (Text(piece[..^1]), piece[^1]);
            var isAll = piece.Length == c.Length;
            if (!Hangul.IsSyllable(last))
            {
                Add(Text(piece), at, isSame: true, isAll);
                return;
            }
            Add(before + Hangul.InitialOf(last), at, isSame: true, isAll);
            foreach (var typed in Hangul.OnTheWay((char)last, next))
                Add(before + typed, at, isSame: typed == last, isAll);
        }

        void Add(string gram, int at, bool isSame, bool isAll)
        {
            var fit = (at, isSame) switch
            {
                (0, true) => isAll ? Fit.Whole : Fit.Start,
                (0, false) => Fit.StartHalfTyped,
                (_, true) => Fit.Inside,
                _ => Fit.InsideHalfTyped,
            };
            if (!grams.TryGetValue(gram, out var known) || fit < known)
                grams[gram] = fit;
        }
    }

    /// <summary>Any one of these finds every text that the pattern fits; the rarest finds the fewest others.</summary>
    /// <param name="pattern">What is looked for.</param>
    /// <param name="isShort">As for <see cref="OfText"/>.</param>
    public static IReadOnlySet<string> OfPattern(Pattern pattern, bool isShort)
    {
        var grams = new HashSet<string>(StringComparer.Ordinal);
        var c = CodePoints(pattern.Text);
        var coveredTo = 0;
        for (var at = 0; at < c.Length; at++)
        {
            for (var length = Math.Min(Longest, c.Length - at); length > 0; length--)
            {
                var piece = c.AsSpan(at, length);
                var isTyped = !HasInitialBeforeLast(piece) && (length < Longest || isShort || HaveFewLetters(piece));
                if ((isTyped ? Text(piece) : HasInitialBeforeLast(piece) ? InitialsOf(piece) : null) is not { } gram)
                    continue;
                var isAsTyped = gram == Text(piece);
                if (at + length > coveredTo || !isAsTyped) // else it is part of one before, which is rarer
                    grams.Add(gram);
                if (isAsTyped)
                    coveredTo = Math.Max(coveredTo, at + length);
                break;
            }
        }
        return grams;
    }

    /// <summary>Whether the pattern fits just the texts that have it as a gram, and there as well as the gram does.</summary>
    public static bool IsGram(Pattern pattern, bool isShort) =>
        OfPattern(pattern, isShort) is { Count: 1 } grams && grams.Single() == pattern.Text
        && (pattern.IsHalfTyped || !Hangul.IsSyllable(pattern.Text[^1]));

    static bool HasInitialBeforeLast(ReadOnlySpan<int> piece)
    {
        foreach (var c in piece[..^1])
        {
            if (Hangul.IsInitial(c))
                return true;
        }
        return false;
    }

    /// <summary>ㅊㄱ of 축구 and of 축ㄱ; null when something in it has none.</summary>
    static string? InitialsOf(ReadOnlySpan<int> piece)
    {
        Span<char> initials = stackalloc char[piece.Length];
        for (var i = 0; i < piece.Length; i++)
        {
            initials[i] = Hangul.InitialOf(piece[i]);
            if (initials[i] == '\0')
                return null;
        }
        return new string(initials);
    }

    /// <summary>Neither Korean nor Chinese nor kana, where two characters already say much.</summary>
    static bool HaveFewLetters(ReadOnlySpan<int> piece)
    {
        foreach (var c in piece)
        {
            if (c is (>= 0x3040 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or >= 0x20000)
                return false;
        }
        return true;
    }

    static int[] CodePoints(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    static string Text(ReadOnlySpan<int> codePoints)
    {
        var text = new StringBuilder(2 * codePoints.Length);
        foreach (var c in codePoints)
            text.Append(new Rune(c).ToString());
        return text.ToString();
    }
}
