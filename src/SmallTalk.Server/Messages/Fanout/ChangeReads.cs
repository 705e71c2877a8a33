using SmallTalk.Server.Data;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>Reads what was missed from the store, as the streams send it.</summary>
sealed class ChangeReads(IServiceScopeFactory scopes, FanoutMetrics metrics)
{
    public async Task<List<RoomTail.Kept>> ReadAsync(Guid roomId, long after, long upTo)
    {
        var begun = metrics.Now();
        await using var scope = scopes.CreateAsyncScope();
        var changes = await Past.ChangesAsync(
            scope.ServiceProvider.GetRequiredService<ChatDb>(), roomId, after, upTo, CancellationToken.None);
        metrics.Read(begun);
        var destination = RoomStream.DestinationOf(roomId);
        return changes.ConvertAll(message => new RoomTail.Kept(message.Version, message.Seq, message.Sender.Id, LiveJson.Frame(destination, message)));
    }
}
