using System.Text;

namespace SmallTalk.Fuzz;

/// <summary>What a run begins with: one small input for each way in which frames differ.</summary>
static class Seeds
{
    static readonly (string Name, string Text)[] Frames =
    [
        ("connect", "CONNECT\naccept-version:1.0,1.1,1.2\nheart-beat:1,2\n\n\0"),
        ("connect-crlf", "CONNECT\r\nlogin:a\\b\r\n\r\n\0\r\n\n"),
        ("send", "SEND\ndestination:/a\nreceipt:1\n\nhello\0"),
        ("send-length", "SEND\ndestination:/a\ncontent-length:3\n\na\0b\0\nACK\nid:7\n\n\0"),
        ("escapes", "SEND\na\\cb:c\\n\\\\d\\r\n\n\0"),
        ("literal", "SEND\na: b \nc:\\t:\n\n\0"),
        ("korean", "MESSAGE\n한글:값 👋\n\n안녕\0\n\n\n"),
        ("error", "ERROR\nmessage:no\\n\nversion:1.2\n\nwhy\0"),
        ("body-where-none", "SUBSCRIBE\nid:1\ncontent-length:1\n\nx\0UNSUBSCRIBE\nid:1\n\n\0"),
        ("cut", "DISCONNECT\nreceipt:b"),
    ];

    public static void Write(string folder)
    {
        foreach (var (name, text) in Frames)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            for (byte version = 0; version < 4; version++)
                Save(folder, "stomp", $"{name}-{version}", [(byte)(version | 12), 6, .. bytes]);
            Save(folder, "websocket", name, [4, 30, .. Frame(0x82, bytes, 0x37), .. Frame(0x01, [.. "안"u8], 0), .. Frame(0x89, [.. "p"u8], 1), .. Frame(0x80, [.. "녕"u8], 2)]);
        }

        Save(folder, "websocket", "close", [4, 30, .. Frame(0x88, [3, 0xE8, .. "bye"u8], 0x11)]);
        Save(folder, "websocket", "close-bare", [4, 30, .. Frame(0x8A, [], 0x11), .. Frame(0x88, [], 0x11)]);
        Save(folder, "websocket", "length-16", [4, 30, .. Frame(0x81, [.. Enumerable.Repeat((byte)'x', 130)], 0x11)]);
        Save(folder, "websocket", "length-64", [4, 30, 0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, (byte)'a', (byte)'b']);
    }

    static byte[] Frame(byte first, byte[] payload, byte mask)
    {
        byte[] header = payload.Length < 126
            ? [first, (byte)(0x80 | payload.Length)]
            : [first, 0xFE, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [.. header, mask, mask, mask, mask, .. payload.Select(octet => (byte)(octet ^ mask))];
    }

    static void Save(string folder, string target, string name, byte[] input)
    {
        Directory.CreateDirectory(Path.Combine(folder, target));
        File.WriteAllBytes(Path.Combine(folder, target, name), input);
    }
}
