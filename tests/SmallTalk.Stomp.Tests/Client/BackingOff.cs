using System.Net;
using System.Net.WebSockets;

namespace SmallTalk.Stomp.Tests;

/// <summary>When a client comes back, and when it doesn't: no clock, no network.</summary>
public class BackingOff
{
    static readonly StompClosure Broken = new(null, null, null, new IOException("broken"));
    static readonly StompClosure BadHandshake = Refused(HttpStatusCode.Unauthorized);

    static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    static StompClosure Closed(int code) => new(null, (WebSocketCloseStatus)code, null, null);

    static StompClosure Refused(HttpStatusCode status, TimeSpan? after = null) =>
        new(null, null, null, new StompHandshakeException(status, after, new WebSocketException()));

    static StompReconnectOptions Options(double chance = 1) => new() { Chance = () => chance };

    [Fact]
    public void The_wait_doubles_up_to_its_limit()
    {
        var backOff = new BackOff(Options(), hasFreshCredentials: false);

        var waits = Enumerable.Range(0, 9).Select(_ => backOff.Next(Broken, null, false)!.Value.TotalSeconds);

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], waits);
    }

    [Fact]
    public void K26_Half_of_it_is_chance()
    {
        Assert.Equal(Seconds(0.5), new BackOff(Options(chance: 0), false).Next(Closed(1001), Seconds(100), false));
        Assert.Equal(Seconds(0.75), new BackOff(Options(chance: 0.5), false).Next(Closed(1012), Seconds(100), false));
        var waits = Enumerable.Range(0, 200).Select(_ => new BackOff(new StompReconnectOptions(), false).Next(Closed(1001), null, false)!.Value).ToHashSet();
        Assert.True(waits.Count > 150, $"{waits.Count} different waits of 200");
        Assert.InRange(waits.Max() - waits.Min(), Seconds(0.3), Seconds(0.5));
    }

    [Fact]
    public void K26_Only_a_session_that_lasted_starts_it_afresh()
    {
        var backOff = new BackOff(Options(), hasFreshCredentials: false);

        Assert.Equal(Seconds(1), backOff.Next(Broken, Seconds(3600), false));
        Assert.Equal(Seconds(2), backOff.Next(Broken, Seconds(29), false));
        Assert.Equal(Seconds(4), backOff.Next(Broken, null, false));
        Assert.Equal(Seconds(1), backOff.Next(Broken, Seconds(30), false));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(1002)]
    [InlineData(1006)]
    [InlineData(1011)]
    [InlineData(1012)]
    public void It_comes_back_after(int code) => Assert.Equal(Seconds(1), new BackOff(Options(), false).Next(Closed(code), Seconds(1), false));

    [Fact]
    public void It_comes_back_later_where_there_is_too_much_to_do()
    {
        Assert.Equal(Seconds(30), new BackOff(Options(), false).Next(Closed(1013), Seconds(100), false));
        Assert.Equal(Seconds(15), new BackOff(Options(chance: 0), false).Next(Refused(HttpStatusCode.TooManyRequests), null, false));
        Assert.Equal(Seconds(120 + 15), new BackOff(Options(), false).Next(Refused(HttpStatusCode.ServiceUnavailable, Seconds(120)), null, false));
    }

    [Fact]
    public void Who_is_not_allowed_in_does_not_come_back_with_the_same_credentials()
    {
        Assert.Null(new BackOff(Options(), hasFreshCredentials: false).Next(Closed(1008), Seconds(100), false));
        Assert.Null(new BackOff(Options(), hasFreshCredentials: false).Next(BadHandshake, null, false));
    }

    [Fact]
    public void With_fresh_ones_it_does_until_they_are_refused_too()
    {
        var backOff = new BackOff(Options(), hasFreshCredentials: true);

        Assert.NotNull(backOff.Next(Closed(1008), Seconds(100), false)); // the session ended
        Assert.NotNull(backOff.Next(Closed(1008), Seconds(5), false)); // was let in, and ended again
        Assert.NotNull(backOff.Next(Broken, null, false));
        Assert.NotNull(backOff.Next(BadHandshake, null, false));
        Assert.Null(backOff.Next(BadHandshake, null, false));
    }

    [Fact]
    public void An_ERROR_that_answered_a_frame_is_not_about_who_connects() =>
        Assert.NotNull(new BackOff(Options(), hasFreshCredentials: false).Next(Closed(1008), Seconds(1), answeredFrame: true));

    [Fact]
    public void It_gives_up_after_the_tries_it_was_given_and_when_the_application_says_so()
    {
        var backOff = new BackOff(new StompReconnectOptions { MaxTries = 2, ShouldReconnect = closure => (int?)closure.CloseCode != 4000 }, false);

        Assert.Null(backOff.Next(Closed(4000), null, false));
        Assert.NotNull(backOff.Next(Broken, null, false));
        Assert.NotNull(backOff.Next(Broken, null, false));
        Assert.Null(backOff.Next(Broken, null, false));
        Assert.NotNull(backOff.Next(Broken, Seconds(100), false));
    }
}
