using System.Collections.Concurrent;
using System.Text;

namespace SmallTalk.Load.Peers;

/// <summary>One connection's way out. <see cref="Enqueue"/> is under no lock of the room, so one slow reader holds up nobody.</summary>
interface IOutlet
{
    void Enqueue(Message message);

    /// <summary>Writes all that waits in one write, unless a write is under way: then its end does.</summary>
    void Flush();
}

/// <summary>What goes to many.</summary>
/// <param name="Payload">The text.</param>
/// <param name="Frame">The same as a finished WebSocket frame, for who can use it.</param>
sealed record Message(byte[] Payload, byte[] Frame)
{
    public static Message Of(ReadOnlySpan<byte> payload)
    {
        byte[] header = payload.Length < 126 ? [0x81, (byte)payload.Length] : [0x81, 126, (byte)(payload.Length >> 8), (byte)payload.Length];
        return new Message(payload.ToArray(), [.. header, .. payload]);
    }
}

/// <summary>What both bare servers do: <c>H</c> greets, <c>J room</c> joins, <c>S room name text</c> goes to all in the room and is
/// answered by <c>A name</c>. Those whom a turn has touched are flushed at its end.</summary>
sealed class BareRooms
{
    readonly ConcurrentDictionary<string, List<IOutlet>> _rooms = new();

    public static BareRooms All { get; } = new();

    public void Handle(IOutlet from, ReadOnlySpan<byte> message, HashSet<IOutlet> touched)
    {
        touched.Add(from);
        switch (message[0])
        {
            case (byte)'H':
                from.Enqueue(Message.Of(message));
                break;
            case (byte)'J':
                var joined = _rooms.GetOrAdd(Encoding.UTF8.GetString(message[2..]), _ => []);
                lock (joined)
                    joined.Add(from);
                from.Enqueue(Message.Of("A sub"u8));
                break;
            default:
                var rest = message[2..];
                var room = _rooms[Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)' ')])];
                rest = rest[(rest.IndexOf((byte)' ') + 1)..];
                var name = rest[..rest.IndexOf((byte)' ')];
                var text = Message.Of(rest[(name.Length + 1)..]);
                lock (room)
                {
                    foreach (var reader in room)
                    {
                        reader.Enqueue(text);
                        touched.Add(reader);
                    }
                }
                from.Enqueue(Message.Of([.. "A "u8, .. name]));
                break;
        }
    }

    public void Leave(IOutlet who)
    {
        foreach (var room in _rooms.Values)
        {
            lock (room)
                room.Remove(who);
        }
    }
}
