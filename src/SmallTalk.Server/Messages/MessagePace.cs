using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Messages;

/// <summary>How fast one person may write and type, over all of their connections together.</summary>
sealed class MessagePace(IOptions<LimitOptions> limits, TimeProvider clock)
{
    /// <summary>So many at once, and then <c>MessagesPerSecond</c>.</summary>
    public Pace<Guid> Writing { get; } = new(
        limits.Value.MessageBurst, TimeSpan.FromSeconds((double)limits.Value.MessageBurst / limits.Value.MessagesPerSecond), clock);

    public Pace<Guid> Typing { get; } = new(10, TimeSpan.FromSeconds(10), clock);
}
