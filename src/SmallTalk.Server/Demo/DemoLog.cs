using System.Text.Json;
using SmallTalk.Server.Messages;

namespace SmallTalk.Server.Demo;

/// <summary>A room's talk as the message log would have left it: <c>seq</c> without gaps, and a <c>version</c> that has
/// grown with each message, edit and deletion in the order in which they happened.</summary>
sealed record DemoLog(IReadOnlyList<Message> Messages, long Version)
{
    public long LastSeq => Messages.Count;

    public DateTimeOffset EndsAt => Messages[^1].CreatedAt;

    public static DateTimeOffset BeginOf(IReadOnlyList<JsonElement[]> talk, DateTimeOffset ends) =>
        ends.AddMinutes(-talk.Select(DemoLine.Of).Skip(1).Sum(l => l.Gap));

    /// <param name="firstId">The id of its first row.</param>
    public static DemoLog Of(
        Guid roomId, IReadOnlyList<JsonElement[]> talk, DateTimeOffset ends, long firstId, IReadOnlyDictionary<string, Guid> people)
    {
        var lines = talk.Select(DemoLine.Of).ToList();
        var posted = new DateTimeOffset[lines.Count];
        for (var i = 0; i < lines.Count; i++)
            posted[i] = i == 0 ? BeginOf(talk, ends) : posted[i - 1].AddMinutes(lines[i].Gap);

        var changes = lines.SelectMany((line, i) =>
            new[] { posted[i], posted[i].AddMinutes(line.EditedAfter ?? line.DeletedAfter ?? line.HiddenAfter ?? 0) }.Distinct()
                .Select(at => (At: at, Line: i)));
        var version = 0L;
        var versions = new long[lines.Count];
        foreach (var change in changes.OrderBy(c => c.At).ThenBy(c => c.Line))
            versions[change.Line] = ++version;

        return new DemoLog([.. lines.Select(Row)], version);

        Message Row(DemoLine line, int i) => new()
        {
            Id = firstId + i,
            RoomId = roomId,
            Seq = i + 1,
            Version = versions[i],
            SenderId = people[line.By],
            ClientId = Guid.CreateVersion7(posted[i]).ToString(),
            Text = line.DeletedAfter is null && line.HiddenAfter is null ? line.Text : "",
            ReplyTo = line.Answers is { } back ? i + 1 - back : null,
            CreatedAt = posted[i],
            EditedAt = line.EditedAfter is { } edited ? posted[i].AddMinutes(edited) : null,
            DeletedAt = (line.DeletedAfter ?? line.HiddenAfter) is { } deleted ? posted[i].AddMinutes(deleted) : null,
            IsHidden = line.HiddenAfter is not null,
        };
    }
}
