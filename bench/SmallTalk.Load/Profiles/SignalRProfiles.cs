using System.Buffers;
using System.Globalization;
using System.Text;

namespace SmallTalk.Load;

/// <summary>SignalR's hub protocol as JSON: records that end in 0x1E, several to a WebSocket message.</summary>
sealed class SignalRJsonProfile(Uri address) : Profile(address)
{
    const byte End = 0x1e;

    public override int TextLength => 180;

    public override byte[] Hello(int person) => Frame("{\"protocol\":\"json\",\"version\":1}\u001e");

    public override byte[] Subscribe(int room, long? after = null) =>
        Frame($"{{\"type\":1,\"invocationId\":\"sub\",\"target\":\"Join\",\"arguments\":[\"{room.ToString(CultureInfo.InvariantCulture)}\"]}}\u001e");

    public override byte[] Post(int room, string name, string text) =>
        Frame($"{{\"type\":1,\"invocationId\":\"{name}\",\"target\":\"Post\",\"arguments\":[\"{room.ToString(CultureInfo.InvariantCulture)}\",\"{text}\"]}}\u001e");

    public override int Read(ReadOnlySpan<byte> bytes, IListener listener)
    {
        var used = 0;
        for (int end; (end = bytes[used..].IndexOf(End)) >= 0; used += end + 1)
        {
            var record = bytes.Slice(used, end);
            if (record.StartsWith("{\"type\":1,"u8))
                listener.Delivered(record);
            else if (record.StartsWith("{\"type\":3,"u8))
                listener.Done(Name(record));
            else if (record.SequenceEqual("{}"u8))
                listener.Welcome();
            else if (!record.StartsWith("{\"type\":6"u8))
                throw new InvalidDataException(Encoding.UTF8.GetString(record));
        }
        return used;
    }

    static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> record)
    {
        if (record.IndexOf("\"error\""u8) >= 0)
            throw new InvalidDataException(Encoding.UTF8.GetString(record));
        var key = "\"invocationId\":\""u8;
        record = record[(record.IndexOf(key) + key.Length)..];
        return record[..record.IndexOf((byte)'"')];
    }
}

/// <summary>SignalR's hub protocol as MessagePack: each record behind its length.</summary>
sealed class SignalRMessagePackProfile(Uri address) : Profile(address)
{
    public override int TextLength => 210;

    public override byte[] Hello(int person) => Frame("{\"protocol\":\"messagepack\",\"version\":1}\u001e");

    public override byte[] Subscribe(int room, long? after = null) => Invoke("sub", "Join", room.ToString(CultureInfo.InvariantCulture));

    public override byte[] Post(int room, string name, string text) => Invoke(name, "Post", room.ToString(CultureInfo.InvariantCulture), text);

    public override int Read(ReadOnlySpan<byte> bytes, IListener listener)
    {
        if (bytes.SequenceEqual("{}\u001e"u8))
        {
            listener.Welcome();
            return bytes.Length;
        }

        var used = 0;
        while (used < bytes.Length)
        {
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                var octet = bytes[used++];
                length |= (octet & 0x7f) << shift;
                if (octet < 0x80)
                    break;
            }
            var record = bytes.Slice(used, length);
            used += length;
            switch (record[1]) // after the array's head, the kind
            {
                case 1:
                    listener.Delivered(record);
                    break;
                case 3: // [3, headers {}, invocationId, result kind, …]
                    var name = record.Slice(4, record[3] & 0x1f); // the names are shorter than 32 bytes
                    if (record[4 + name.Length] == 1)
                        throw new InvalidDataException("an invocation failed: " + Encoding.UTF8.GetString(record));
                    listener.Done(name);
                    break;
            }
        }
        return used;
    }

    byte[] Invoke(string name, string target, params string[] arguments)
    {
        var record = new ArrayBufferWriter<byte>();
        record.Write((ReadOnlySpan<byte>)[0x95, 1, 0x80]);
        WriteString(record, name);
        WriteString(record, target);
        record.Write((ReadOnlySpan<byte>)[(byte)(0x90 | arguments.Length)]);
        foreach (var argument in arguments)
            WriteString(record, argument);

        var length = record.WrittenCount;
        var message = new ArrayBufferWriter<byte>();
        for (; length >= 0x80; length >>= 7)
            message.Write((ReadOnlySpan<byte>)[(byte)(length | 0x80)]);
        message.Write((ReadOnlySpan<byte>)[(byte)length]);
        message.Write(record.WrittenSpan);
        return Frame(message.WrittenSpan, isBinary: true);
    }

    static void WriteString(ArrayBufferWriter<byte> output, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        ReadOnlySpan<byte> head = utf8.Length < 32 ? [(byte)(0xa0 | utf8.Length)] : [0xd9, (byte)utf8.Length]; // the texts are shorter than 256 bytes
        output.Write(head);
        output.Write(utf8);
    }
}
