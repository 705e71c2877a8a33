using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Friends;
using SmallTalk.Server.Hosting;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Presence;

/// <summary>Who has a live connection, and telling it to their friends, nobody else. Somebody who reloads the page or changes from
/// Wi-Fi to the mobile network was never gone: an end counts a moment later. A client that was killed is found by the
/// connection's pings.</summary>
sealed partial class WhoIsOnline(UserEvents events, IServiceScopeFactory scopes, TimeProvider clock, ILogger<WhoIsOnline> logger, Nodes? nodes = null) : BackgroundService
{
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    const int PeopleAtOnce = 500;

    readonly Lock _gate = new();
    readonly Dictionary<Guid, Person> _people = [];
    readonly HashSet<Guid> _undecided = [];
    readonly ConcurrentQueue<Guid> _lost = [];

    sealed class Person
    {
        public int Connections { get; set; }

        /// <summary>When the last one ended; a timestamp.</summary>
        public long WentAt { get; set; }

        public bool IsTold { get; set; }
    }

    public bool IsOnline(Guid userId)
    {
        lock (_gate)
        {
            if (_people.ContainsKey(userId))
                return true;
        }
        return IsElsewhere(userId);
    }

    public ValueTask CameAsync(StompConnection connection)
    {
        if (CurrentUser.Of(connection.Principal) is not { } user)
            return default;
        lock (_gate)
        {
            if (!_people.TryGetValue(user.Id, out var person))
                _people[user.Id] = person = new Person();
            person.Connections++;
            nodes?.Share(user.Id, 1);
            if (!person.IsTold)
                _undecided.Add(user.Id);
        }
        return default;
    }

    public ValueTask WentAsync(StompConnection connection)
    {
        if (CurrentUser.Of(connection.Principal) is not { } user)
            return default;
        lock (_gate)
        {
            var person = _people[user.Id];
            if (--person.Connections == 0)
            {
                person.WentAt = clock.GetTimestamp();
                _undecided.Add(user.Id);
            }
        }
        return default;
    }

    /// <summary>They were on a node that died. Every node tells its own people.</summary>
    public void Lost(IEnumerable<Guid> userIds)
    {
        foreach (var userId in userIds)
            _lost.Enqueue(userId);
    }

    /// <summary>Friends who could not be told learn it when they look.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Recurring.RunAsync(Step, clock, async ct =>
    {
        await TellAsync(Decide(), events.Send, ct);
        await TellAsync(DecideLost(), events.SendHere, ct);
    }, LogFailed, stoppingToken);

    bool IsElsewhere(Guid userId) => nodes is not null && nodes.CountOf(userId) > 0;

    /// <summary>Whoever has not come back elsewhere by now: the silence of their node was longer than any change of lines.</summary>
    Dictionary<Guid, bool> DecideLost()
    {
        var decided = new Dictionary<Guid, bool>();
        while (_lost.TryDequeue(out var userId))
        {
            if (!IsOnline(userId))
                decided[userId] = false;
        }
        return decided;
    }

    Dictionary<Guid, bool> Decide()
    {
        lock (_gate)
        {
            var decided = new Dictionary<Guid, bool>();
            foreach (var userId in _undecided)
            {
                var person = _people[userId];
                if (person.Connections > 0)
                {
                    if (!person.IsTold)
                        decided[userId] = true;
                    person.IsTold = true;
                    _undecided.Remove(userId);
                }
                else if (clock.GetElapsedTime(person.WentAt) >= Grace)
                {
                    if (person.IsTold && !IsElsewhere(userId))
                        decided[userId] = false;
                    _people.Remove(userId);
                    nodes?.Share(userId, 0);
                    _undecided.Remove(userId);
                }
            }
            return decided;
        }
    }

    async Task TellAsync(Dictionary<Guid, bool> decided, Action<IEnumerable<Guid>, UserEvent> send, CancellationToken ct)
    {
        if (decided.Count == 0 || !events.HasListeners)
            return;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        foreach (var some in decided.Keys.Chunk(PeopleAtOnce))
        {
            var friends = await db.Friendships
                .Where(f => some.Contains(f.UserId) && f.State == FriendState.Friends
                    && !db.Blocks.Any(b => (b.UserId == f.UserId && b.BlockedId == f.OtherId) || (b.UserId == f.OtherId && b.BlockedId == f.UserId)))
                .Select(f => new { f.UserId, f.OtherId }).ToListAsync(ct);
            foreach (var ofOne in friends.GroupBy(f => f.UserId, f => f.OtherId))
                send(ofOne, new PresenceEvent(ofOne.Key, decided[ofOne.Key]));
        }
    }

    [LoggerMessage(LogLevel.Error, "Telling friends who is online failed.")]
    partial void LogFailed(Exception exception);
}

static class PresenceSetup
{
    public static void AddPresence(this IServiceCollection services)
    {
        services.AddSingleton<WhoIsOnline>();
        services.AddHostedService(provider => provider.GetRequiredService<WhoIsOnline>());
        services.AddOptions<StompOptions>().Configure<WhoIsOnline>((stomp, online) =>
        {
            stomp.OnConnected(online.CameAsync);
            stomp.OnDisconnected(online.WentAsync);
        });
    }
}
