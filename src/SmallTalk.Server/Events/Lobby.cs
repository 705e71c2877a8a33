using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Data;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Server.Rooms;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Events;

/// <summary><c>/topic/lobby</c>: how the listed rooms move, for lists that move with them. At most once a second, however much
/// happened, and never a word about a room that is not listed.</summary>
sealed class Lobby(RoomStreams streams, IServiceScopeFactory scopes, Nodes? nodes = null) : IChangeListener
{
    public const string Destination = "/topic/lobby";
    const int RoomsAFrame = 100;
    const int RoomsASecond = 500;

    readonly ConcurrentDictionary<StompSubscription, byte> _listeners = new();
    readonly ConcurrentDictionary<Guid, byte> _moved = new();
    readonly ConcurrentDictionary<Guid, byte> _untold = new();

    sealed record LobbyEvent(string Type, IReadOnlyList<LobbyRoom> Rooms);

    sealed record LobbyRoom(Guid RoomId, int MemberCount, int Here, DateTimeOffset? LastMessageAt);

    public void Listen(StompSubscription subscription)
    {
        _listeners[subscription] = 0;
        subscription.OnEnded(ended => _listeners.TryRemove(ended, out _));
    }

    public void Moved(Guid roomId)
    {
        if (nodes is not null)
            _untold[roomId] = 0;
        MovedHere(roomId);
    }

    /// <summary>On whichever node, for who listens on this one.</summary>
    public void MovedHere(Guid roomId)
    {
        if (!_listeners.IsEmpty)
            _moved[roomId] = 0;
    }

    void TellNodes()
    {
        var untold = _untold.Keys.Take(RoomsASecond).ToList();
        if (untold.Count == 0)
            return;
        foreach (var roomId in untold)
            _untold.TryRemove(roomId, out _);
        nodes!.Tell(letter => letter with { MovedRooms = untold });
    }

    public void Changed(IReadOnlyList<Change> batch)
    {
        foreach (var change in batch)
        {
            if (change.Kind == ChangeKind.Posted)
                Moved(change.Message.RoomId);
        }
    }

    public async Task PulseAsync(CancellationToken ct)
    {
        TellNodes();
        var moved = _moved.Keys.Take(RoomsASecond).ToList(); // the rest next second
        if (moved.Count == 0)
            return;
        foreach (var roomId in moved)
            _moved.TryRemove(roomId, out _);
        await using var scope = scopes.CreateAsyncScope();
        var rooms = await scope.ServiceProvider.GetRequiredService<ChatDb>().Rooms
            .Where(r => moved.Contains(r.Id) && r.Kind == RoomKind.Group && r.IsListed && r.DeletedAt == null)
            .Select(r => new LobbyRoom(r.Id, r.MemberCount, 0, r.LastMessageAt)).ToListAsync(ct);
        using var turn = StompTurn.Begin();
        foreach (var some in rooms.Select(room => room with { Here = streams.Here(room.RoomId) }).Chunk(RoomsAFrame))
        {
            var frame = LiveJson.Frame(Destination, new LobbyEvent("lobby", some));
            foreach (var (listener, _) in _listeners)
                listener.Send(frame);
        }
    }
}
