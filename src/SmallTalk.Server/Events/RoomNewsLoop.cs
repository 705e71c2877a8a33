using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Data;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Events;

/// <summary>Tells members that a room of theirs moved: the first message of a quiet room at once, a busy room at most once a
/// second. A room costs one read of its members a second, however many messages came, and nothing while nobody listens.</summary>
sealed partial class RoomNewsLoop(UserEvents events, IServiceScopeFactory scopes, TimeProvider clock, ILogger<RoomNewsLoop> logger, Bus? bus = null)
    : BackgroundService, IChangeListener
{
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan Between = TimeSpan.FromSeconds(1);
    static readonly TimeSpan KeptQuiet = TimeSpan.FromMinutes(5);

    readonly ConcurrentDictionary<Guid, RoomNews> _rooms = new();
    readonly ConcurrentDictionary<Guid, byte> _moved = new();
    readonly Channel<byte> _wake = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Changed(IReadOnlyList<Change> batch)
    {
        var isHeard = events.HasListeners;
        foreach (var change in batch)
        {
            var roomId = change.Message.RoomId;
            if (!isHeard && !_rooms.ContainsKey(roomId))
                continue;
            var news = NewsOf(roomId);
            lock (news.Gate)
                news.Add(change);
            _moved[roomId] = 0;
        }
        if (isHeard && !_moved.IsEmpty)
            _wake.Writer.TryWrite(0);
    }

    public void Renamed(Guid userId, string? nickname)
    {
        foreach (var (_, news) in _rooms)
        {
            lock (news.Gate)
                news.Renamed(userId, nickname);
        }
    }

    /// <summary>What other nodes told may be lost.</summary>
    public void Doubt()
    {
        foreach (var (_, news) in _rooms)
        {
            lock (news.Gate)
                news.Doubt();
        }
    }

    /// <summary>This person is not to hear of the room any more.</summary>
    public void TakeOut(Guid roomId, Guid userId)
    {
        if (!_rooms.TryGetValue(roomId, out var news))
            return;
        lock (news.Gate)
            news.TakeOut(userId);
    }

    /// <summary>Tells all devices of the one who read on.</summary>
    public async Task ReadOnAsync(Guid roomId, Guid userId, long readSeq, CancellationToken ct)
    {
        if (!events.IsListening(userId) && !_rooms.ContainsKey(roomId))
            return;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        var news = await LoadedAsync(db, roomId, ct);
        int? unread;
        lock (news.Gate)
        {
            news.HasRead(userId, readSeq);
            unread = news.UnreadOf(userId, news.ReadSeq(userId, readSeq));
            if (unread is { } known)
                events.Send(userId, new ReadOnEvent(roomId, readSeq, known));
        }
        if (unread is null)
            events.Send(userId, new ReadOnEvent(roomId, readSeq, await Unread.OfRoomAsync(db, userId, roomId, ct)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (_moved.IsEmpty)
                    await _wake.Reader.ReadAsync(stoppingToken);
                await TellAsync(stoppingToken);
                await Task.Delay(Step, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) // a store that fails now must not end the news for good
            {
                LogFailed(e);
                await Task.Delay(Between, clock, CancellationToken.None);
            }
        }
    }

    async Task TellAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        foreach (var (roomId, _) in _moved)
        {
            var news = NewsOf(roomId);
            if (news.ToldAt != 0 && clock.GetElapsedTime(news.ToldAt) < Between)
                continue;
            _moved.TryRemove(roomId, out var _);
            news.ToldAt = clock.GetTimestamp();
            if (events.HasListeners)
                await TellAsync(db, await LoadedAsync(db, roomId, ct), ct);
        }
        foreach (var (roomId, news) in _rooms)
        {
            if (!_moved.ContainsKey(roomId) && clock.GetElapsedTime(news.ToldAt) > KeptQuiet)
            {
                _rooms.TryRemove(roomId, out var _);
                news.Dispose();
            }
        }
    }

    async Task TellAsync(ChatDb db, RoomNews news, CancellationToken ct)
    {
        lock (news.Gate)
            news.BeginTelling();
        var members = await db.Memberships.Where(m => m.RoomId == news.RoomId && m.LeftAt == null)
            .Select(m => new { m.UserId, m.ReadSeq }).ToListAsync(ct);
        List<Guid>? countless = null;
        using (StompTurn.Begin())
        {
            lock (news.Gate)
            {
                foreach (var member in members.Where(m => events.IsListening(m.UserId) && !news.IsTakenOut(m.UserId)))
                {
                    if (news.UnreadOf(member.UserId, news.ReadSeq(member.UserId, member.ReadSeq)) is { } unread)
                        events.Send(member.UserId, new RoomMovedEvent(news.RoomId, news.LastSeq, news.Version, news.Preview, unread));
                    else
                        (countless ??= []).Add(member.UserId);
                }
            }
        }
        foreach (var userId in countless ?? []) // far behind, and their past is full of deleted messages or their own
        {
            var unread = await Unread.OfRoomAsync(db, userId, news.RoomId, ct);
            lock (news.Gate)
            {
                if (!news.IsTakenOut(userId))
                    events.Send(userId, new RoomMovedEvent(news.RoomId, news.LastSeq, news.Version, news.Preview, unread));
            }
        }
    }

    RoomNews NewsOf(Guid roomId)
    {
        if (_rooms.TryGetValue(roomId, out var known))
            return known;
        var opened = new RoomNews(roomId) { Ear = bus?.Listen(RoomStreams.SubjectOf(roomId), letter => Hear(roomId, Letters.Read<RoomLetter>(letter))) };
        var news = _rooms.GetOrAdd(roomId, opened);
        if (news != opened)
            opened.Dispose();
        return news;
    }

    /// <summary>Another node tells of what it has committed, and of it tells the members: here it only counts.</summary>
    void Hear(Guid roomId, RoomLetter letter)
    {
        if (letter.Changes is not { } changes || !_rooms.TryGetValue(roomId, out var news))
            return;
        lock (news.Gate)
        {
            foreach (var change in changes)
                news.Add(change);
        }
    }

    async Task<RoomNews> LoadedAsync(ChatDb db, Guid roomId, CancellationToken ct)
    {
        var news = NewsOf(roomId);
        lock (news.Gate)
        {
            if (news.IsLoaded)
                return news;
            news.Doubt(); // what comes while the store is asked is kept
        }
        if (news.Ear is { } ear)
            await ear.IsHearingAsync(ct);
        var newest = await db.Messages.Where(m => m.RoomId == roomId).OrderByDescending(m => m.Seq).Take(RoomNews.Remembered)
            .Select(m => new { m.Seq, m.SenderId, IsDeleted = m.DeletedAt != null }).ToListAsync(ct);
        newest.Reverse();
        var last = newest is [.., var end]
            ? (await Past.PageAsync(db, roomId, end.Seq, new Past.Place(end.Seq + 1, null, null), 1, ct)).FirstOrDefault()
            : null;
        lock (news.Gate)
            news.Load(newest.Select(m => (m.Seq, m.SenderId, m.IsDeleted)), last);
        return news;
    }

    [LoggerMessage(LogLevel.Error, "Telling members about their rooms failed.")]
    partial void LogFailed(Exception exception);
}
