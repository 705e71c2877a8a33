using System.Globalization;

namespace SmallTalk.Load;

/// <summary>The two bare servers of SmallTalk.Load.Peers: a WebSocket, and nothing on it but <c>J room</c>, <c>S room name text</c> and
/// their answers.</summary>
sealed class BareProfile(Uri address) : Profile(address)
{
    public override int TextLength => 256;

    public override byte[] Hello(int person) => Frame("H");

    public override byte[] Subscribe(int room, long? after = null) => Frame(string.Create(CultureInfo.InvariantCulture, $"J {room}"));

    public override byte[] Post(int room, string name, string text) => Frame(string.Create(CultureInfo.InvariantCulture, $"S {room} {name} {text}"));

    public override int Read(ReadOnlySpan<byte> bytes, IListener listener)
    {
        switch (bytes[0])
        {
            case (byte)'H':
                listener.Welcome();
                break;
            case (byte)'A':
                listener.Done(bytes[2..]);
                break;
            default:
                listener.Delivered(bytes);
                break;
        }
        return bytes.Length;
    }
}
