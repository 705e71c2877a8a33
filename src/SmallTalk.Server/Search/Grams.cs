using System.Text;

namespace SmallTalk.Server.Search;

/// <summary>The short pieces under which a text is filed, so that rooms are found without reading them all. What a
/// <see cref="Pattern"/> finds in a text has each of the pattern's grams; the reverse need not hold, so what grams find is
/// compared afterwards. Of 축구 there are: 추, ㅊ (축 and what it may still be), 구, ㄱ, 축구, 축ㄱ, ㅊㄱ. Scripts of few letters
/// get threes too (soc, occ), Korean initials also.</summary>
static class Grams
{
    /// <summary>Grows when the same text gets other grams than before: the index is then built anew.</summary>
    public const int Version = 2;

    /// <param name="text">From <see cref="SearchText"/>.</param>
    public static HashSet<string> OfText(string text)
    {
        var c = CodePoints(text);
        return Of(c, starts: c.Length);
    }

    /// <summary>Those with which the text begins.</summary>
    public static HashSet<string> OfStart(string text)
    {
        var c = CodePoints(text);
        return Of(c, starts: Math.Min(1, c.Length));
    }

    /// <param name="c">The text.</param>
    /// <param name="starts">Grams begin at so many of its first places.</param>
    static HashSet<string> Of(int[] c, int starts)
    {
        var grams = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < starts; i++)
        {
            var initial = Hangul.InitialOf(c[i]);
            grams.Add(Gram(Hangul.StemOf(c[i])));
            if (initial != '\0')
                grams.Add(Gram(initial));
            if (i + 1 == c.Length)
                break;
            var second = Hangul.InitialOf(c[i + 1]);
            grams.Add(Gram(c[i], Hangul.StemOf(c[i + 1])));
            if (second != '\0')
                grams.Add(Gram(c[i], second));
            if (initial != '\0' && second != '\0')
                grams.Add(Gram(initial, second));
            if (i + 2 == c.Length)
                continue;
            var third = Hangul.InitialOf(c[i + 2]);
            if (initial != '\0' && second != '\0' && third != '\0')
                grams.Add(Gram(initial, second, third));
            if (HasFewLetters(c[i]) && HasFewLetters(c[i + 1]) && HasFewLetters(c[i + 2]))
                grams.Add(Gram(c[i], c[i + 1], c[i + 2]));
        }
        return grams;
    }

    /// <summary>Any one of these finds every text that the pattern fits; the rarest finds the fewest others.</summary>
    public static HashSet<string> OfPattern(Pattern pattern)
    {
        var grams = new HashSet<string>(StringComparer.Ordinal);
        var c = CodePoints(pattern.Text);
        for (var i = 0; i + 1 < c.Length; i++)
        {
            var (first, second) = (Hangul.InitialOf(c[i]), Hangul.InitialOf(c[i + 1]));
            if (!Hangul.IsInitial(c[i]))
                grams.Add(Gram(c[i], Hangul.IsInitial(c[i + 1]) ? c[i + 1] : Hangul.StemOf(c[i + 1])));
            else if (second != '\0')
                grams.Add(Gram(first, second));
            if (i + 2 == c.Length)
                continue;
            var third = Hangul.InitialOf(c[i + 2]);
            if (first != '\0' && second != '\0' && third != '\0' && (Hangul.IsInitial(c[i]) || Hangul.IsInitial(c[i + 1]) || Hangul.IsInitial(c[i + 2])))
                grams.Add(Gram(first, second, third));
            if (HasFewLetters(c[i]) && HasFewLetters(c[i + 1]) && HasFewLetters(c[i + 2]))
                grams.Add(Gram(c[i], c[i + 1], c[i + 2]));
        }
        if (grams.Count == 0)
            grams.UnionWith(c.Select(each => Gram(Hangul.StemOf(each))));
        return grams;
    }

    /// <summary>Neither Korean nor Chinese nor kana, where two characters already say much.</summary>
    static bool HasFewLetters(int c) => c is not ((>= 0x3040 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or >= 0x20000);

    static int[] CodePoints(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    static string Gram(params ReadOnlySpan<int> codePoints)
    {
        var gram = new StringBuilder(2 * codePoints.Length);
        foreach (var c in codePoints)
            gram.Append(new Rune(c).ToString());
        return gram.ToString();
    }
}
