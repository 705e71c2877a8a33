namespace SmallTalk.Stomp;

/// <summary>One effect that a COMMIT will have.</summary>
abstract record TransactionStep;

/// <summary>An ACK or NACK inside a transaction.</summary>
sealed record SettleStep(Delivery Delivery, StompSettlement Settlement) : TransactionStep;

/// <summary>What happens between a BEGIN and its COMMIT: nothing yet ("BEGIN", "COMMIT", "ABORT").</summary>
sealed class Transaction
{
    readonly List<TransactionStep> _steps = [];

    public IReadOnlyList<TransactionStep> Steps => _steps;

    public long Bytes { get; private set; }

    public void Add(TransactionStep step, int bytes)
    {
        _steps.Add(step);
        Bytes += bytes;
    }
}

/// <summary>The open transactions of one connection. They are its memory, so their number and size are limited; they vanish with it.</summary>
sealed class Transactions(StompOptions options)
{
    readonly Dictionary<string, Transaction> _open = new(StringComparer.Ordinal);

    /// <returns>What is wrong, or null.</returns>
    public string? Begin(string id) =>
        _open.Count >= options.MaxTransactions && !_open.ContainsKey(id)
            ? FormattableString.Invariant($"BEGIN: more than {options.MaxTransactions} open transactions")
            : _open.TryAdd(id, new Transaction()) ? null : "BEGIN of a transaction that is open";

    public bool End(string id, out Transaction? transaction) => _open.Remove(id, out transaction);

    public Transaction? Find(string id) => _open.GetValueOrDefault(id);

    /// <summary>Whether a frame of that size still fits.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(Transaction transaction, int bytes)
    {
        if (transaction.Steps.Count >= options.MaxTransactionFrames)
            return FormattableString.Invariant($"more than {options.MaxTransactionFrames} frames in one transaction");
        var all = bytes;
        foreach (var (_, open) in _open)
            all += (int)Math.Min(open.Bytes, int.MaxValue / 2);
        return all > options.MaxTransactionBytes
            ? FormattableString.Invariant($"more than {options.MaxTransactionBytes} bytes in the open transactions")
            : null;
    }
}
