using Microsoft.Extensions.Options;

namespace SmallTalk.Stomp;

/// <summary>How the broker behaves: <c>services.Configure&lt;StompBrokerOptions&gt;(broker => broker.MaxDeliveries = 3)</c>.</summary>
public sealed class StompBrokerOptions
{
    /// <summary>The most messages in one queue, those included that were delivered and wait for their ACK. A SEND beyond it is refused.
    /// Default 10,000.</summary>
    public int MaxQueueMessages { get; set; } = 10_000;

    /// <summary>The most bytes in one queue. Default 16 MiB.</summary>
    public long MaxQueueBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>The most queues. A queue is there while it has messages or consumers. Default 10,000.</summary>
    public int MaxQueues { get; set; } = 10_000;

    /// <summary>The most bytes in all queues together. Default 256 MiB.</summary>
    public long MaxBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>How often a message is delivered, the first time included; a NACK, or an end without ACK, of the last one is the end of the
    /// message. Default 5.</summary>
    public int MaxDeliveries { get; set; } = 5;

    /// <summary>The queue that gets what was delivered in vain, with a header <c>original-destination</c>. Null: it is dropped, counted by
    /// <see cref="StompBroker.DroppedCount"/>.</summary>
    public string? DeadLetterQueue { get; set; }
}

/// <summary>Refuses the start with one line that names the option, its value and what is allowed.</summary>
sealed class StompBrokerOptionsCheck : IValidateOptions<StompBrokerOptions>
{
    public ValidateOptionsResult Validate(string? name, StompBrokerOptions options)
    {
        List<string> faults = [];
        AtLeastOne(nameof(options.MaxQueueMessages), options.MaxQueueMessages);
        AtLeastOne(nameof(options.MaxQueueBytes), options.MaxQueueBytes);
        AtLeastOne(nameof(options.MaxQueues), options.MaxQueues);
        AtLeastOne(nameof(options.MaxBytes), options.MaxBytes);
        AtLeastOne(nameof(options.MaxDeliveries), options.MaxDeliveries);
        if (options.DeadLetterQueue is { } queue && !(queue.StartsWith(BrokerNames.Queues, StringComparison.Ordinal)
            && BrokerNames.IsName(System.Text.Encoding.UTF8.GetBytes(queue[BrokerNames.Queues.Length..]))))
            faults.Add($"StompBrokerOptions.{nameof(options.DeadLetterQueue)} is '{queue}'; it must be the name of a queue: /queue/….");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void AtLeastOne(string key, long value)
        {
            if (value < 1)
                faults.Add(FormattableString.Invariant($"StompBrokerOptions.{key} is {value}; allowed is 1 and more."));
        }
    }
}
