using System.Runtime.InteropServices;

namespace SmallTalk.Stomp;

/// <summary>The header <c>heart-beat</c> ("Heart-beating"): what its writer can send, and what it wants to receive, in
/// milliseconds; 0 is "not at all".</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct HeartBeat(int SendMilliseconds, int ReceiveMilliseconds)
{
    /// <summary>Beyond it a beat tells nothing any more (AMB-14).</summary>
    public const int MaxMilliseconds = 10 * 60 * 1000;

    /// <summary>Below it beats are a flood (AMB-14).</summary>
    public const int MinMilliseconds = 1000;

    /// <summary>Two numbers of digits only, nothing else (AMB-13); a number beyond int saturates.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out HeartBeat heartBeat)
    {
        heartBeat = default;
        var comma = value.IndexOf((byte)',');
        if (comma < 0 || !TryParseNumber(value[..comma], out var send) || !TryParseNumber(value[(comma + 1)..], out var receive))
            return false;
        heartBeat = new HeartBeat(send, receive);
        return true;
    }

    /// <summary>How often beats go from one who can send every <paramref name="canSend"/> to one who wants them every
    /// <paramref name="wanted"/>: the larger of both, never when either is 0.</summary>
    public static int Interval(int canSend, int wanted) =>
        canSend == 0 || wanted == 0 ? 0 : Math.Max(MinMilliseconds, Math.Max(canSend, wanted));

    static bool TryParseNumber(ReadOnlySpan<byte> value, out int number)
    {
        number = 0;
        if (value.IsEmpty)
            return false;
        foreach (var digit in value)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            number = (int)Math.Min((number * 10L) + digit - '0', int.MaxValue);
        }

        return true;
    }
}
