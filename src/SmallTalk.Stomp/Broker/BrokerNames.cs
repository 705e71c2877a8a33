using System.Buffers;

namespace SmallTalk.Stomp;

/// <summary>What the broker's destinations may be called.
/// <para>A name is one thing's, octet by octet (K19): no wildcards (elsewhere <c>*</c>, <c>&gt;</c> and <c>#</c> mean many destinations),
/// no control characters, no empty, <c>.</c> or <c>..</c> segments.</para></summary>
static class BrokerNames
{
    public const string Topics = "/topic/";
    public const string Queues = "/queue/";
    public const string TempQueues = "/temp-queue/";
    public const string ReplyQueues = "/reply-queue/";
    const int MaxBytes = 512;

    static readonly SearchValues<byte> Never = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), 0x7F, .. "*>#\\"u8]);

    /// <summary>Whether this can stand behind a prefix.</summary>
    public static bool IsName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxBytes || name.ContainsAny(Never))
            return false;
        foreach (var range in name.Split((byte)'/'))
        {
            if (name[range] is [] or [(byte)'.'] or [(byte)'.', (byte)'.'])
                return false;
        }

        return true;
    }

    /// <summary>Where others answer to one connection's <c>/temp-queue/name</c>. A connection's id is nobody's to guess.</summary>
    public static string ReplyQueue(string connection, string tempQueue) => $"{ReplyQueues}{connection}/{tempQueue[TempQueues.Length..]}";
}
