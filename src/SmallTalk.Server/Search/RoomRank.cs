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

    /// <summary>The ranks of what is found in one part of a room.</summary>
    public sealed record Range(int Best, int Worst);

    public static readonly Range Names = new(0, (int)Fit.InsideHalfTyped);
    public static readonly Range Hashtags = new(Tags, Tags + (int)Fit.InsideHalfTyped);
    public static readonly Range Descriptions = new(Description, Description + 1);
    public static readonly IReadOnlyList<Range> Parts = [Names, Hashtags, Descriptions];

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
            ({ } fit, _) => InTag(fit),
            (null, { } fit) => InDescription(fit),
            _ => null,
        };
    }

    public static int InName(Fit fit) => (int)fit;

    public static int InTag(Fit fit) => Tags + (int)fit;

    public static int InDescription(Fit fit) => fit is Fit.StartHalfTyped or Fit.InsideHalfTyped ? Description + 1 : Description;
}
