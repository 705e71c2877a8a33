using System.Globalization;
using System.Text;
using SmallTalk.Server.Text;

namespace SmallTalk.Server.Search;

/// <summary>A text as searching sees it: composed, case and width folded (see <see cref="FoldKey"/>), without spaces and the
/// marks that stand for them (우리동네 축구 = 우리동네축구, K-POP = kpop), Korean letters that stand alone as a keyboard
/// types them, one key each. Rooms and queries go through the same door.</summary>
static class SearchText
{
    public static string Of(string text)
    {
        var result = new StringBuilder(text.Length);
        var start = 0;
        // NFKC would join ㄱ and ㅏ that stand beside each other, and hang ㄳ below the syllable before it.
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is not (>= 'ㄱ' and <= 'ㅣ'))
                continue;
            if (i > start)
                AppendFolded(result, text[start..i]);
            if (i < text.Length)
                AppendKeys(result, text[i]);
            start = i + 1;
        }
        return result.ToString();
    }

    static void AppendFolded(StringBuilder result, string text)
    {
        foreach (var rune in FoldKey.Of(text).EnumerateRunes())
        {
            if (rune.Value == ' ' || IsSeparator(rune))
                continue;
            if (Loose(rune.Value) is { } jamo)
                AppendKeys(result, jamo);
            else
                result.Append(rune.ToString());
        }
    }

    static void AppendKeys(StringBuilder result, char jamo)
    {
        if (Hangul.TrySplit(jamo, out var first, out var second))
            result.Append(first).Append(second);
        else
            result.Append(jamo);
    }

    static bool IsSeparator(Rune rune) =>
        rune.Value is '·' or '・' or '‧' or '\'' or '’' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DashPunctuation;

    /// <summary>The letter of a conjoining one (U+1100…) that composing left alone.</summary>
    static char? Loose(int c) => c switch
    {
        >= 0x1100 and <= 0x1112 => "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"[c - 0x1100],
        >= 0x1161 and <= 0x1175 => (char)('ㅏ' + (c - 0x1161)),
        >= 0x11A8 and <= 0x11C2 => "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"[c - 0x11A8],
        _ => null,
    };
}
