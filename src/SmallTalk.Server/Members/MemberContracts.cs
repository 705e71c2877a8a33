using SmallTalk.Server.Accounts;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Members;

sealed record JoinRequest(string? Password = null);

sealed record ReadRequest(long? Seq);

sealed record MemberView(Person User, Role Role, DateTimeOffset JoinedAt);

sealed record ReadView(Guid UserId, long Seq);

sealed record ReadsView(IReadOnlyList<ReadView> Reads);

static class MemberRefusals
{
    public static readonly Refusal NotAMember = new(
        "not-a-member", StatusCodes.Status403Forbidden, "Only members of the room can do this.", "방에 참여한 사람만 할 수 있어요.");

    public static readonly Refusal NotAModerator = new(
        "not-a-moderator", StatusCodes.Status403Forbidden,
        "Only the room's owner and moderators can do this.", "방장과 운영진만 할 수 있어요.");

    public static readonly Refusal Banned = new(
        "banned", StatusCodes.Status403Forbidden, "A moderator has closed this room to you.", "이 방에 들어올 수 없게 되었어요.");

    public static readonly Refusal PasswordNeeded = new(
        "password-needed", StatusCodes.Status403Forbidden,
        "This room has a password.", "비밀번호가 있는 방이에요.", "password");

    public static readonly Refusal WrongPassword = new(
        "wrong-password", StatusCodes.Status403Forbidden,
        "The room has another password.", "비밀번호가 맞지 않아요.", "password");

    public static readonly Refusal TooManyGuesses = new(
        "too-many-guesses", StatusCodes.Status429TooManyRequests,
        "Too many tries. Please wait a little.", "너무 여러 번 시도했어요. 잠시 후 다시 시도해 주세요.", "password");

    public static readonly Refusal RoomFull = new(
        "room-full", StatusCodes.Status409Conflict, "Every seat in this room is taken.", "방이 가득 찼어요.");

    public static readonly Refusal NoSuchMember = new(
        "no-such-member", StatusCodes.Status404NotFound, "This person is not in the room.", "방에 없는 사람이에요.");

    public static readonly Refusal ThatIsYou = new(
        "that-is-you", StatusCodes.Status400BadRequest, "That is you. To go, leave the room.", "나는 내보낼 수 없어요. 방을 나가려면 나가기를 눌러 주세요.");

    public static readonly Refusal OutranksYou = new(
        "outranks-you", StatusCodes.Status403Forbidden,
        "You can't remove this person.", "이 사람은 내보낼 수 없어요.");

    public static readonly Refusal RoomTooLarge = new(
        "room-too-large", StatusCodes.Status409Conflict,
        "Only small rooms show who has read how far.", "참여자가 많은 방에서는 누가 어디까지 읽었는지 볼 수 없어요.");

    public static readonly Refusal NotASeq = new(
        "not-a-seq", StatusCodes.Status400BadRequest, "seq is the number of a message.", "seq는 메시지 번호여야 해요.", "seq");

    // Why a live subscription ended.
    public static readonly Refusal YouLeft = new(
        "left", StatusCodes.Status403Forbidden, "You have left this room.", "방에서 나왔어요.");

    public static readonly Refusal Kicked = new(
        "kicked", StatusCodes.Status403Forbidden, "You were removed from this room.", "방에서 내보내졌어요.");
}
