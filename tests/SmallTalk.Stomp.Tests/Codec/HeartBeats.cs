using System.Text;

namespace SmallTalk.Stomp.Tests;

public class HeartBeats
{
    [Theory]
    [InlineData("0,0", 0, 0)]
    [InlineData("10000,500", 10000, 500)]
    [InlineData("99999999999,1", int.MaxValue, 1)]
    public void Are_two_numbers(string header, int send, int receive)
    {
        Assert.True(HeartBeat.TryParse(Encoding.ASCII.GetBytes(header), out var heartBeat));
        Assert.Equal((send, receive), (heartBeat.SendMilliseconds, heartBeat.ReceiveMilliseconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("1000")]
    [InlineData("1,2,3")]
    [InlineData("-1,0")]
    [InlineData("1, 2")]
    [InlineData(",")]
    [InlineData("+1,1")]
    public void AMB_13_Are_nothing_else(string header) => Assert.False(HeartBeat.TryParse(Encoding.ASCII.GetBytes(header), out _));

    [Theory]
    [InlineData(0, 5000, 0)]
    [InlineData(5000, 0, 0)]
    [InlineData(2000, 5000, 5000)]
    [InlineData(5000, 2000, 5000)]
    [InlineData(1, 1, 1000)]
    public void S12_31_Go_every_larger_of_both_or_never(int canSend, int wanted, int interval) =>
        Assert.Equal(interval, HeartBeat.Interval(canSend, wanted));
}
