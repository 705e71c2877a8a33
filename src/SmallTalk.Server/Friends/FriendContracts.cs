using System.Text.Json.Serialization;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Friends;

sealed record AskRequest(string? Nickname);

sealed record FriendView(
    Person User,
    FriendState State,
    DateTimeOffset Since,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? DirectRoomId);

sealed record BlockView(Person User, DateTimeOffset Since);

static class FriendRefusals
{
    public static readonly Refusal NobodyOfThatName = new(
        "no-such-person", StatusCodes.Status404NotFound, "Nobody has that nickname.", "그런 닉네임을 쓰는 분이 없어요.", "nickname");

    public static readonly Refusal NoSuchPerson = new(
        "no-such-person", StatusCodes.Status404NotFound, "There is no such person.", "찾을 수 없는 분이에요.");

    public static readonly Refusal ThatIsYou = new(
        "not-with-yourself", StatusCodes.Status400BadRequest, "That is you.", "나에게는 할 수 없어요.");

    public static readonly Refusal YouBlockedThem = new(
        "you-blocked-them", StatusCodes.Status409Conflict,
        "You have blocked this person. Unblock them first.", "차단한 분이에요. 먼저 차단을 풀어 주세요.");

    public static readonly Refusal NoSuchRequest = new(
        "no-such-request", StatusCodes.Status404NotFound,
        "There is no request of theirs to accept.", "받은 친구 요청이 없어요.");

    public static readonly Refusal TooManyFriends = new(
        "too-many-friends", StatusCodes.Status409Conflict,
        "Your list of friends is full.", "친구 목록이 가득 찼어요.");

    public static readonly Refusal TheirListIsFull = new(
        "their-list-is-full", StatusCodes.Status409Conflict,
        "Their list of friends is full.", "상대방의 친구 목록이 가득 찼어요.");

    public static readonly Refusal TooManyOpenRequests = new(
        "too-many-open-requests", StatusCodes.Status409Conflict,
        "Too many of your requests still wait for an answer. Withdraw some first.",
        "답을 기다리는 요청이 너무 많아요. 보낸 요청을 먼저 정리해 주세요.");

    public static readonly Refusal TooManyRequests = new(
        "too-many-friend-requests", StatusCodes.Status429TooManyRequests,
        "You have asked very often. Please wait a little.", "친구 요청을 너무 많이 보냈어요. 잠시 후 다시 시도해 주세요.");

    public static readonly Refusal TooManyBlocks = new(
        "too-many-blocks", StatusCodes.Status409Conflict,
        "Your list of blocked people is full.", "차단 목록이 가득 찼어요.");

    public static readonly Refusal NotFriends = new(
        "not-friends", StatusCodes.Status403Forbidden,
        "Only friends may start a direct chat.", "친구끼리만 1:1 대화를 시작할 수 있어요.");

    public static readonly Refusal NotAState = new(
        "not-a-state", StatusCodes.Status400BadRequest,
        "State is one of friends, incoming and outgoing.", "state는 friends, incoming, outgoing 중 하나예요.", "state");

    public static Refusal WithLimit(this Refusal refusal, int limit) =>
        refusal with { Details = new Dictionary<string, object?> { ["limit"] = limit } };
}
