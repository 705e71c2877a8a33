using System.Globalization;
using System.Text;

namespace SmallTalk.Server.Text;

enum Lines
{
    /// <summary>Names and the like: every run of white space is one space.</summary>
    One,

    /// <summary>Messages and descriptions: line breaks and tabs stay.</summary>
    Many,
}

/// <summary>What people write, as it is stored: composed (NFC, so that a Mac's Korean equals everybody's), trimmed, without
/// the characters that only deceive or break. Everything here takes any string, halves of surrogate pairs too, and time in
/// proportion to its length.</summary>
static class PlainText
{
    public static string Clean(string text, Lines lines)
    {
        var clean = new StringBuilder(text.Length);
        var pendingSpace = false;
        Rune? pendingJoiner = null;
        Rune? last = null;
        foreach (var rune in WellFormed(text).Replace("\r\n", "\n", StringComparison.Ordinal).Normalize(NormalizationForm.FormC).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                pendingJoiner = null;
                if (lines == Lines.One)
                    pendingSpace = last is not null;
                else
                    Add(Break(rune));
                continue;
            }
            if (Invisible.IsJoiner(rune))
            {
                pendingJoiner = last is { } before && !Rune.IsWhiteSpace(before) && !pendingSpace ? rune : null;
                continue;
            }
            if (!Stays(rune, last, pendingSpace, lines))
                continue;
            if (pendingSpace)
                clean.Append(' ');
            pendingSpace = false;
            if (pendingJoiner is { } joiner) // one, and only between two characters: elsewhere it joins nothing
                Add(joiner);
            pendingJoiner = null;
            Add(rune);
        }
        return clean.ToString().Trim().Normalize(NormalizationForm.FormC);

        void Add(Rune rune)
        {
            clean.Append(rune.ToString());
            last = rune;
        }
    }

    /// <summary>What a reader would count: a syllable, a letter with its accents, an emoji family.</summary>
    public static int Graphemes(string text) => new StringInfo(WellFormed(text)).LengthInTextElements;

    public static int CodePoints(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }

    public static bool HasVisible(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Invisible.HasInk(rune))
                return true;
        }
        return false;
    }

    /// <summary>The longest pile of combining marks on one character: a few in real scripts, hundreds where somebody paints
    /// over the neighbours.</summary>
    public static int HighestPile(string text)
    {
        var (highest, pile) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            pile = Invisible.IsMark(rune) ? pile + 1 : 0;
            highest = Math.Max(highest, pile);
        }
        return highest;
    }

    /// <summary>Half a surrogate pair becomes U+FFFD: no such text can be normalised, stored as UTF-8 or sent.</summary>
    public static string WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else
                return string.Concat(text.EnumerateRunes()); // enumerating replaces what is not a rune
        }
        return text;
    }

    static Rune Break(Rune space) => space.Value switch
    {
        '\n' or '\t' => space,
        '\r' or '\v' or '\f' or 0x85 or 0x2028 or 0x2029 => new Rune('\n'),
        _ => new Rune(' '),
    };

    static bool Stays(Rune rune, Rune? last, bool afterSpace, Lines lines)
    {
        if (Invisible.IsSelector(rune))
            return last is not null && !afterSpace;
        if (rune.Value is 0x200E or 0x200F or 0x061C)
            return lines == Lines.Many; // a writer of Arabic or Hebrew puts these beside numbers and names, and needs them
        if (rune.Value is 0x3164 or 0x115F or 0x1160 or 0xFFA0)
            return lines == Lines.Many && last is not null; // old Korean is written with fillers
        return rune.Value == 0x2800 ? lines == Lines.Many : !Invisible.IsIgnorable(rune);
    }
}
