namespace SmallTalk.Server.Search;

/// <summary>A syllable such as 축 is one character that spells an initial (ㅊ), a vowel (ㅜ) and perhaps a final (ㄱ). Searching
/// looks inside: people type initials alone, and stop in the middle of a syllable. Jamo here are always the compatibility
/// letters (U+3131…) that keyboards type.</summary>
static class Hangul
{
    const char FirstSyllable = '가';
    const char LastSyllable = '힣';
    const string Initials = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
    const string Vowels = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
    const string Finals = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

    // The vowels and finals that take two keys, each with what the first key leaves and what the second adds.
    const string TwoKeyVowels = "ㅘㅗㅏ ㅙㅗㅐ ㅚㅗㅣ ㅝㅜㅓ ㅞㅜㅔ ㅟㅜㅣ ㅢㅡㅣ";
    const string TwoKeyFinals = "ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ";

    static readonly Dictionary<char, (char First, char Second)> Split = $"{TwoKeyVowels} {TwoKeyFinals}".Split(' ')
        .ToDictionary(keys => keys[0], keys => (keys[1], keys[2]));

    static readonly Dictionary<(char First, char Second), char> Joined = Split.ToDictionary(pair => pair.Value, pair => pair.Key);

    public static bool IsSyllable(int c) => c is >= FirstSyllable and <= LastSyllable;

    /// <summary>A letter that can begin a syllable.</summary>
    public static bool IsInitial(int c) => c is >= 'ㄱ' and <= 'ㅎ' && Initials.Contains((char)c, StringComparison.Ordinal);

    public static bool IsVowel(int c) => c is >= 'ㅏ' and <= 'ㅣ';

    /// <summary>ㅊ of 축, and of ㅊ itself; NUL of anything that has none.</summary>
    public static char InitialOf(int c) =>
        IsSyllable(c) ? Initials[(c - FirstSyllable) / (Vowels.Length * Finals.Length)] : IsInitial(c) ? (char)c : '\0';

    public static char VowelOf(char syllable) => Vowels[(syllable - FirstSyllable) / Finals.Length % Vowels.Length];

    /// <summary>NUL when the syllable ends in its vowel.</summary>
    public static char FinalOf(char syllable) => Finals[(syllable - FirstSyllable) % Finals.Length];

    /// <summary>What of a syllable is there after its first vowel key: 추 of 축, 고 of 과 and 광. Anything else is its own stem.</summary>
    public static int StemOf(int c)
    {
        if (!IsSyllable(c))
            return c;
        var vowel = VowelOf((char)c);
        return Compose(InitialOf(c), Split.TryGetValue(vowel, out var keys) ? keys.First : vowel, '\0');
    }

    public static char Compose(char initial, char vowel, char final) => (char)(FirstSyllable
        + ((Initials.IndexOf(initial, StringComparison.Ordinal) * Vowels.Length) + Vowels.IndexOf(vowel, StringComparison.Ordinal)) * Finals.Length
        + Finals.IndexOf(final, StringComparison.Ordinal));

    public static bool CanEnd(char consonant) => Finals.Contains(consonant, StringComparison.Ordinal);

    /// <summary>ㅘ is ㅗ, then ㅏ; ㄺ is ㄹ, then ㄱ. False for what one key types.</summary>
    public static bool TrySplit(char jamo, out char first, out char second)
    {
        var isTwo = Split.TryGetValue(jamo, out var keys);
        (first, second) = keys;
        return isTwo;
    }

    public static bool TryJoin(char first, char second, out char joined) => Joined.TryGetValue((first, second), out joined);

    /// <summary>Whether somebody who types <paramref name="syllable"/>, perhaps followed by <paramref name="next"/>, passes
    /// through <paramref name="typed"/> on the way: 축 and 춘 by 추, 과 by 고, 닭 by 달; 가나 by 간, since ㄴ only moves on with ㅏ.</summary>
    public static bool IsOnTheWay(char typed, char syllable, char next)
    {
        if (!IsSyllable(syllable) || InitialOf(typed) != InitialOf(syllable))
            return false;
        var (vowel, final) = (VowelOf(typed), FinalOf(typed));
        var (fullVowel, fullFinal) = (VowelOf(syllable), FinalOf(syllable));
        if (final == '\0')
            return vowel == fullVowel || (TrySplit(fullVowel, out var firstVowel, out _) && firstVowel == vowel);
        if (vowel != fullVowel)
            return false;
        if (final == fullFinal || (TrySplit(fullFinal, out var firstFinal, out _) && firstFinal == final))
            return true;
        var (stays, moves) = TrySplit(final, out var first, out var second) ? (first, second) : ('\0', final);
        return stays == fullFinal && IsSyllable(next) && InitialOf(next) == moves;
    }

    /// <summary>All that <see cref="IsOnTheWay"/> is true of, and the syllable itself.</summary>
    public static IEnumerable<char> OnTheWay(char syllable, int next)
    {
        var (initial, vowel, final) = (InitialOf(syllable), VowelOf(syllable), FinalOf(syllable));
        if (TrySplit(vowel, out var firstVowel, out _))
            yield return Compose(initial, firstVowel, '\0');
        if (final != '\0')
            yield return Compose(initial, vowel, '\0');
        if (TrySplit(final, out var firstFinal, out _))
            yield return Compose(initial, vowel, firstFinal);
        yield return syllable;
        if (!IsSyllable(next))
            yield break;
        var moves = InitialOf(next);
        if (final == '\0' ? CanEnd(moves) : TryJoin(final, moves, out moves))
            yield return Compose(initial, vowel, moves);
    }
}
