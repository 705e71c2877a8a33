namespace SmallTalk.Stomp.Tests;

/// <summary>Tests that measure the memory of this process run after all others, one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Memory
{
    public const string Name = "measures memory";

    /// <summary>What is in use now, garbage left out.</summary>
    public static long Used()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Waits until no more is in use than at the start, but for what the runtime's pools may keep.</summary>
    public static async Task BackAtAsync(long start, long slack = 24 * 1024 * 1024)
    {
        var used = 0L;
        await Eventually.TrueAsync(() => (used = Used()) <= start + slack, () => $"{start:N0} bytes at the start, {used:N0} now");
    }
}
