namespace SmallTalk.Server.Search;

/// <summary>What of a listed room is searched: see <see cref="RoomIndex"/>.</summary>
sealed class SearchedRoom
{
    /// <summary>Short, and newer rooms have higher ones.</summary>
    public long Number { get; init; }

    public Guid RoomId { get; init; }

    public string Name { get; set; } = "";

    public string Tags { get; set; } = "";

    public string Description { get; set; } = "";
}

/// <summary>Where a gram stands in a room, best first: that decides how good a match it can be at best.</summary>
enum GramPlace
{
    NameStart,
    Name,
    Tags,
    Description,
}

/// <summary>A room is filed under this piece of what is searched of it, once, where it counts most.</summary>
sealed class RoomGram
{
    public string Gram { get; init; } = "";

    public GramPlace Place { get; init; }

    public long Number { get; init; }
}
