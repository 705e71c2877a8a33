namespace SmallTalk.Server.Search;

/// <summary>What of a listed room is searched: see <see cref="RoomIndex"/>.</summary>
sealed class SearchedRoom
{
    /// <summary>The room's.</summary>
    public long Number { get; init; }

    public string Name { get; set; } = "";

    public string Tags { get; set; } = "";

    public string Description { get; set; } = "";
}

/// <summary>A room is filed under this piece of its name, of its hashtags, of its description: once for each of the three.</summary>
sealed class RoomGram
{
    public string Gram { get; init; } = "";

    /// <summary>The rank (<see cref="RoomRank"/>) that the room would have, were just this typed and only this part of it searched.</summary>
    public int Place { get; init; }

    public long Number { get; init; }
}
