using System.Security.Claims;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace SmallTalk.Stomp.Tests;

public class BindingHandlers
{
    sealed record Body(string Text, int Count = 5);

    sealed class Clock;

    sealed class Unit : IAsyncDisposable
    {
        public static int Made;
        public static int Disposed;

        public Unit() => Interlocked.Increment(ref Made);

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref Disposed);
            return default;
        }
    }

    sealed record CurrentUser(string Name)
    {
        public static async ValueTask<CurrentUser?> BindAsync(StompContext context)
        {
            if (context.Connection.Principal.Identity?.Name is not { } name)
            {
                context.Refuse(new StompRefusal("sign-in", 401, "Sign in."));
                return null;
            }

            await Task.Yield();
            return new CurrentUser(name);
        }
    }

    [Fact]
    public async Task Everything_a_minimal_API_takes_a_handler_takes()
    {
        object?[]? seen = null;
        var room = Guid.NewGuid();
        await using var host = await StompHost.StartAsync(
            options => options.Authenticate = (_, _, _) => ValueTask.FromResult(StompAuthentication.Accept(
                new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "minji")], "test")))),
            stomp => stomp.MapSend("/app/{room}/{n}/{word}", async (
                Guid room, long n, string word, Body body, [FromHeader(Name = "after")] long? after, [StompHeader("x-name")] string? name,
                [StompHeader] int limit = 50, Clock clock = null!, Unit unit = null!, ClaimsPrincipal principal = null!, CurrentUser me = null!,
                StompConnection connection = null!, StompFrame frame = null!, StompContext context = null!, CancellationToken ct = default) =>
            {
                seen = [room, n, word, body, after, name, limit, principal.Identity!.Name, me.Name, connection.Id, frame.Command, context.RouteValue("word"), clock, unit];
                await Task.Yield();
                return StompResult.Accepted(new KeyValuePair<string, string>("seq", "7"));
            }),
            builder =>
            {
                builder.Services.AddSingleton<Clock>();
                builder.Services.AddScoped<Unit>();
            });
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync($"SEND\ndestination:/app/{room}/42/한글\nafter:17\nreceipt:1\n\n" + """{"text":"hi"}""" + "\0");

        Assert.Equal("7", (await peer.ReceiptAsync("1"))["seq"]);
        Assert.Equal([room, 42L, "한글", new Body("hi"), 17L, null, 50, "minji", "minji"], seen![..9]);
        Assert.Equal(host.Server.Connections.Single().Id, seen[9]);
        Assert.Equal((StompCommand.Send, "한글"), ((StompCommand)seen[10]!, (string)seen[11]!));
        await Eventually.TrueAsync(() => Unit.Disposed == 1);
        Assert.Equal(1, Unit.Made);
    }

    [Fact]
    public async Task A_header_that_is_missing_or_malformed_is_refused()
    {
        await using var host = await StompHost.StartAsync(map: stomp =>
        {
            stomp.MapSend("/app/required", ([StompHeader("after")] long after) => { });
            stomp.MapSend("/app/optional", ([StompHeader("after")] long? after) => { });
        });
        await using var peer = await host.ConnectAsync();
        await peer.SendAsync("SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0");

        await peer.SendAsync("SEND\ndestination:/app/required\n\n\0SEND\ndestination:/app/required\nafter:x\n\n\0SEND\ndestination:/app/optional\nafter:x\n\n\0");
        await peer.SendAsync("SEND\ndestination:/app/optional\nreceipt:1\n\n\0");

        for (var i = 0; i < 3; i++)
            Assert.Contains("\"code\":\"bad-header\"", (await peer.ReadAsync("MESSAGE")).Text);
        await peer.ReceiptAsync("1");
    }

    [Fact]
    public async Task A_parameter_that_binds_itself_may_refuse()
    {
        await using var host = await StompHost.StartAsync(map: stomp => stomp.MapSend("/app/mine", (CurrentUser me) => { }));
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/mine\nreceipt:1\n\n\0");

        Assert.Equal("sign-in", (await peer.RefusedAsync(1008))["code"]);
    }

    [Fact]
    public async Task A_literal_segment_wins_over_a_parameter_and_handlers_without_reflection_work_too()
    {
        var seen = new List<string>();
        await using var host = await StompHost.StartAsync(map: stomp =>
        {
            stomp.MapSend("/app/{any}", (string any) => seen.Add($"any {any}"));
            stomp.MapSend("/app/one", (StompContext context) =>
            {
                seen.Add($"one {context.Frame.Body.Length}");
                return default;
            });
        });
        await using var peer = await host.ConnectAsync();

        await peer.SendAsync("SEND\ndestination:/app/one\n\nabc\0SEND\ndestination:/app/two\nreceipt:1\n\n\0");

        await peer.ReceiptAsync("1");
        Assert.Equal(["one 3", "any two"], seen);
    }

    public static TheoryData<Action<StompRouteBuilder>, string> Unbindable => new()
    {
        { stomp => stomp.MapSend("/app/x", (long n) => { }), "Int64 n" },
        { stomp => stomp.MapSend("/app/x", (Body one, Body two) => { }), "two" },
        { stomp => stomp.MapSend("/app/x", (StompSubscription s) => { }), "StompSubscription s" },
        { stomp => stomp.MapSubscribe("/topic/x", (Body body) => { }), "Body body" },
        { stomp => stomp.MapSend("/app/x", () => 7), "returns System.Int32" },
        { stomp => stomp.MapSend("/app/echo", () => { }), "are the same" },
        { stomp => stomp.MapSend(string.Concat("/app/{a}", "/{a}"), () => { }), "{a}" },
        { stomp => stomp.MapSend("app", () => { }), "'app'" },
        { stomp => stomp.MapSend("/app/{room}", (Body room) => { }), "Body room" },
    };

    [Theory]
    [MemberData(nameof(Unbindable), DisableDiscoveryEnumeration = true)]
    public async Task What_can_not_be_bound_stops_the_start_and_is_named(Action<StompRouteBuilder> map, string named)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => StompHost.StartAsync(map: map));

        Assert.Contains(named, fault.Message);
    }

    [Fact]
    public async Task A_bad_option_stops_the_start_and_says_what_is_allowed()
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => StompHost.StartAsync(options => options.HeartBeatSend = TimeSpan.FromMilliseconds(5)));

        Assert.Contains("StompOptions.HeartBeatSend is 00:00:00.0050000; allowed is 00:00:01 to 00:10:00 or 0.", fault.Message);
    }
}
