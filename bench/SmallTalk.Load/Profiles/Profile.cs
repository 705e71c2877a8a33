using System.Text;

namespace SmallTalk.Load;

/// <summary>How one peer is spoken to. Rooms are numbered from 0.</summary>
abstract class Profile(Uri address)
{
    public Uri Address => address;

    /// <summary>Where the next connection goes.</summary>
    public virtual Uri NextAddress() => address;

    public virtual bool IsWebSocket => true;

    public virtual string? Subprotocol => null;

    /// <summary>The length of a text that makes the peer's frame to a reader about 260 bytes.</summary>
    public abstract int TextLength { get; }

    /// <summary>Makes rooms and people, where the peer has such.</summary>
    public virtual Task PrepareAsync(int rooms, int people, CancellationToken ct) => Task.CompletedTask;

    /// <summary>What a connection says first; it is answered by <see cref="IListener.Welcome"/>.</summary>
    public abstract byte[] Hello(int person);

    /// <summary>Answered by <see cref="IListener.Done"/>.</summary>
    /// <param name="room">Which.</param>
    /// <param name="after">For a peer that replays: what the reader has.</param>
    public abstract byte[] Subscribe(int room, long? after = null);

    /// <summary>Answered by <see cref="IListener.Done"/> with <paramref name="name"/>.</summary>
    public abstract byte[] Post(int room, string name, string text);

    /// <returns>How many bytes it took; without WebSockets the rest is the beginning of the next message.</returns>
    public abstract int Read(ReadOnlySpan<byte> bytes, IListener listener);

    /// <summary>Rooms of this peer that only some may write to: who makes them writes.</summary>
    public virtual Task JoinAsync(int room, int person, CancellationToken ct) => Task.CompletedTask;

    protected byte[] Frame(string text) => Frame(Encoding.UTF8.GetBytes(text));

    protected byte[] Frame(ReadOnlySpan<byte> payload, bool isBinary = false) =>
        IsWebSocket ? WebSocketFrame.Of(isBinary ? (byte)2 : (byte)1, payload) : payload.ToArray();
}
