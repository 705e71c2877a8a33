using System.ComponentModel.DataAnnotations;

namespace SmallTalk.Server.Hosting;

/// <summary>Configuration section <c>SmallTalk</c>.</summary>
sealed class SmallTalkOptions
{
    public const string Section = "SmallTalk";

    /// <summary>The folder that holds everything this node keeps.</summary>
    [Required]
    public string Data { get; set; } = Surroundings.DefaultData;

    /// <summary>Fill an empty store with sample rooms, people and conversations.</summary>
    public bool Demo { get; set; }

    /// <summary>A node on which people are connected still answers requests for so long when it is told to stop.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:05")]
    public TimeSpan StopDelay { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>Configuration section <c>SmallTalk:Limits</c>: what one person or address may do how often.</summary>
sealed class LimitOptions
{
    public const string Section = "SmallTalk:Limits";

    /// <summary>Sustained, for each person; <see cref="MessageBurst"/> may come at once.</summary>
    [Range(1, 1_000_000)]
    public int MessagesPerSecond { get; set; } = 10;

    [Range(1, 1_000_000)]
    public int MessageBurst { get; set; } = 20;

    /// <summary>For each address.</summary>
    [Range(1, 1_000_000_000)]
    public int SignUpsPerHour { get; set; } = 30;

    /// <summary>Failed or not, for each address.</summary>
    [Range(1, 1_000_000_000)]
    public int SignInsPerHour { get; set; } = 120;

    /// <summary>For each person.</summary>
    [Range(1, 1_000_000_000)]
    public int RoomsPerHour { get; set; } = 20;

    /// <summary>Searches for rooms, for each person or, of visitors, each address. A search as one types is one for each key.</summary>
    [Range(1, 1_000_000_000)]
    public int SearchesPerMinute { get; set; } = 300;

    [Range(2, 1_000_000)]
    public int MembersPerRoom { get; set; } = 1_500;

    /// <summary>The largest STOMP frame that is taken.</summary>
    [Range(8_192, 67_108_864)]
    public int FrameBytes { get; set; } = 65_536;

    [Range(1, 100_000)]
    public int SubscriptionsPerConnection { get; set; } = 256;

    /// <summary>What may wait for one connection; beyond it the connection is closed, and catches up when it comes back.</summary>
    [Range(65_536, 1_073_741_824)]
    public int OutboundQueueBytes { get; set; } = 1_048_576;
}
