using System.Collections.Concurrent;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Events;

/// <summary>The way to a person: the <c>/user/queue/events</c> of all their devices, on whichever node. Who isn't there hears
/// nothing; what they missed, the next load of their rooms and friends tells.</summary>
sealed class UserEvents(Bus? bus = null, Nodes? nodes = null)
{
    public const string Destination = "/user/queue/events";

    readonly ConcurrentDictionary<Guid, Devices> _devices = new();

    /// <summary>Somebody listens.</summary>
    public bool HasListeners => !_devices.IsEmpty || nodes is { HaveAny: true };

    public bool IsListening(Guid userId) => _devices.ContainsKey(userId) || IsElsewhere(userId);

    public void Send(Guid userId, UserEvent about) => Send([userId], about);

    /// <summary>The same to many: written once.</summary>
    public void Send(IEnumerable<Guid> userIds, UserEvent about)
    {
        StompMessage? frame = null;
        using var turn = StompTurn.Begin();
        foreach (var userId in userIds)
        {
            if (_devices.TryGetValue(userId, out var devices))
                devices.Send(frame ??= LiveJson.Frame(Destination, about));
            if (IsElsewhere(userId))
                bus!.Tell(SubjectOf(userId), (frame ??= LiveJson.Frame(Destination, about)).Body.ToArray());
        }
    }

    /// <summary>To their devices on this node.</summary>
    public void SendHere(IEnumerable<Guid> userIds, UserEvent about)
    {
        using var turn = StompTurn.Begin();
        foreach (var userId in userIds)
        {
            if (_devices.TryGetValue(userId, out var devices))
                devices.Send(LiveJson.Frame(Destination, about));
        }
    }

    public void Listen(Guid userId, StompSubscription subscription)
    {
        Devices devices;
        while (!(devices = _devices.GetOrAdd(userId, static (id, all) => all.Open(id), this)).TryAdd(subscription))
            _devices.TryRemove(new(userId, devices));
        subscription.OnEnded(ended =>
        {
            if (devices.Remove(ended))
                _devices.TryRemove(new(userId, devices));
        });
    }

    static string SubjectOf(Guid userId) => $"user.{userId}";

    bool IsElsewhere(Guid userId) => nodes is not null && nodes.CountOf(userId) > 0;

    Devices Open(Guid userId)
    {
        Devices devices = null!;
        devices = new Devices(() => bus?.Listen(SubjectOf(userId), about => devices.Send(LiveJson.Frame(Destination, about.ToArray()))));
        return devices;
    }

    /// <param name="listen">Hears what other nodes tell this person.</param>
    sealed class Devices(Func<Bus.Ear?> listen)
    {
        readonly Lock _gate = new();
        readonly List<StompSubscription> _subscriptions = [];
        bool _isClosed;
        Bus.Ear? _ear;

        public bool TryAdd(StompSubscription subscription)
        {
            lock (_gate)
            {
                if (!_isClosed)
                {
                    _ear ??= listen();
                    _subscriptions.Add(subscription);
                }
                return !_isClosed;
            }
        }

        /// <returns>Whether it was the last; then this is closed.</returns>
        public bool Remove(StompSubscription subscription)
        {
            lock (_gate)
            {
                _subscriptions.Remove(subscription);
                if (_subscriptions.Count > 0)
                    return false;
                _ear?.Dispose();
                return _isClosed = true;
            }
        }

        public void Send(StompMessage frame)
        {
            lock (_gate) // one order on all devices
            {
                foreach (var subscription in _subscriptions)
                    subscription.Send(frame);
            }
        }
    }
}
