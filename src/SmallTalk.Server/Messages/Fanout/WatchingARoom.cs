using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Server.Rooms;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>SUBSCRIBE to a room. First it is among the room's watchers, held; then the store is asked whether it may be: so a
/// removal that commits in between finds it there and ends it. Who has watched before is known (<see cref="KnownReaders"/>): a crowd
/// that was cut and comes back asks the store nothing. Then it gets what it missed and is live, in one step under the
/// room's lock: so between replay and live there is no gap and nothing comes twice. What others ask for at the same time is
/// read once.</summary>
sealed class WatchingARoom(RoomStreams streams, MessageLog log, StoreEpoch epoch, ChangeReads reads, IServiceScopeFactory scopes)
{
    /// <summary>Beyond so many changes loading the newest page is quicker than replaying.</summary>
    public const int MostReplayed = 2_000;
    const int Backfilled = 500;
    const int Page = 200;
    const int CalmBytes = 128 * 1024;
    const int PieceBytes = 256 * 1024;

    readonly ConcurrentDictionary<(Guid Room, long After, long UpTo), Lazy<Task<List<RoomTail.Kept>>>> _reads = new();

    public async Task<IStompResult?> SubscribeAsync(
        Guid roomId, StompSubscription subscription, CurrentUser me, CancellationToken ct,
        [FromHeader(Name = "after")] long? after = null, [FromHeader(Name = "epoch")] string? knownEpoch = null)
    {
        if (subscription.Destination != RoomStream.DestinationOf(roomId))
            return StompRefusals.NoSuchDestination; // another spelling of the id: the frames would not carry what was subscribed to
        var watcher = new Watcher(subscription, me.Id);
        var stream = streams.Enter(roomId, watcher);
        var (isMember, asOf) = stream.Readers.Find(me.Id);
        if (isMember is null || stream.Version is not { } version || after > version)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
            if (stream.Ear is { } ear)
                await ear.IsHearingAsync(ct); // before the store is asked: what other nodes commit after the answer is heard
            if (isMember is null)
            {
                var rights = await RoomRights.LoadAsync(db, roomId, me.Id, ct);
                if (rights.ToRead is { } refusal)
                    return refusal;
                isMember = rights.IsMember;
                stream.Readers.Remember(me.Id, rights.IsMember, asOf);
            }
            version = await db.Rooms.Where(r => r.Id == roomId).Select(r => r.Version).SingleOrDefaultAsync(ct);
            stream.Know(version);
        }
        var mustReset = (knownEpoch is not null && knownEpoch != epoch.Value) || after < 0 || after > version;
        if (mustReset || !await CatchUpAsync(stream, roomId, watcher, after, ct))
            stream.GoLive(watcher, epoch.Value);
        if (watcher.IsGone)
            return watcher.EndedBy;
        streams.MarkHere(roomId, stream);
        if (isMember.Value)
            await log.EnqueueAsync(new Visit(roomId, me.Id), ct); // nobody waits for it
        return StompResult.Accepted(
            new("version", watcher.Seen.ToString(CultureInfo.InvariantCulture)), new("epoch", epoch.Value));
    }

    /// <summary>Sends what it missed, as fast as it reads and no faster, until memory has the rest.</summary>
    /// <returns>False when it missed too much, or reads so slowly that it will.</returns>
    async Task<bool> CatchUpAsync(RoomStream stream, Guid roomId, Watcher watcher, long? after, CancellationToken ct)
    {
        var hasBackfilled = false;
        while (true)
        {
            await watcher.Subscription.Connection.WaitForRoomAsync(CalmBytes, ct);
            var (floor, version) = stream.Reach();
            if (version - after > MostReplayed)
                return false;
            if (watcher.IsGone || stream.TryGoLive(watcher, after))
                return true;
            if (floor - after <= Backfilled && !hasBackfilled)
            {
                hasBackfilled = true;
                await stream.BackfillAsync(async upTo =>
                {
                    var from = Math.Max(0, upTo - Backfilled);
                    return (from, await reads.ReadAsync(roomId, from, upTo));
                });
            }
            else if (after < floor)
            {
                var upTo = Math.Min(after.Value + Page, floor);
                foreach (var piece in Pieces(await ReadOnceAsync(roomId, after.Value, upTo)))
                {
                    await watcher.Subscription.Connection.WaitForRoomAsync(CalmBytes, ct);
                    stream.Replay(watcher, piece);
                }
                after = upTo;
            }
        }
    }

    /// <summary>Long messages are many bytes: of those, fewer at a time.</summary>
    static IEnumerable<List<RoomTail.Kept>> Pieces(List<RoomTail.Kept> changes)
    {
        var piece = new List<RoomTail.Kept>();
        var bytes = 0;
        foreach (var change in changes)
        {
            piece.Add(change);
            if ((bytes += change.Frame.Body.Length) < PieceBytes)
                continue;
            yield return piece;
            (piece, bytes) = ([], 0);
        }
        if (piece.Count > 0)
            yield return piece;
    }

    async Task<List<RoomTail.Kept>> ReadOnceAsync(Guid roomId, long after, long upTo)
    {
        var key = (roomId, after, upTo);
        var read = _reads.GetOrAdd(key, _ => new Lazy<Task<List<RoomTail.Kept>>>(() => reads.ReadAsync(roomId, after, upTo)));
        try
        {
            return await read.Value;
        }
        finally
        {
            _reads.TryRemove(new(key, read));
        }
    }
}
