using System.Text.Json;
using System.Text.Json.Serialization;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Stomp;

namespace SmallTalk.Server.Messages.Fanout;

/// <summary>What a room's stream carries beside its messages: never stored, so whoever was not there has missed it.</summary>
abstract record RoomEvent([property: JsonPropertyOrder(-2)] string Type)
{
    [JsonPropertyOrder(-1)]
    public required Guid RoomId { get; init; }
}

/// <summary>Forget what you had and load the newest page.</summary>
sealed record ResetEvent(string Epoch, long Version) : RoomEvent("reset");

sealed record TypingEvent(SenderView User) : RoomEvent("typing");

sealed record ReadEvent(Guid UserId, long Seq) : RoomEvent("read");

sealed record HereEvent(int Here) : RoomEvent("here");

/// <param name="Change">joined, left, kicked or role.</param>
sealed record MemberEvent(
    string Change,
    SenderView User,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Role? Role,
    int MemberCount) : RoomEvent("member");

/// <summary>The room's card has changed: load it again.</summary>
sealed record CardEvent() : RoomEvent("room");

/// <summary>How everything live is written.</summary>
static class LiveJson
{
    /// <param name="value">Written as what it is, not as the type that it is declared as.</param>
    public static StompMessage Frame(string destination, object value) =>
        Frame(destination, JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), WireJson.Options));

    /// <param name="json">As it was written before.</param>
    public static StompMessage Frame(string destination, byte[] json) => new(destination, json, "application/json");
}
