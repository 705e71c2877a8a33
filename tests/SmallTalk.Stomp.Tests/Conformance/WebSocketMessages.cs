using System.Text;

namespace SmallTalk.Stomp.Tests.Conformance;

public sealed class WebSocketMessagesOverWebSocket() : OverBothTransports(StompTransport.WebSocket)
{
    [Fact]
    public async Task AMB_23_Text_and_binary_are_read_alike_and_what_is_UTF_8_is_written_as_text()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0"u8.ToArray(), isText: false);
        var frame = "SEND\ndestination:/app/echo\n\n안녕\0"u8.ToArray();

        await peer.SendAsync(frame[..10], isText: true); // one frame, half text, half binary
        await peer.SendAsync(frame[10..], isText: false);
        await peer.SendAsync([.. "SEND\ndestination:/app/echo\n\n"u8, 0xFF, 0], isText: false);

        var (text, binary) = (await peer.ReadAsync("MESSAGE"), await peer.ReadAsync("MESSAGE"));
        Assert.Equal(("안녕", true), (text.Text, text.IsText));
        Assert.Equal([0xFF], binary.Body);
        Assert.False(binary.IsText);
    }

    [Fact]
    public async Task AMB_24_Frames_are_read_however_messages_cut_or_join_them_and_written_one_a_message()
    {
        await using var host = await StartAsync();
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:s\ndestination:/topic/echo\n\n\0");
        var frames = string.Concat(Enumerable.Range(0, 5).Select(i => $"SEND\ndestination:/app/echo\nreceipt:{i}\n\n👋 {i}\0\n"));

        await peer.SendAsync(frames);
        foreach (var octet in Encoding.UTF8.GetBytes(frames))
            await peer.SendAsync([octet], isText: false);

        for (var i = 0; i < 20; i++)
        {
            var (payload, _) = (await peer.ReadMessageAsync(skipHeartBeats: false))!.Value;
            Assert.Equal(payload.Length - 1, Array.IndexOf(payload, (byte)0)); // one frame, whole
        }

        Assert.Equal(10, host.Echo.Bodies.Count);
    }
}
