namespace SmallTalk.Stomp;

/// <summary>How a client comes back (K26). The wait before a try doubles with each failure, and half of it is chance, so that ten thousand
/// clients that lost the same node don't come back in the same moment. That a connection came up proves little, for a node that dies of its
/// load accepts too: only one that lasted <see cref="StableAfter"/> starts the waits afresh.</summary>
public sealed class StompReconnectOptions
{
    /// <summary>The longest wait before the first try. Default 1 s.</summary>
    public TimeSpan InitialDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait. Default 1 min.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The least that "longest" may be after close code 1013: the server has too much to do. Default 30 s.</summary>
    public TimeSpan TryAgainLaterDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A session that lasted so long starts the waits afresh. Default 30 s.</summary>
    public TimeSpan StableAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many tries may fail in a row before the client gives up; null: it never does.</summary>
    public int? MaxTries { get; set; }

    /// <summary>Whether the first connection is tried again as well; by default <see cref="StompClient.ConnectAsync"/> says at once
    /// that it can't be had.</summary>
    public bool RetryOnInitialConnect { get; set; }

    /// <summary>The application's word on whether to come back at all, asked before anything else; null: close codes decide.</summary>
    public Func<StompClosure, bool>? ShouldReconnect { get; set; }

    /// <summary>A number from 0 to 1 for each wait.</summary>
    internal Func<double> Chance { get; set; } = Random.Shared.NextDouble;
}
