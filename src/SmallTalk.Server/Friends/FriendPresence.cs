using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Presence;

namespace SmallTalk.Server.Friends;

/// <summary>Who of some people is online, for their friends: of everybody else it is not told.</summary>
sealed class FriendPresence(ChatDb db, WhoIsOnline online)
{
    /// <summary>The same people, those who are friends of <paramref name="me"/> with <see cref="Person.IsOnline"/>.</summary>
    public async Task<IReadOnlyDictionary<Guid, Person>> OfAsync(Guid me, IReadOnlyCollection<Person> people, CancellationToken ct)
    {
        var ids = people.Select(p => p.Id).ToList();
        var friends = ids.Count == 0 ? [] : await db.Friendships
            .Where(f => f.UserId == me && f.State == FriendState.Friends && ids.Contains(f.OtherId))
            .Select(f => f.OtherId).ToHashSetAsync(ct);
        return people.ToDictionary(p => p.Id, p => friends.Contains(p.Id) ? p with { IsOnline = online.IsOnline(p.Id) } : p);
    }
}
