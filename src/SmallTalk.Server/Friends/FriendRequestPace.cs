using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace SmallTalk.Server.Friends;

/// <summary>How often one person may ask, found or not: it also keeps anybody from trying nicknames in bulk.</summary>
sealed class FriendRequestPace(IOptions<FriendOptions> options) : IDisposable
{
    readonly PartitionedRateLimiter<Guid> _limiter = PartitionedRateLimiter.Create<Guid, Guid>(user =>
        RateLimitPartition.GetSlidingWindowLimiter(user, _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = options.Value.RequestsPerHour,
            Window = TimeSpan.FromHours(1),
            SegmentsPerWindow = 12,
        }));

    public bool Allows(Guid user)
    {
        using var lease = _limiter.AttemptAcquire(user);
        return lease.IsAcquired;
    }

    /// <summary>A segment of the window.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    public void Dispose() => _limiter.Dispose();
}
