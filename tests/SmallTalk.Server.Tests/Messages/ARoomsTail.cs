using System.Globalization;
using System.Text;
using SmallTalk.Server.Messages.Fanout;

namespace SmallTalk.Server.Tests.Messages;

/// <summary>What is kept in memory of a room's newest changes: always the true bytes, and never too many.</summary>
public sealed class ARoomsTail
{
    readonly TailMemory _memory = new();

    [Fact]
    public void Gives_back_just_what_was_appended_however_often_its_blocks_were_used_again()
    {
        var tail = new RoomTail("/topic/rooms/1", _memory, version: 0);
        var random = new Random(7);
        var bodies = new Dictionary<long, string>();
        for (var version = 1L; version <= 20_000; version++)
        {
            var isEdit = version > 10 && random.Next(10) == 0;
            bodies[version] = $"{version}:{new string('가', random.Next(1, 600))}";
            tail.Append(version, seq: isEdit ? version - random.Next(1, 9) : version, Guid.Empty, !isEdit, Encoding.UTF8.GetBytes(bodies[version]));
            if (version % 97 != 0)
                continue;
            var kept = tail.After(tail.Floor).ConvertAll(frame => Encoding.UTF8.GetString(frame.Body.Span));
            Assert.True(kept.Count > 10, $"only {kept.Count} changes are kept at version {version}");
            Assert.All(kept, body => Assert.Equal(bodies[Version(body)], body));
            Assert.Equal(version, Version(kept[^1]));
        }

        static long Version(string body) => long.Parse(body.AsSpan(0, body.IndexOf(':')), CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Keeps_a_frame_that_somebody_missed_whole_when_its_block_is_used_again()
    {
        var tail = new RoomTail("/topic/rooms/1", _memory, version: 0);
        tail.Append(1, 1, Guid.Empty, isNewMessage: true, new byte[2_000]);
        var missed = tail.After(0).Single();
        for (var version = 2; version <= 1_000; version++)
            tail.Append(version, version, Guid.Empty, isNewMessage: true, Enumerable.Repeat((byte)1, 2_000).ToArray());
        Assert.Equal(new byte[2_000], missed.Body.ToArray());
        Assert.True(tail.Floor > 900, $"the floor is still at {tail.Floor}");
    }

    [Fact]
    public void Keeps_little_when_all_rooms_together_hold_too_much_and_gives_back_what_it_held()
    {
        var others = new RoomTail("/topic/rooms/2", _memory, version: 0);
        var tail = new RoomTail("/topic/rooms/1", _memory, version: 0);
        for (var version = 1; version <= 100; version++)
            tail.Append(version, version, Guid.Empty, isNewMessage: true, new byte[500]);
        Assert.Equal(0, tail.Floor);

        _memory.Add(64 * 1024 * 1024);
        Assert.True(_memory.IsScarce);
        tail.Append(101, 101, Guid.Empty, isNewMessage: true, new byte[500]);
        Assert.Equal(93, tail.Floor);
        Assert.Equal(8, tail.After(93).Count);

        _memory.Add(-64 * 1024 * 1024);
        tail.Release();
        _memory.Add(64 * 1024 * 1024);
        Assert.False(_memory.IsScarce, "what a released tail held is still counted");
        others.Release();
    }

    [Fact]
    public void Keeps_what_was_read_for_a_crowd_while_the_crowd_comes()
    {
        var tail = new RoomTail("/topic/rooms/1", _memory, version: 400);
        tail.Prepend(0, Enumerable.Range(1, 400).Select(version => new RoomTail.Kept(
            version, version, Guid.Empty, LiveJson.Frame("/topic/rooms/1", new byte[500]))));
        for (var version = 401; version <= 450; version++)
            tail.Append(version, version, Guid.Empty, isNewMessage: true, new byte[500]);
        Assert.Equal(100, tail.Floor); // one room's own bound would be 319
    }
}
