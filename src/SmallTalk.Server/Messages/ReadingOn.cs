using SmallTalk.Server.Events;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Messages;

/// <summary>'I have read up to here', by STOMP and HTTP alike: stored with the messages' own commits, then told to my other devices
/// and, in small rooms, to the others.</summary>
sealed class ReadingOn(MessageLog log, RoomStreams streams, RoomNewsLoop news)
{
    public async Task<Refusal?> MarkAsync(Guid roomId, Guid userId, long? seq, CancellationToken ct)
    {
        if (seq is not >= 0)
            return MemberRefusals.NotASeq;
        var answer = await log.AppendAsync(new ReadMark(roomId, userId, seq.Value), ct);
        if (answer.Refusal is { } refusal)
            return refusal;
        var reading = answer.Reading!;
        if (!reading.HasMoved)
            return null;
        if (reading.MemberCount <= ReadMarks.MaxMembers)
            streams.Publish(new ReadEvent(userId, reading.ReadSeq) { RoomId = roomId });
        await news.ReadOnAsync(roomId, userId, reading.ReadSeq, ct);
        return null;
    }
}
