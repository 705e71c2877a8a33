using System.Collections.Concurrent;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Events;

/// <summary>The way to a person: the <c>/user/queue/events</c> of all their devices on this node. Who isn't there hears
/// nothing; what they missed, the next load of their rooms and friends tells.</summary>
sealed class UserEvents
{
    public const string Destination = "/user/queue/events";

    readonly ConcurrentDictionary<Guid, Devices> _devices = new();

    /// <summary>Somebody listens on this node.</summary>
    public bool HasListeners => !_devices.IsEmpty;

    public bool IsListening(Guid userId) => _devices.ContainsKey(userId);

    public void Send(Guid userId, UserEvent about)
    {
        if (_devices.TryGetValue(userId, out var devices))
            devices.Send(LiveJson.Frame(Destination, about));
    }

    /// <summary>The same to many: written once.</summary>
    public void Send(IEnumerable<Guid> userIds, UserEvent about)
    {
        StompMessage? frame = null;
        using var turn = StompTurn.Begin();
        foreach (var userId in userIds)
        {
            if (_devices.TryGetValue(userId, out var devices))
                devices.Send(frame ??= LiveJson.Frame(Destination, about));
        }
    }

    public void Listen(Guid userId, StompSubscription subscription)
    {
        Devices devices;
        while (!(devices = _devices.GetOrAdd(userId, static _ => new Devices())).TryAdd(subscription))
            _devices.TryRemove(new(userId, devices));
        subscription.OnEnded(ended =>
        {
            if (devices.Remove(ended))
                _devices.TryRemove(new(userId, devices));
        });
    }

    sealed class Devices
    {
        readonly Lock _gate = new();
        readonly List<StompSubscription> _subscriptions = [];
        bool _isClosed;

        public bool TryAdd(StompSubscription subscription)
        {
            lock (_gate)
            {
                if (!_isClosed)
                    _subscriptions.Add(subscription);
                return !_isClosed;
            }
        }

        /// <returns>Whether it was the last; then this is closed.</returns>
        public bool Remove(StompSubscription subscription)
        {
            lock (_gate)
            {
                _subscriptions.Remove(subscription);
                return _isClosed = _subscriptions.Count == 0;
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
