using System.Diagnostics;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Clients;

/// <summary>@stomp/stompjs, the client that most programs in JavaScript use, under the Node that the web client's packages bring.</summary>
public sealed class AClientFromNpm
{
    [Fact]
    public async Task Connects_subscribes_posts_with_a_receipt_and_hears_of_a_refusal()
    {
        await using var server = await TestServer.StartAsync();
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var (room, other) = (await minji.CreateRoomAsync(), await jun.CreateRoomAsync());

        var told = await RunAsync(
            $"ws://{server.Address.Authority}/ws", minji.Nickname, TestUser.Password, room.ToString(), other.ToString());

        Assert.Equal("1.2", told.GetProperty("version").GetString());
        Assert.Equal("1", told.GetProperty("receipts").GetProperty("first").GetProperty("seq").GetString());
        var message = told.GetProperty("messages").EnumerateArray().First(m => m.GetProperty("type").GetString() == "message");
        Assert.Equal("노드에서 보내는 인사: \"안녕\" \\ 👋", message.GetProperty("text").GetString());
        Assert.Equal(minji.Nickname, message.GetProperty("sender").GetProperty("nickname").GetString());
        Assert.Equal("not-a-member", told.GetProperty("refusals")[0].GetProperty("code").GetString());
    }

    static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        var checkout = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(checkout.FullName, "SmallTalk.slnx")))
            checkout = checkout.Parent ?? throw new InvalidOperationException("not in a checkout");
        var web = Path.Combine(checkout.FullName, "web");
        string[] all = [Path.Combine(checkout.FullName, "tests/SmallTalk.Server.Tests/Clients/stompjs.mjs"), .. arguments, web];
        using var node = Process.Start(new ProcessStartInfo(Path.Combine(web, "node_modules/.bin/node"), all)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var error = node.StandardError.ReadToEndAsync(patience.Token);
        var output = await node.StandardOutput.ReadToEndAsync(patience.Token);
        await node.WaitForExitAsync(patience.Token);
        Assert.True(node.ExitCode == 0, $"the client ended with {node.ExitCode}\n{output}\n{await error}");
        return JsonDocument.Parse(output).RootElement;
    }
}
