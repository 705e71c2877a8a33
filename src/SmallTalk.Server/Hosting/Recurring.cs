namespace SmallTalk.Server.Hosting;

/// <summary>Work that comes again at each interval until the node stops.</summary>
static class Recurring
{
    /// <param name="interval">From one time to the next.</param>
    /// <param name="clock">Whose time it is.</param>
    /// <param name="work">Done once at a time.</param>
    /// <param name="failed">Told of a fault that one time met: a full disk, say. The next time may go better.</param>
    /// <param name="stopping">Ends it.</param>
    public static async Task RunAsync(
        TimeSpan interval, TimeProvider clock, Func<CancellationToken, Task> work, Action<Exception> failed, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    await work(stopping);
                }
                catch (Exception e) when (!stopping.IsCancellationRequested)
                {
                    failed(e);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // the node stops
        }
    }
}
