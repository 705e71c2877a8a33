using System.Threading.Channels;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>Carries what the log has committed to whoever watches, in the log's order. A loop of its own, so that the next
/// commit flushes to the disk while this one is delivered; when delivery falls behind, the log waits.</summary>
sealed partial class Delivery(IEnumerable<IChangeListener> listeners, ILogger<Delivery> logger) : BackgroundService
{
    const int BatchesBehind = 16;

    readonly Channel<List<Change>> _batches = Channel.CreateBounded<List<Change>>(
        new BoundedChannelOptions(BatchesBehind) { SingleReader = true, SingleWriter = true });

    public ValueTask HandAsync(List<Change> batch) => _batches.Writer.WriteAsync(batch, CancellationToken.None);

    /// <summary>The log has ended; the loop ends after what it has.</summary>
    public void Complete() => _batches.Writer.TryComplete();

    public override Task StopAsync(CancellationToken cancellationToken) => (ExecuteTask ?? Task.CompletedTask).WaitAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync(CancellationToken.None))
        {
            foreach (var listener in listeners)
            {
                try
                {
                    listener.Changed(batch);
                }
                catch (Exception e) // one listener's fault must not end the delivery of all rooms
                {
                    LogListenerFailed(e);
                }
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Delivering committed messages failed.")]
    partial void LogListenerFailed(Exception exception);
}

/// <summary>Hears every change of every room, in the order of its room's <c>version</c>. It must not wait.</summary>
interface IChangeListener
{
    void Changed(IReadOnlyList<Change> batch);
}
