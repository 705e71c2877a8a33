namespace SmallTalk.Load;

/// <summary>STOMP 1.2: what RabbitMQ, ActiveMQ and SmallTalk have in common.</summary>
abstract class StompProfile(Uri address) : Profile(address)
{
    public override bool IsWebSocket => Address.Scheme is "ws";

    public override string? Subprotocol => "v12.stomp";

    public override byte[] Hello(int person) =>
        Frame($"CONNECT\naccept-version:1.2\nhost:{VirtualHost}\nheart-beat:0,0\n{Credentials(person)}\n\n\0");

    public override byte[] Subscribe(int room, long? after = null) =>
        Frame($"SUBSCRIBE\nid:sub-0\ndestination:{Topic(room)}\nreceipt:sub\n{(after is null ? "" : FormattableString.Invariant($"after:{after}\n"))}\n\0");

    public override int Read(ReadOnlySpan<byte> bytes, IListener listener)
    {
        var used = 0;
        while (true)
        {
            var frame = bytes[used..];
            var eols = frame.IndexOfAnyExcept((byte)'\n', (byte)'\r');
            if (eols < 0)
                return bytes.Length;
            frame = frame[eols..];
            // None of these bodies has a NUL in it.
            var end = frame.IndexOf((byte)0);
            if (end < 0)
                return used;
            used += eols + end + 1;
            frame = frame[..end];
            if (frame[0] == 'M')
                listener.Delivered(frame);
            else if (frame[0] == 'R')
                listener.Done(Header(frame, "\nreceipt-id:"u8));
            else if (frame.StartsWith("CONNECTED"u8))
                listener.Welcome();
            else
                throw new InvalidDataException(System.Text.Encoding.UTF8.GetString(frame));
        }
    }

    protected abstract string Credentials(int person);

    protected abstract string Topic(int room);

    protected virtual string VirtualHost => "/";

    static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> name)
    {
        var at = frame.IndexOf(name);
        if (at < 0)
            return default;
        frame = frame[(at + name.Length)..];
        return frame[..frame.IndexOfAny((byte)'\n', (byte)'\r')];
    }
}

/// <summary>A broker without rooms and people: what is sent to a topic goes to its subscribers.</summary>
sealed class BrokerProfile(Uri address, string login, string passcode) : StompProfile(address)
{
    public override int TextLength => 90;

    public override byte[] Post(int room, string name, string text) =>
        Frame($"SEND\ndestination:{Topic(room)}\nreceipt:{name}\ncontent-type:text/plain\ncontent-length:{text.Length}\n\n{text}\0");

    protected override string Credentials(int person) => $"login:{login}\npasscode:{passcode}";

    protected override string Topic(int room) => FormattableString.Invariant($"/topic/room-{room}");
}
