using System.Text.Json.Serialization;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Messages;

sealed record PostRequest(string? ClientId, string? Text, long? ReplyTo = null);

sealed record EditRequest(string? Text);

/// <summary>Who wrote it. The nickname is null when the account was deleted.</summary>
sealed record SenderView(Guid Id, string? Nickname);

/// <summary>The whole present state of one message: live, replayed and over HTTP the same.</summary>
sealed record MessageView(
    Guid RoomId,
    long Seq,
    long Version,
    string ClientId,
    SenderView Sender,
    string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? ReplyTo,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? EditedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DeletedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Hidden)
{
    [JsonPropertyOrder(-1)]
    [OneOf("message")]
    public string Type => "message";
}

sealed record HistoryView(IReadOnlyList<MessageView> Items, long LastSeq, long Version, string Epoch);

static class MessageRefusals
{
    public static readonly Refusal NotAClientId = new(
        "not-a-client-id", 400, "A clientId is 1 to 64 of A–Z a–z 0–9 - _ . :", "clientId는 A–Z a–z 0–9 - _ . : 1~64자여야 해요.", "clientId");

    public static readonly Refusal EmptyText = new(
        "empty-text", 400, "Write something first.", "내용을 입력해 주세요.", "text");

    public static readonly Refusal TextTooLong = new(
        "text-too-long", 400, "A message has at most 4,000 characters.", "메시지는 4,000자까지 보낼 수 있어요.", "text")
    {
        Details = new Dictionary<string, object?> { ["limit"] = MessageText.MaxRunes },
    };

    public static readonly Refusal MalformedText = new(
        "malformed-text", 400, "The text has characters that are none.", "올바르지 않은 문자가 들어 있어요.", "text");

    public static readonly Refusal NoSuchMessage = new("no-such-message", 404, "There is no such message.", "없는 메시지예요.");

    public static readonly Refusal NoSuchReply = new(
        "no-such-reply", 400, "The message that this answers does not exist.", "답장하려는 메시지가 없어요.", "replyTo");

    public static readonly Refusal NotYourMessage = new(
        "not-your-message", 403, "Only its author can change a message.", "내가 쓴 메시지만 바꿀 수 있어요.");

    public static readonly Refusal AlreadyDeleted = new(
        "already-deleted", 409, "This message was deleted.", "이미 삭제된 메시지예요.");

    public static readonly Refusal Blocked = new(
        "blocked", 403, "You can't write to each other.", "서로 대화할 수 없는 상대예요.");

    public static readonly Refusal OtherIsGone = new(
        "other-is-gone", 403, "This person has deleted their account.", "탈퇴한 분이라 더 대화할 수 없어요.");

    public static readonly Refusal NotStored = new(
        "not-stored", 503, "The message could not be stored. Please try again.", "메시지를 저장하지 못했어요. 잠시 후 다시 시도해 주세요.");

    public static readonly Refusal OnePlace = new(
        "one-place", 400, "Ask for one of before, after and around.", "before, after, around 중 하나만 쓸 수 있어요.");

    public static readonly Refusal TooFast = new(
        "too-fast", 429, "You are writing too fast. Please wait a moment.", "너무 빨리 보내고 있어요. 잠시만 기다려 주세요.");
}
