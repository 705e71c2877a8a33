using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SmallTalk.Load;

/// <summary>The text of each message: which of its room's it is and when it was sent, so that every reader can tell gaps, repeats,
/// disorder and delay. It survives JSON and MessagePack as it is.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct Payload(long Number, long SentAt)
{
    const int Digits = 18;
    static ReadOnlySpan<byte> Mark => "~n="u8;

    /// <param name="number">From 1, in each room.</param>
    /// <param name="length">Of the text; what the numbers leave is filled up.</param>
    public static string Text(long number, int length) =>
        string.Create(CultureInfo.InvariantCulture, $"~n={number:D18}{Stopwatch.GetTimestamp():D18}").PadRight(length, '.');

    public static bool TryFind(ReadOnlySpan<byte> message, out Payload payload)
    {
        payload = default;
        var at = message.IndexOf(Mark);
        if (at < 0 || message.Length < at + Mark.Length + (2 * Digits))
            return false;
        message = message[(at + Mark.Length)..];
        if (!Utf8Parser.TryParse(message[..Digits], out long number, out _) || !Utf8Parser.TryParse(message.Slice(Digits, Digits), out long sentAt, out _))
            return false;
        payload = new Payload(number, sentAt);
        return true;
    }
}
