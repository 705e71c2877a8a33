namespace SmallTalk.Server.Search;

/// <summary>How well a pattern is found in a text; smaller is better.</summary>
enum Fit
{
    Whole,
    Start,
    StartHalfTyped,
    Inside,
    InsideHalfTyped,
}

/// <summary>One word of a query, to be found as part of a text that went through <see cref="SearchText"/>. A consonant
/// stands for itself and for every syllable that begins with it (ㅊㄱ, 축ㄱ: 축구). The syllable that somebody is still
/// typing stands for all that it can become (추, 축, 축ㄱ: 축구).</summary>
/// <param name="Text">The word, normalised.</param>
/// <param name="IsHalfTyped">Its last syllable may go on.</param>
sealed record Pattern(string Text, bool IsHalfTyped)
{
    readonly bool _canGoOn = IsHalfTyped && Hangul.IsSyllable(Text[^1]);

    /// <returns>The best fit of all places; null when there is none.</returns>
    public Fit? FindIn(ReadOnlySpan<char> text)
    {
        Fit? best = null;
        var first = Text[0];
        var firstIsLiteral = !Hangul.IsInitial(first) && !(Text.Length == 1 && _canGoOn);
        for (var at = 0; at + Text.Length <= text.Length; at++)
        {
            if (firstIsLiteral)
            {
                var skip = text[at..].IndexOf(first);
                if (skip < 0)
                    break;
                at += skip;
                if (at + Text.Length > text.Length)
                    break;
            }
            var fit = FitAt(text, at);
            if (fit < best || best is null)
                best = fit;
            if (best <= Fit.StartHalfTyped || best == Fit.Inside)
                break; // later places are inside, and none is better
        }
        return best;
    }

    Fit? FitAt(ReadOnlySpan<char> text, int at)
    {
        var last = Text.Length - 1;
        for (var i = 0; i < last; i++)
        {
            if (!IsSame(Text[i], text[at + i]))
                return null;
        }
        var end = at + last;
        if (IsSame(Text[last], text[end]))
            return at > 0 ? Fit.Inside : text.Length == Text.Length ? Fit.Whole : Fit.Start;
        if (_canGoOn && Hangul.IsOnTheWay(Text[last], text[end], end + 1 < text.Length ? text[end + 1] : '\0'))
            return at > 0 ? Fit.InsideHalfTyped : Fit.StartHalfTyped;
        return null;
    }

    static bool IsSame(char wanted, char found) => wanted == found || (Hangul.IsInitial(wanted) && Hangul.InitialOf(found) == wanted);
}
