using System.Buffers;
using System.Text;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Text;

namespace SmallTalk.Server.Messages;

/// <summary>What may be posted. The text stays as it was typed: no trimming, no normalising; whoever reads it decides.</summary>
static class MessageText
{
    public const int MaxRunes = 4_000;
    const int MaxClientId = 64;

    static readonly SearchValues<char> InClientIds = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    public static Refusal? Check(PostRequest post) => CheckClientId(post.ClientId) ?? Check(post.Text);

    public static Refusal? Check(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return MessageRefusals.EmptyText;
        if (text.Length > 2 * MaxRunes) // no need to walk through a megabyte
            return MessageRefusals.TextTooLong;
        var runes = 0;
        var isVisible = false;
        for (var rest = text.AsSpan(); !rest.IsEmpty; runes++)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != OperationStatus.Done || rune.Value == 0)
                return MessageRefusals.MalformedText;
            isVisible = isVisible || Invisible.HasInk(rune);
            rest = rest[length..];
        }
        if (runes > MaxRunes)
            return MessageRefusals.TextTooLong;
        return isVisible ? null : MessageRefusals.EmptyText;
    }

    static Refusal? CheckClientId(string? id) =>
        id is { Length: > 0 and <= MaxClientId } && !id.AsSpan().ContainsAnyExcept(InClientIds) ? null : MessageRefusals.NotAClientId;
}
