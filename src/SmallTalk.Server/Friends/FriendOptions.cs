using System.ComponentModel.DataAnnotations;

namespace SmallTalk.Server.Friends;

/// <summary>Configuration section <c>SmallTalk:Friends</c>.</summary>
sealed class FriendOptions
{
    public const string Section = "SmallTalk:Friends";

    /// <summary>The most friends that one person can have.</summary>
    [Range(1, 100_000)]
    public int MaxFriends { get; set; } = 1_000;

    /// <summary>The most requests of one person that wait for an answer.</summary>
    [Range(1, 100_000)]
    public int MaxOpenRequests { get; set; } = 100;

    /// <summary>The most requests that wait for one person's answer.</summary>
    [Range(1, 100_000)]
    public int MaxIncomingRequests { get; set; } = 1_000;

    /// <summary>The most people that one person can block.</summary>
    [Range(1, 100_000)]
    public int MaxBlocks { get; set; } = 1_000;

    /// <summary>For each person, whatever becomes of them.</summary>
    [Range(1, 1_000_000_000)]
    public int RequestsPerHour { get; set; } = 60;
}
