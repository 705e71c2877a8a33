using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Presence;

namespace SmallTalk.Server.Friends;

/// <summary>Tells the two people, on all their devices, what has become of their friendship: after the commit, and each only
/// what their own row says.</summary>
sealed class FriendEvents(ChatDb db, UserEvents events, WhoIsOnline online)
{
    public async Task TellAsync(Guid me, Guid other, Befriending.Change change)
    {
        var names = await NamesAsync(me, other);
        Tell(me, other, change.Mine, names);
        Tell(other, me, change.Theirs, names);
    }

    /// <param name="me">Who ended it.</param>
    /// <param name="other">The other one.</param>
    /// <param name="hadMine">There was a row of mine.</param>
    /// <param name="hadTheirs">There was a row of theirs that they may know is gone.</param>
    public async Task TellRemovedAsync(Guid me, Guid other, bool hadMine, bool hadTheirs)
    {
        var names = await NamesAsync(me, other);
        if (hadMine)
            events.Send(me, new FriendEvent(FriendChange.Removed, names.GetValueOrDefault(other) ?? new Person(other, null)));
        if (hadTheirs)
            events.Send(other, new FriendEvent(FriendChange.Removed, names.GetValueOrDefault(me) ?? new Person(me, null)));
    }

    void Tell(Guid listener, Guid about, FriendState? state, Dictionary<Guid, Person> names)
    {
        if (state is { } known && names.TryGetValue(about, out var person))
        {
            var shown = known == FriendState.Friends ? person with { IsOnline = online.IsOnline(about) } : person;
            events.Send(listener, new FriendEvent(ChangeOf(known), shown));
        }
    }

    static FriendChange ChangeOf(FriendState state) => state switch
    {
        FriendState.Outgoing => FriendChange.Outgoing,
        FriendState.Incoming => FriendChange.Incoming,
        _ => FriendChange.Friends,
    };

    /// <summary>What was committed is told even when the one who asked has gone: no token.</summary>
    Task<Dictionary<Guid, Person>> NamesAsync(Guid one, Guid other) =>
        db.Users.Where(u => (u.Id == one || u.Id == other) && u.DeletedAt == null)
            .ToDictionaryAsync(u => u.Id, u => new Person(u.Id, u.UserName, u.StatusLine, null));
}
