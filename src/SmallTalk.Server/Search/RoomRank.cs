namespace SmallTalk.Server.Search;

/// <summary>What of a room is searched, normalised; tags one a line.</summary>
sealed record RoomText(string Name, string Tags, string Description)
{
    public const char TagEnd = '\n';

    public static RoomText Of(string name, IEnumerable<string> tags, string description) =>
        new(SearchText.Of(name), string.Join(TagEnd, tags.Select(SearchText.Of)), SearchText.Of(description));
}

/// <summary>How well a room answers a query; smaller is better: the name, its start, a part of it, a hashtag, the
/// description. Within each, what is spelt so comes before what is only on the way to it.</summary>
static class RoomRank
{
    public const int OtherKeyboard = 100;

    const int Tags = 10;
    const int Description = 20;

    /// <summary>No room of which the gram stands in this place, and in no better one, can have a better rank.</summary>
    /// <param name="place">Where.</param>
    /// <param name="isStart">What is searched is one word, and begins with the gram.</param>
    public static int BestOf(GramPlace place, bool isStart) => place switch
    {
        GramPlace.NameStart => InName(Fit.Whole),
        GramPlace.Name => InName(isStart ? Fit.Inside : Fit.Whole),
        GramPlace.Tags => Tags + (int)Fit.Whole,
        _ => Description,
    };

    /// <returns>Null when some word is not found.</returns>
    public static int? Of(SearchQuery query, RoomText room)
    {
        var worst = 0;
        foreach (var word in query.Words)
        {
            int? best = null;
            foreach (var (pattern, isOtherKeyboard) in word)
            {
                if (Of(pattern, room) + (isOtherKeyboard ? OtherKeyboard : 0) is { } rank && (best is null || rank < best))
                    best = rank;
            }
            if (best is null)
                return null;
            worst = Math.Max(worst, best.Value);
        }
        // 우리 동네 축구 is a whole name, though each of its words is only a part.
        return query.Words.Count > 1 && query.Joined.FindIn(room.Name) is { } fit ? Math.Min(worst, InName(fit)) : worst;
    }

    static int? Of(Pattern pattern, RoomText room)
    {
        if (pattern.FindIn(room.Name) is { } inName)
            return InName(inName);
        Fit? inTags = null;
        foreach (var tag in room.Tags.AsSpan().Split(RoomText.TagEnd))
        {
            if (pattern.FindIn(room.Tags.AsSpan()[tag]) is { } fit && (inTags is null || fit < inTags))
                inTags = fit;
        }
        return (inTags, pattern.FindIn(room.Description)) switch
        {
            ({ } fit, _) => Tags + (int)fit,
            (null, Fit.StartHalfTyped or Fit.InsideHalfTyped) => Description + 1,
            (null, { }) => Description,
            _ => null,
        };
    }

    static int InName(Fit fit) => (int)fit;
}
