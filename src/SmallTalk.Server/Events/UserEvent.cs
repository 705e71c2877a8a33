using System.Text.Json.Serialization;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;

namespace SmallTalk.Server.Events;

/// <summary>What concerns one person, on <c>/user/queue/events</c> of all their devices.</summary>
abstract record UserEvent([property: JsonPropertyOrder(-1)] string Type);

/// <summary>A room of mine moved.</summary>
sealed record RoomMovedEvent(Guid RoomId, long LastSeq, long Version, PreviewView? LastMessage, int Unread) : UserEvent("room");

sealed record PreviewView(
    long Seq, SenderView Sender, string Text, DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DeletedAt);

/// <summary>I have read on, on some device.</summary>
sealed record ReadOnEvent(Guid RoomId, long ReadSeq, int Unread) : UserEvent("read");

/// <param name="Change">joined, left, kicked, deleted or role.</param>
sealed record MembershipEvent(
    Guid RoomId, string Change, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Role? Role = null) : UserEvent("membership");

/// <summary>What a friendship has become.</summary>
enum FriendChange
{
    Incoming,
    Outgoing,
    Friends,
    Removed,
}

sealed record FriendEvent(FriendChange Change, Person User) : UserEvent("friend");

sealed record PresenceEvent(Guid UserId, bool IsOnline) : UserEvent("presence");

sealed record ProfileEvent() : UserEvent("profile");
