namespace SmallTalk.Server.Messages.Fanout;

/// <summary>Who may read one room, as the store said when they came to watch it; so that who was cut and comes back need not be asked
/// for again. Somebody is known until whatever took the right away has committed and says so, in this order: it commits, they are
/// forgotten here, their subscriptions end. Who subscribes is among the watchers before they are looked up: so they are ended, or not
/// known any more. An answer that the store gave while somebody was being forgotten is not kept.</summary>
sealed class KnownReaders
{
    const int Most = 10_000;

    readonly Lock _gate = new();
    readonly Dictionary<Guid, bool> _isMember = [];
    long _forgotten;

    /// <returns>Whether this reader is a member: null when the store must be asked, whose answer is then remembered with the number.</returns>
    public (bool? IsMember, long AsOf) Find(Guid userId)
    {
        lock (_gate)
            return (_isMember.TryGetValue(userId, out var isMember) ? isMember : null, _forgotten);
    }

    /// <param name="userId">Who may read.</param>
    /// <param name="isMember">As a member, or as one who looks in.</param>
    /// <param name="asOf">What <see cref="Find"/> had given before the store was asked.</param>
    public void Remember(Guid userId, bool isMember, long asOf)
    {
        lock (_gate)
        {
            if (asOf != _forgotten)
                return;
            if (_isMember.Count >= Most)
                _isMember.Clear(); // they are asked for again
            _isMember[userId] = isMember;
        }
    }

    public void Forget(Guid userId)
    {
        lock (_gate)
        {
            _forgotten++;
            _isMember.Remove(userId);
        }
    }

    public void ForgetAll()
    {
        lock (_gate)
        {
            _forgotten++;
            _isMember.Clear();
        }
    }
}
