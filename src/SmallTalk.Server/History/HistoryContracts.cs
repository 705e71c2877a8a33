using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.History;

/// <param name="Total">Counts to 1,000, which means '999+'.</param>
sealed record UnreadTotal(int Total);

/// <summary>What a room is to me.</summary>
enum Relation
{
    /// <summary>I made it, whoever owns it now, and also when I have left.</summary>
    Created,

    /// <summary>I am in it, and it is a group's.</summary>
    Joined,

    Left,

    Direct,
}

static class HistoryRefusals
{
    public static readonly Refusal NotARelation = new(
        "not-a-relation", StatusCodes.Status400BadRequest,
        "Relation is one of joined, created, left and direct.", "relation은 joined, created, left, direct 중 하나예요.", "relation");
}
