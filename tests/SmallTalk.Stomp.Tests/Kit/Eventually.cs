namespace SmallTalk.Stomp.Tests;

static class Eventually
{
    /// <summary>Waits for a condition; the time-out prints what was seen last.</summary>
    public static async Task TrueAsync(Func<bool> condition, Func<string>? seen = null)
    {
        var end = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(end) < WirePeer.Patience, $"it did not come true: {seen?.Invoke()}");
            await Task.Delay(10);
        }
    }
}
