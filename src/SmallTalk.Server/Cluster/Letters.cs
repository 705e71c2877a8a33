using System.Text.Json;
using System.Text.Json.Serialization;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Messages.Fanout;
using SmallTalk.Server.Messages.Log;

namespace SmallTalk.Server.Cluster;

/// <summary>What one node tells those that watch a room: one of these.</summary>
sealed record RoomLetter
{
    /// <summary>Committed, in the order of their versions.</summary>
    public IReadOnlyList<Change>? Changes { get; init; }

    public TypingEvent? Typing { get; init; }

    public ReadEvent? Read { get; init; }

    public MemberEvent? Member { get; init; }

    public CardEvent? Card { get; init; }

    public Ending? Ended { get; init; }

    /// <summary>Who may read it is to be asked anew.</summary>
    public bool DoorMoved { get; init; }

    /// <param name="UserId">Whose subscriptions; null: everybody's.</param>
    /// <param name="Why">The code of a refusal.</param>
    public sealed record Ending(Guid? UserId, string Why);

    public static RoomLetter About(RoomEvent about) => about switch
    {
        TypingEvent typing => new RoomLetter { Typing = typing },
        ReadEvent read => new RoomLetter { Read = read },
        MemberEvent member => new RoomLetter { Member = member },
        CardEvent card => new RoomLetter { Card = card },
        _ => throw new ArgumentException($"{about.Type} is told by each node itself", nameof(about)),
    };

    [JsonIgnore]
    public RoomEvent? Event => Typing ?? Read ?? Member ?? (RoomEvent?)Card;
}

/// <summary>What one node tells all.</summary>
sealed record NodeLetter(Guid Node)
{
    /// <summary>How often its share has changed so far; with <see cref="Share"/> this change included.</summary>
    public long No { get; init; }

    /// <summary>The share begins anew with this.</summary>
    public bool IsWhole { get; init; }

    /// <summary>What of its share has changed: people who are online there (1), and how many have a room open.</summary>
    public IReadOnlyDictionary<Guid, int>? Share { get; init; }

    /// <summary>The share of this node is not known: tell all of it.</summary>
    public Guid? Wants { get; init; }

    public bool IsGoodbye { get; init; }

    /// <summary>What it told lately may be lost.</summary>
    public bool IsDoubted { get; init; }

    public IReadOnlyList<Guid>? EndedSessions { get; init; }

    public Renaming? Renamed { get; init; }

    /// <summary>Listed rooms that moved.</summary>
    public IReadOnlyList<Guid>? MovedRooms { get; init; }

    public sealed record Renaming(Guid UserId, string? Nickname);
}

static class Letters
{
    static readonly JsonSerializerOptions Options = new(WireJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    public static byte[] Write<T>(T letter) => JsonSerializer.SerializeToUtf8Bytes(letter, Options);

    /// <exception cref="JsonException">A letter of a program that says it otherwise.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> letter) => JsonSerializer.Deserialize<T>(letter.Span, Options) ?? throw new JsonException("null");
}
