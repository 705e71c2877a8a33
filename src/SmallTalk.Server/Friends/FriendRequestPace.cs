using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Friends;

/// <summary>How often one person may ask, found or not: it also keeps anybody from trying nicknames in bulk.</summary>
sealed class FriendRequestPace(IOptions<FriendOptions> options, TimeProvider clock)
{
    public Pace<Guid> Asking { get; } = new(options.Value.RequestsPerHour, TimeSpan.FromHours(1), clock);
}
