using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Cluster;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>Which sessions live, asked at every request and by every open connection. The store says so once, then memory
/// does; whatever ends a session deletes its row, commits, and calls <see cref="End"/>, which reaches every socket of it.
/// Ids of ended sessions stay here for a while, so that a read that was under way when the session ended cannot bring it
/// back.</summary>
sealed class LiveSessions(IServiceScopeFactory scopes, IOptions<AccountOptions> options, TimeProvider clock, Nodes? nodes = null)
{
    const int CheckedAtOnce = 1_000;
    static readonly TimeSpan KeptUnused = TimeSpan.FromMinutes(10);

    readonly ConcurrentDictionary<Guid, Entry> _entries = new();

    public async ValueTask<bool> IsLiveAsync(CurrentUser who, CancellationToken ct)
    {
        if (!_entries.TryGetValue(who.SessionId, out var entry))
        {
            if (await ReadAsync(who.SessionId, ct) is not { } read)
                return false;
            entry = _entries.GetOrAdd(who.SessionId, read);
        }
        return entry.UserId == who.Id && entry.See(clock.GetUtcNow(), options.Value.SessionLifetime);
    }

    /// <summary>Runs <paramref name="ended"/> once when the session ends: at once when it has already. For one who was just
    /// found live. Dispose it when the connection closes by itself; until then the session counts as used.</summary>
    public IDisposable OnEnded(CurrentUser who, Action ended)
    {
        var now = clock.GetUtcNow();
        return _entries.GetOrAdd(who.SessionId, _ => new Entry(who.Id, now, now + options.Value.SessionLifetime)).Listen(ended);
    }

    /// <summary>Ends those sessions in a transaction of its own.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> EndAsync(ChatDb db, IQueryable<Session> which, CancellationToken ct)
    {
        List<Guid> ids;
        await using (var write = await db.BeginWriteAsync(ct))
        {
            ids = await DeleteAsync(which, ct);
            await write.CommitAsync();
        }
        End(ids);
        return ids.Count;
    }

    /// <summary>Within a transaction of the caller, who calls <see cref="End"/> with the result after the commit.</summary>
    public static async Task<List<Guid>> DeleteAsync(IQueryable<Session> which, CancellationToken ct)
    {
        var ids = await which.Select(s => s.Id).ToListAsync(ct);
        await which.ExecuteDeleteAsync(ct);
        return ids;
    }

    /// <summary>After the commit that deleted them.</summary>
    public void End(IReadOnlyList<Guid> sessionIds)
    {
        if (sessionIds.Count > 0)
            nodes?.Tell(letter => letter with { EndedSessions = sessionIds });
        EndHere(sessionIds);
    }

    /// <summary>On this node alone.</summary>
    public void EndHere(IEnumerable<Guid> sessionIds)
    {
        foreach (var id in sessionIds)
            _entries.GetOrAdd(id, _ => new Entry(Guid.Empty, clock.GetUtcNow(), DateTimeOffset.MinValue)).End(clock.GetUtcNow());
    }

    public bool IsRemembered(Guid sessionId) => _entries.ContainsKey(sessionId);

    /// <summary>When it was used last, as far as this node knows better than the store.</summary>
    public DateTimeOffset? LastSeen(Guid sessionId) =>
        _entries.TryGetValue(sessionId, out var entry) && entry.UserId != Guid.Empty ? entry.LastSeen : null;

    public sealed record Seen(Guid SessionId, Guid UserId, DateTimeOffset At, DateTimeOffset ExpiresAt);

    /// <summary>What was used since the last call, for the store.</summary>
    public IReadOnlyList<Seen> TakeSeen()
    {
        var now = clock.GetUtcNow();
        return [.. from pair in _entries
                   let seen = pair.Value.TakeSeen(now, options.Value.SessionLifetime)
                   where seen is not null
                   select new Seen(pair.Key, pair.Value.UserId, seen.Value, seen.Value + options.Value.SessionLifetime)];
    }

    /// <summary>Ends those that the store does not know any more: another node ended them, and this one did not hear it.</summary>
    public async Task CheckAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        foreach (var some in _entries.Where(entry => entry.Value.UserId != Guid.Empty).Select(entry => entry.Key).Chunk(CheckedAtOnce))
        {
            var living = await db.Sessions.Where(s => some.Contains(s.Id)).Select(s => s.Id).ToListAsync(ct);
            EndHere(some.Except(living));
        }
    }

    public void Sweep()
    {
        var before = clock.GetUtcNow() - KeptUnused;
        foreach (var pair in _entries)
        {
            if (pair.Value.IsForgettable(before))
                _entries.TryRemove(pair);
        }
    }

    async Task<Entry?> ReadAsync(Guid sessionId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        return await db.Sessions.Where(s => s.Id == sessionId)
            .Select(s => new Entry(s.UserId, s.LastSeenAt, s.ExpiresAt))
            .SingleOrDefaultAsync(ct);
    }

    sealed class Entry(Guid userId, DateTimeOffset lastSeen, DateTimeOffset expiresAt)
    {
        readonly Lock _gate = new();
        readonly List<Action> _listeners = [];
        DateTimeOffset _expiresAt = expiresAt;
        DateTimeOffset _stored = lastSeen;
        bool _hasEnded;

        public Guid UserId => userId;

        public DateTimeOffset LastSeen { get; private set; } = lastSeen;

        public bool See(DateTimeOffset now, TimeSpan lifetime)
        {
            lock (_gate)
            {
                if (_hasEnded || _expiresAt <= now)
                    return false;
                LastSeen = now;
                _expiresAt = now + lifetime;
                return true;
            }
        }

        public IDisposable Listen(Action ended)
        {
            lock (_gate)
            {
                if (!_hasEnded)
                {
                    _listeners.Add(ended);
                    return new Listening(this, ended);
                }
            }
            ended();
            return new Listening(this, ended);
        }

        public void End(DateTimeOffset now)
        {
            Action[] ending;
            lock (_gate)
            {
                _hasEnded = true;
                LastSeen = now;
                ending = [.. _listeners];
                _listeners.Clear();
            }
            foreach (var ended in ending)
                ended();
        }

        public DateTimeOffset? TakeSeen(DateTimeOffset now, TimeSpan lifetime)
        {
            lock (_gate)
            {
                if (_hasEnded || userId == Guid.Empty)
                    return null;
                if (_listeners.Count > 0)
                    (LastSeen, _expiresAt) = (now, now + lifetime);
                if (LastSeen == _stored)
                    return null;
                return _stored = LastSeen;
            }
        }

        public bool IsForgettable(DateTimeOffset before)
        {
            lock (_gate)
                return _listeners.Count == 0 && LastSeen < before && (_hasEnded || LastSeen == _stored || userId == Guid.Empty);
        }

        sealed class Listening(Entry entry, Action ended) : IDisposable
        {
            public void Dispose()
            {
                lock (entry._gate)
                    entry._listeners.Remove(ended);
            }
        }
    }
}
