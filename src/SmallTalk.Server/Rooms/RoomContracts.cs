using System.Text.Json.Serialization;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;

namespace SmallTalk.Server.Rooms;

sealed record NewRoomRequest(
    string? Name,
    string? Category,
    string? Description = null,
    IReadOnlyList<string?>? Tags = null,
    [property: OneOf(typeof(JoinRule))] string? JoinRule = null,
    bool? Listed = null,
    string? Password = null,
    int? MemberLimit = null);

/// <summary>What is null stays as it is.</summary>
sealed record RoomChanges(
    string? Name = null,
    string? Category = null,
    string? Description = null,
    IReadOnlyList<string?>? Tags = null,
    [property: OneOf(typeof(JoinRule))] string? JoinRule = null,
    bool? Listed = null,
    string? Password = null,
    int? MemberLimit = null);

sealed record OwnerRequest(Guid? UserId);

/// <summary>A room as one viewer sees it.</summary>
sealed record RoomView(
    Guid Id,
    RoomKind Kind,
    string Name,
    string Description,
    string? Category,
    IReadOnlyList<string> Tags,
    Person? Owner,
    JoinRule JoinRule,
    bool Listed,
    int MemberCount,
    int MemberLimit,
    int Here,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastMessageAt,
    LastMessageView? LastMessage,
    bool CanRead,
    long LastSeq,
    long Version,
    string Epoch,
    MyMembershipView? Me,
    Person? With);

/// <summary>The preview of a room's newest message; a deleted one has no text.</summary>
sealed record LastMessageView(
    long Seq,
    Person Sender,
    string Text,
    DateTimeOffset CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DeletedAt);

sealed record MyMembershipView(
    Role Role,
    DateTimeOffset JoinedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? LeftAt,
    DateTimeOffset LastVisitedAt,
    long ReadSeq,
    int Unread);

static class RoomRefusals
{
    public static readonly Refusal NoSuchRoom = new("no-such-room", StatusCodes.Status404NotFound, "There is no such room.", "없는 방이에요.");

    public static readonly Refusal NotTheOwner = new(
        "not-the-owner", StatusCodes.Status403Forbidden, "Only the room's owner can do this.", "방장만 할 수 있어요.");

    public static readonly Refusal NotForDirectRooms = new(
        "not-for-direct-rooms", StatusCodes.Status409Conflict,
        "A conversation between two people can't do this.", "1:1 대화에서는 할 수 없어요.");

    /// <summary>Why a live subscription ended.</summary>
    public static readonly Refusal RoomDeleted = new(
        "room-deleted", StatusCodes.Status404NotFound, "The room has been deleted.", "삭제된 방이에요.");

    public static readonly Refusal SignInToRead = new(
        "not-signed-in", StatusCodes.Status401Unauthorized, "Please sign in.", "로그인이 필요해요.");

    public static readonly Refusal NotASort = new(
        "not-a-sort", StatusCodes.Status400BadRequest, "sort is active, new or popular.", "sort는 active, new, popular 중 하나예요.", "sort");

    public static readonly Refusal QueryTooLong = new(
        "query-too-long", StatusCodes.Status400BadRequest,
        "Please search with fewer words.", "검색어가 너무 길어요.", "query");

    public static readonly Refusal TooManySearches = new(
        "too-many-searches", StatusCodes.Status429TooManyRequests,
        "You are searching very fast. Please wait a moment.", "검색을 너무 많이 했어요. 잠시 후 다시 시도해 주세요.");

    public static readonly Refusal TooManyRooms = new(
        "too-many-rooms", StatusCodes.Status429TooManyRequests,
        "You have created many rooms. Please wait a little.", "방을 너무 많이 만들었어요. 잠시 후 다시 시도해 주세요.");

    public static readonly Refusal HeirMissing = new(
        "heir-missing", StatusCodes.Status400BadRequest, "Choose a member to hand the room to.", "방을 넘겨받을 사람을 골라 주세요.", "userId");
}
