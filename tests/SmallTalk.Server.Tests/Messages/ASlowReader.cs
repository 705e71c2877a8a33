using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class ASlowReader
{
    [Fact] // K15, promise 5
    public async Task Is_closed_with_a_reason_harms_nobody_and_misses_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var (owner, slow) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await owner.CreateRoomAsync();
        await using var live = await owner.ConnectAsync();
        var sees = await live.WatchAsync(room);
        using var stuck = await StuckAsync(server, slow, room);

        var streams = server.Services.GetRequiredService<RoomStreams>();
        var posted = 0;
        var longText = new string('가', 3_900); // 12 KB: a megabyte and what sockets hold is full after some hundred
        for (; streams.Here(room) == 2; posted++)
        {
            Assert.True(posted < 3_000, "the server holds more than it should for one who does not read");
            await live.SayAsync(room, longText);
        }
        var rest = await DrainAsync(stuck);
        await live.SayAsync(room, "아무 일 없어요");

        await sees.SeesAsync(seq: posted + 1);
        Assert.Equal(posted + 1, sees.Messages.Count);
        Assert.Contains("ERROR\n", rest, StringComparison.Ordinal);
        Assert.Contains("the client reads more slowly than it is sent to", rest, StringComparison.Ordinal);
        await using var back = await slow.ConnectAsync();
        Assert.Equal(posted + 1, Inbox.Hold((await (await back.WatchAsync(room, after: 0)).UntilAsync(came => came.Any(f => f.TypeName() == "message" && f.Seq() == posted + 1)))
            .Where(f => f.TypeName() == "message")).Count);
    }

    /// <summary>A client that subscribes and then never reads.</summary>
    static async Task<Socket> StuckAsync(TestServer server, TestUser user, Guid room)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 * 1024 };
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n"));
        await ReadUntilAsync(socket, "\r\n\r\n");
        await SendTextAsync(socket, $"CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer {user.AccessToken}\n\n\0");
        await ReadUntilAsync(socket, "CONNECTED");
        await SendTextAsync(socket, $"SUBSCRIBE\nid:1\nreceipt:r\ndestination:/topic/rooms/{room}\n\n\0");
        await ReadUntilAsync(socket, "RECEIPT");
        return socket;
    }

    static async Task SendTextAsync(Socket socket, string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var frame = new List<byte> { 0x81, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0 }; // masked with zeros
        frame.AddRange(payload);
        await socket.SendAsync(frame.ToArray());
    }

    static async Task ReadUntilAsync(Socket socket, string what)
    {
        var read = new StringBuilder();
        var buffer = new byte[4096];
        while (!read.ToString().Contains(what, StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20));
            Assert.True(count > 0, $"'{what}' did not come: {read}");
            read.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
    }

    static async Task<string> DrainAsync(Socket socket)
    {
        var read = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20)) is > 0 and var count)
                read.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // cut after the last word
        }
        return read.ToString();
    }
}
