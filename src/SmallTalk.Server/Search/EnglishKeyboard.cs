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
        char _initial, _vowel, _final;

        public void Type(char jamo)
        {
            if (Hangul.IsVowel(jamo))
                TypeVowel(jamo);
            else
                TypeConsonant(jamo);
        }

        public void End(char then = '\0')
        {
            if (_initial != '\0' && _vowel != '\0')
                result.Append(Hangul.Compose(_initial, _vowel, _final));
            else if (_initial != '\0' || _vowel != '\0')
                result.Append(_initial != '\0' ? _initial : _vowel);
            (_initial, _vowel, _final) = ('\0', '\0', '\0');
            if (then != '\0')
                result.Append(then);
        }

        void TypeVowel(char jamo)
        {
            if (_final != '\0') // the last consonant moves on to this vowel
            {
                var (stays, moves) = Hangul.TrySplit(_final, out var first, out var second) ? (first, second) : ('\0', _final);
                _final = stays;
                End();
                (_initial, _vowel) = (moves, jamo);
            }
            else if (_vowel == '\0')
            {
                _vowel = jamo;
            }
            else if (Hangul.TryJoin(_vowel, jamo, out var joined))
            {
                _vowel = joined;
            }
            else
            {
                End();
                _vowel = jamo;
            }
        }

        void TypeConsonant(char jamo)
        {
            if (_initial != '\0' && _vowel != '\0')
            {
                if (_final == '\0' && Hangul.CanEnd(jamo))
                {
                    _final = jamo;
                    return;
                }
                if (_final != '\0' && Hangul.TryJoin(_final, jamo, out var joined))
                {
                    _final = joined;
                    return;
                }
            }
            End();
            _initial = jamo;
        }
    }
}
