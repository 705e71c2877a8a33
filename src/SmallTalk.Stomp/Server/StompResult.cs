using System.Globalization;
using System.Text.Json;

namespace SmallTalk.Stomp;

/// <summary>What a handler answers. Null means accepted. Made by <see cref="StompResult"/>, or a refusal of the application's own
/// that implements <see cref="IStompRefusal"/>.</summary>
public interface IStompResult;

/// <summary>A SEND or SUBSCRIBE that a rule of the application refuses. It has no effect and no RECEIPT. It goes to
/// <see cref="StompOptions.RefusalDestination"/> when the connection subscribes to that; else an ERROR and the close
/// say it, as the specification asks.</summary>
public interface IStompRefusal : IStompResult
{
    /// <summary>A stable word for programs.</summary>
    string Code { get; }

    /// <summary>The HTTP status that says the same. It decides the close code where the connection must be closed.</summary>
    int Status { get; }

    /// <summary>One sentence for people, in the connection's language where there is a translation.</summary>
    string TitleIn(CultureInfo language);

    /// <summary>Adds members to the refusal's JSON object, for example what the refused body was about.</summary>
    void WriteMembers(Utf8JsonWriter json)
    {
    }
}

/// <summary>A refusal with a title in one language.</summary>
/// <param name="Code">A stable word for programs.</param>
/// <param name="Status">The HTTP status that says the same.</param>
/// <param name="Title">One sentence for people.</param>
public sealed record StompRefusal(string Code, int Status, string Title) : IStompRefusal
{
    /// <inheritdoc/>
    public string TitleIn(CultureInfo language) => Title;
}

/// <summary>The answers of handlers.</summary>
public static class StompResult
{
    /// <summary>Accepted, with headers for the RECEIPT (when the frame asked for one).</summary>
    public static IStompResult Accepted(params KeyValuePair<string, string>[] receiptHeaders) => new AcceptedResult(receiptHeaders);

    /// <summary>The frame took effect in its order, but is true only when <paramref name="outcome"/> completes: the RECEIPT, or
    /// the refusal, follows then, while the connection goes on with its next frame. The outcome itself may not be another
    /// <c>When</c>. The frame is no longer readable meanwhile.</summary>
    public static IStompResult When(Task<IStompResult?> outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return new PendingResult(outcome);
    }
}

sealed record AcceptedResult(IReadOnlyList<KeyValuePair<string, string>> ReceiptHeaders) : IStompResult;

sealed record PendingResult(Task<IStompResult?> Outcome) : IStompResult;
