using SmallTalk.Server.Backup;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Data;

/// <summary>What differs between the stores beside their tables: where it lies, how a node starts on it, how its message log is
/// written.</summary>
abstract class Store
{
    /// <summary>For the operator's eyes: no password.</summary>
    public abstract string Place { get; }

    /// <summary>Makes sure that nobody else prepares the store meanwhile. Disposing ends it; null where there is nobody else.</summary>
    public abstract Task<IAsyncDisposable?> ReserveAsync(CancellationToken ct);

    /// <summary>Refuses while a node is at work on it. After <see cref="ReserveAsync"/>, which lets none begin.</summary>
    public abstract Task RefuseNodesAsync(CancellationToken ct);

    /// <summary>What it holds, through a connection of its own.</summary>
    public abstract StoreContent OpenContent();

    /// <summary>In one line what an operator can mend; null when it is a bug.</summary>
    public abstract string? Explain(Exception failure);

    /// <summary>One for each lane of the message log.</summary>
    public abstract IReadOnlyList<LogWriter> OpenLog(IServiceProvider services);
}
