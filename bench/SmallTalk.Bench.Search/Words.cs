using SmallTalk.Server.Search;

namespace SmallTalk.Bench.Search;

/// <summary>Five thousand made-up words, mostly Korean, of which few are frequent; and what people type to find them.</summary>
sealed class Words
{
    const string Keys = "ㅁㅠㅊㅇㄷㄹㅎㅗㅑㅓㅏㅣㅡㅜㅐㅔㅂㄱㄴㅅㅕㅍㅈㅌㅛㅋ"; // a to z

    readonly string[] _words;

    public Words()
    {
        var random = new Random(1);
        _words = [.. Enumerable.Range(0, 5_000).Select(i => i switch
        {
            3 => "모임",
            _ when i % 12 == 5 => Latin(random),
            _ => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => Syllable(random))),
        })];
    }

    public string Some(Random random, int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => One(random)));

    public IEnumerable<(string Kind, List<string> Queries)> Queries(Random random, int each)
    {
        yield return ("one syllable", Make(() => Korean(1)[..1]));
        yield return ("two syllables", Make(() => Korean(2)[..2]));
        yield return ("three and four syllables", Make(() => Korean(3)));
        yield return ("half typed", Make(() => Korean(2) is var word ? word[..^1] + Hangul.InitialOf(word[^1]) : ""));
        yield return ("initials", Make(() => string.Concat(Korean(2).Select(c => Hangul.InitialOf(c)))));
        yield return ("one letter of Korean", Make(() => Hangul.InitialOf(Korean(1)[0]).ToString()));
        yield return ("on an English keyboard", Make(() => string.Concat(Korean(2).Select(KeysOf))));
        yield return ("a hashtag", Make(() => "#" + One(random)));
        yield return ("English", Make(() => English()));
        yield return ("the start of English", Make(() => English()[..2]));
        yield return ("two words", Make(() => Some(random, 2)));
        yield return ("what nobody wrote", Make(() => string.Concat(Enumerable.Range(0, 4).Select(_ => "뷁쀍꿻뙓"[random.Next(4)]))));

        List<string> Make(Func<string> one) => [.. Enumerable.Range(0, each).Select(_ => one())];
        string Korean(int atLeast) => Until(word => Hangul.IsSyllable(word[0]) && word.Length >= atLeast);
        string English() => Until(word => char.IsAsciiLetter(word[0]));

        string Until(Func<string, bool> isWanted)
        {
            string word;
            do
                word = One(random);
            while (!isWanted(word));
            return word;
        }
    }

    string One(Random random) => _words[(int)(Math.Pow(random.NextDouble(), 3) * _words.Length)];

    static string KeysOf(char syllable)
    {
        var jamo = string.Concat([Hangul.InitialOf(syllable), Hangul.VowelOf(syllable), Hangul.FinalOf(syllable)]).TrimEnd('\0');
        return string.Concat(jamo.Select(each => (char)('a' + Keys.IndexOf(each, StringComparison.Ordinal))));
    }

    static char Syllable(Random random) => Hangul.Compose(
        "ㄱㄴㄷㄹㅁㅂㅅㅇㅇㅇㅈㅊㅋㅌㅍㅎ"[random.Next(16)], "ㅏㅓㅗㅜㅡㅣㅐㅔㅕㅛ"[random.Next(10)], "\0\0\0\0\0ㄱㄴㄹㅁㅂㅅㅇ"[random.Next(12)]);

    static string Latin(Random random) => string.Concat(Enumerable.Range(0, random.Next(3, 8))
        .Select(i => (i % 2 == 0 ? "bcdfgklmnprst" : "aeiou")[random.Next(i % 2 == 0 ? 13 : 5)]));
}
