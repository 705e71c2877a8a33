using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Deploy;

/// <summary>The recipes of <c>deploy/</c>, as they stand there, in front of a node.</summary>
public sealed class BehindAProxy
{
    const string Password = "복숭아나무-7그루";

    public static TheoryData<string> Recipes => [.. ProxyProcess.Recipes];

    [Theory(Timeout = 60_000), MemberData(nameof(Recipes))]
    public async Task People_talk_through_it(string recipe)
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Proxies", "127.0.0.1"));
        await using var proxy = await ProxyProcess.StartAsync(recipe, server.Address);
        var (minji, jun) = (await server.SignUpAsync(), await server.SignUpAsync());
        var room = await minji.CreateRoomAsync();
        await jun.JoinAsync(room);
        await using var reader = await ConnectAsync(proxy, minji);
        await using var writer = await ConnectAsync(proxy, jun);

        var messages = await reader.SubscribeAsync($"/topic/rooms/{room}", ct: TestContext.Current.CancellationToken);
        await writer.SendAsync($"/app/rooms/{room}/messages", """{"clientId":"c1","text":"프록시 너머의 말"}"""u8.ToArray(), "application/json", ct: TestContext.Current.CancellationToken);

        while (!(await messages.ReadAsync(TestContext.Current.CancellationToken)).Text.Contains("프록시 너머의 말", StringComparison.Ordinal))
        {
            // what the room says of who came
        }
    }

    [Theory, MemberData(nameof(Recipes))]
    public async Task The_node_knows_whom_it_serves_whatever_they_say(string recipe)
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Proxies", "127.0.0.1"), ("SmallTalk:Limits:SignUpsPerHour", "1"));
        await using var proxy = await ProxyProcess.StartAsync(recipe, server.Address);
        using var somebody = ClientAt("127.0.0.2", proxy.Address);
        using var another = ClientAt("127.0.0.3", proxy.Address);

        Assert.Equal(HttpStatusCode.Created, await SignUpAsync(somebody, "부엉이 하나", saidToBeFrom: "203.0.113.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await SignUpAsync(somebody, "부엉이 둘", saidToBeFrom: "203.0.113.2"));
        Assert.Equal(HttpStatusCode.Created, await SignUpAsync(another, "부엉이 셋", saidToBeFrom: "203.0.113.1"));
    }

    [Theory, MemberData(nameof(Recipes))]
    public async Task What_no_node_would_take_ends_there(string recipe)
    {
        await using var server = await TestServer.StartAsync(("SmallTalk:Proxies", "127.0.0.1"));
        await using var proxy = await ProxyProcess.StartAsync(recipe, server.Address);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var answer = await client.PostAsync("/api/accounts", new ByteArrayContent(new byte[300 * 1024]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    static Task<StompClient> ConnectAsync(ProxyProcess proxy, TestUser user) => StompClient.ConnectAsync(
        new Uri($"ws://{proxy.Address.Authority}/ws"), new StompClientOptions { BearerToken = user.AccessToken }, TestContext.Current.CancellationToken);

    static async Task<HttpStatusCode> SignUpAsync(HttpClient client, string nickname, string saidToBeFrom)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/accounts") { Content = JsonContent.Create(new { nickname, password = Password }) };
        request.Headers.Add("X-Forwarded-For", saidToBeFrom);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    static HttpClient ClientAt(string address, Uri proxy) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = proxy,
    };
}
