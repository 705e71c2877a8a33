using SmallTalk.Server.Text;

namespace SmallTalk.Server.Search;

/// <summary>What was typed into a search field: words, all of which must be found. Nothing in it is syntax. A word may also
/// have been typed with the keyboard left in English; what only that reading finds comes last.</summary>
sealed class SearchQuery
{
    public const int MaxCodePoints = 100;

    const int MaxWords = 10;

    SearchQuery(IReadOnlyList<IReadOnlyList<Reading>> words, bool isBlank)
    {
        Words = words;
        IsBlank = isBlank;
    }

    /// <summary>One way to understand a word.</summary>
    public sealed record Reading(Pattern Pattern, bool IsOtherKeyboard);

    public IReadOnlyList<IReadOnlyList<Reading>> Words { get; }

    /// <summary>The words as they were typed, without the spaces.</summary>
    public Pattern Joined => field ??= new Pattern(
        string.Concat(Words.Select(word => word[0].Pattern.Text)), Words[^1][0].Pattern.IsHalfTyped);

    /// <summary>Nothing to see was typed: everything is meant. Not so for a query that is only signs which are ignored (-):
    /// that finds nothing.</summary>
    public bool IsBlank { get; }

    /// <returns>Null when it is too long.</returns>
    public static SearchQuery? Parse(string? typed)
    {
        if (typed is null)
            return new SearchQuery([], isBlank: true);
        if (typed.Length > 4 * MaxCodePoints || PlainText.CodePoints(typed) > MaxCodePoints)
            return null;
        var parts = PlainText.WellFormed(typed).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var isFinished = typed.Length > 0 && char.IsWhiteSpace(typed[^1]); // a space ends the syllable before it
        var words = parts
            .Select((part, i) => ReadingsOf(part, isHalfTyped: i == parts.Length - 1 && !isFinished))
            .Where(readings => readings.Count > 0)
            .ToList();
        return words.Count > MaxWords ? null : new SearchQuery(words, !PlainText.HasVisible(typed));
    }

    /// <summary>Whether each word is found in the one text.</summary>
    public bool Finds(string text)
    {
        var searched = SearchText.Of(text);
        return Words.Count > 0 && Words.All(word => word.Any(reading => reading.Pattern.FindIn(searched) is not null));
    }

    static List<Reading> ReadingsOf(string word, bool isHalfTyped)
    {
        if (word.TrimStart('#', '＃') is { Length: > 0 } bare)
            word = bare; // #축구 is how a hashtag is written, 축구 how it is stored
        var readings = new List<Reading>();
        Add(word, isOtherKeyboard: false);
        Add(EnglishKeyboard.ToKorean(word), isOtherKeyboard: true);
        Add(EnglishKeyboard.ToKorean(word.ToLowerInvariant()), isOtherKeyboard: true); // a phone began it with a capital
        return readings;

        void Add(string? spelling, bool isOtherKeyboard)
        {
            if (spelling is null || SearchText.Of(spelling) is not { Length: > 0 } text)
                return;
            if (readings.TrueForAll(reading => reading.Pattern.Text != text))
                readings.Add(new Reading(new Pattern(text, isHalfTyped), isOtherKeyboard));
        }
    }
}
