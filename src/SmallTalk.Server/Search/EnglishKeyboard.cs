using System.Text;

namespace SmallTalk.Server.Search;

/// <summary>What would stand there, had the keyboard been switched to Korean (두벌식): cnrrn is 축구, Rnf is 꿀.</summary>
static class EnglishKeyboard
{
    const string Plain = "ㅁㅠㅊㅇㄷㄹㅎㅗㅑㅓㅏㅣㅡㅜㅐㅔㅂㄱㄴㅅㅕㅍㅈㅌㅛㅋ"; // a to z
    const string Shifted = "ㅁㅠㅊㅇㄸㄹㅎㅗㅑㅓㅏㅣㅡㅜㅒㅖㅃㄲㄴㅆㅕㅍㅉㅌㅛㅋ";

    /// <returns>Null when it makes no Korean that somebody could have meant: fewer than two letters, or a vowel without its
    /// consonant, as nearly every English word has.</returns>
    public static string? ToKorean(string typed)
    {
        if (typed.Count(char.IsAsciiLetter) < 2)
            return null;
        var result = new StringBuilder();
        var syllable = new Syllable(result);
        foreach (var c in typed)
        {
            if (char.IsAsciiLetterLower(c))
                syllable.Type(Plain[c - 'a']);
            else if (char.IsAsciiLetterUpper(c))
                syllable.Type(Shifted[c - 'A']);
            else
                syllable.End(c);
        }
        syllable.End();
        return result.ToString().Any(c => Hangul.IsVowel(c)) ? null : result.ToString();
    }

    /// <summary>The syllable that the keyboard is composing.</summary>
    sealed class Syllable(StringBuilder result)
    {
        char initial, vowel, final;

        public void Type(char jamo)
        {
            if (Hangul.IsVowel(jamo))
                TypeVowel(jamo);
            else
                TypeConsonant(jamo);
        }

        public void End(char then = '\0')
        {
            if (initial != '\0' && vowel != '\0')
                result.Append(Hangul.Compose(initial, vowel, final));
            else if (initial != '\0' || vowel != '\0')
                result.Append(initial != '\0' ? initial : vowel);
            (initial, vowel, final) = ('\0', '\0', '\0');
            if (then != '\0')
                result.Append(then);
        }

        void TypeVowel(char jamo)
        {
            if (final != '\0') // the last consonant moves on to this vowel
            {
                var (stays, moves) = Hangul.TrySplit(final, out var first, out var second) ? (first, second) : ('\0', final);
                final = stays;
                End();
                (initial, vowel) = (moves, jamo);
            }
            else if (vowel == '\0')
            {
                vowel = jamo;
            }
            else if (Hangul.TryJoin(vowel, jamo, out var joined))
            {
                vowel = joined;
            }
            else
            {
                End();
                vowel = jamo;
            }
        }

        void TypeConsonant(char jamo)
        {
            if (initial != '\0' && vowel != '\0')
            {
                if (final == '\0' && Hangul.CanEnd(jamo))
                {
                    final = jamo;
                    return;
                }
                if (final != '\0' && Hangul.TryJoin(final, jamo, out var joined))
                {
                    final = joined;
                    return;
                }
            }
            End();
            initial = jamo;
        }
    }
}
