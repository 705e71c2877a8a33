using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Events;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Cluster;

/// <summary>Compares what this node has heard with what the store says, for NATS may lose any letter: where the watched rooms stand every
/// five seconds and, while there is doubt, every second; while there is doubt also who may watch them and which sessions live.</summary>
sealed partial class StoreCheck(
    Bus bus, Nodes nodes, RoomStreams streams, StreamRepair repair, RoomNewsLoop news, LiveSessions sessions,
    IServiceScopeFactory scopes, TimeProvider clock, ILogger<StoreCheck> logger) : BackgroundService
{
    const int RoomsAtOnce = 500;
    const int CalmTicks = 5;
    static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    static readonly TimeSpan AfterACut = TimeSpan.FromSeconds(10);

    /// <summary>A silent node may be at work where this one does not hear it.</summary>
    static readonly TimeSpan AfterADeath = TimeSpan.FromMinutes(5);

    readonly Lock _gate = new();
    DateTimeOffset _doubtedUntil;
    bool _isNew;
    long _ticks;

    public void Begin()
    {
        bus.Doubted += () => Doubt(AfterACut);
        nodes.Doubted += hasDied => Doubt(hasDied ? AfterADeath : AfterACut);
        streams.DoorMoved += roomId => _ = CheckDoorAsync(roomId);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Recurring.RunAsync(Tick, clock, CheckAsync, LogFailed, stoppingToken);

    void Doubt(TimeSpan time)
    {
        lock (_gate)
        {
            var until = clock.GetUtcNow() + time;
            if (until > _doubtedUntil)
                _doubtedUntil = until;
            _isNew = true;
        }
    }

    async Task CheckAsync(CancellationToken ct)
    {
        bool isNew, isDoubted;
        lock (_gate)
        {
            isDoubted = !bus.IsConnected || clock.GetUtcNow() < _doubtedUntil;
            (isNew, _isNew) = (_isNew, false);
        }
        var isTime = _ticks++ % CalmTicks == 0;
        if (isNew)
            news.Doubt();
        if (isDoubted || isTime)
            await CheckVersionsAsync(ct);
        if (isNew || (isDoubted && isTime))
        {
            foreach (var some in streams.All.Chunk(RoomsAtOnce))
                await CheckReadersAsync(some, ct);
            await sessions.CheckAsync(ct);
        }
    }

    async Task CheckVersionsAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        foreach (var some in streams.All.Chunk(RoomsAtOnce))
        {
            var ids = some.Select(stream => stream.RoomId).ToList();
            var versions = await db.Rooms.Where(r => ids.Contains(r.Id)).Select(r => new { r.Id, r.Version }).ToDictionaryAsync(r => r.Id, r => r.Version, ct);
            foreach (var stream in some)
            {
                if (versions.TryGetValue(stream.RoomId, out var version) && stream.IsBehind(version))
                    repair.Begin(stream);
            }
        }
    }

    async Task CheckDoorAsync(Guid roomId)
    {
        try
        {
            await CheckReadersAsync([.. streams.All.Where(stream => stream.RoomId == roomId)], CancellationToken.None);
        }
        catch (Exception e)
        {
            LogFailed(e);
            Doubt(AfterACut);
        }
    }

    /// <summary>Ends the subscriptions of those who may not read any more.</summary>
    async Task CheckReadersAsync(IReadOnlyList<RoomStream> some, CancellationToken ct)
    {
        foreach (var stream in some)
            stream.Readers.ForgetAll(); // first: who comes from here on is not known
        var ids = some.Select(stream => stream.RoomId).ToList();
        var people = some.SelectMany(stream => stream.People()).ToHashSet();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var rooms = await db.Rooms.Where(r => ids.Contains(r.Id) && r.DeletedAt == null)
            .Select(r => new RoomFacts(r.Id, r.Kind, r.JoinRule)).ToDictionaryAsync(r => r.Id, ct);
        var memberships = await db.Memberships.Where(m => ids.Contains(m.RoomId) && people.Contains(m.UserId))
            .Select(m => new { m.RoomId, m.UserId, Facts = new MembershipFacts(m.Role, m.LeftAt != null, m.IsBanned) })
            .ToDictionaryAsync(m => (m.RoomId, m.UserId), m => m.Facts, ct);
        foreach (var stream in some)
        {
            var room = rooms.GetValueOrDefault(stream.RoomId);
            foreach (var userId in stream.People())
            {
                if (people.Contains(userId) && RoomRights.Of(room, memberships.GetValueOrDefault((stream.RoomId, userId)), isSignedIn: true).ToRead is { } refusal)
                    streams.EndHere(stream.RoomId, userId, room is null ? RoomRefusals.RoomDeleted : refusal);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "What other nodes have done could not be looked up in the store.")]
    partial void LogFailed(Exception exception);
}
