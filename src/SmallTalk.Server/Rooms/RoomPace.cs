using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Rooms;

/// <summary>How often one person may create rooms, search for them, and try the password of one.</summary>
sealed class RoomPace(IOptions<LimitOptions> limits, TimeProvider clock)
{
    const int GuessesAtOnce = 10;

    public Pace<Guid> Creating { get; } = new(limits.Value.RoomsPerHour, TimeSpan.FromHours(1), clock);

    /// <summary>By person or address.</summary>
    public Pace<string> Searching { get; } = new(limits.Value.SearchesPerMinute, TimeSpan.FromMinutes(1), clock);

    /// <summary>Right or wrong: which it was is only known after the hash was paid for.</summary>
    public Pace<(Guid Room, Guid User)> Guessing { get; } = new(GuessesAtOnce, TimeSpan.FromMinutes(10), clock);
}
