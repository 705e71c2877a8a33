using System.Text;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Text;

namespace SmallTalk.Server.Rooms;

/// <summary>What may stand in the fields of a room, and as what it is stored.</summary>
static class RoomFields
{
    public const int MaxName = 40;
    public const int MaxDescription = 500;
    public const int MaxTags = 10;
    public const int MaxTag = 30;
    public const int MaxPassword = 100;

    // An emoji family is one grapheme of seven code points and more, so code points are bounded apart.
    const int CodePointsEach = 8;
    const int NamePile = 4;
    const int DescriptionPile = 8;

    public static Refusal? CheckName(string? typed, out string name) =>
        CheckLine(typed, MaxName, RoomFaults.NameLength, RoomFaults.NameUnreadable, out name);

    public static Refusal? CheckDescription(string? typed, out string description)
    {
        description = "";
        if (string.IsNullOrWhiteSpace(typed))
            return null;
        if (typed.Length > MaxDescription * CodePointsEach * 2)
            return RoomFaults.DescriptionLength;
        description = PlainText.Clean(typed, Lines.Many);
        if (PlainText.Graphemes(description) > MaxDescription || PlainText.CodePoints(description) > MaxDescription * CodePointsEach)
            return RoomFaults.DescriptionLength;
        if (!PlainText.HasVisible(description))
            description = "";
        return PlainText.HighestPile(description) > DescriptionPile ? RoomFaults.DescriptionUnreadable : null;
    }

    /// <summary>Tags that read the same are one: the first stays, as it was typed.</summary>
    public static Refusal? CheckTags(IReadOnlyList<string?>? typed, out IReadOnlyList<RoomTag> tags)
    {
        tags = [];
        var kept = new List<RoomTag>();
        foreach (var each in typed ?? [])
        {
            if (kept.Count > MaxTags)
                break;
            if (CheckLine(WithoutHash(each), MaxTag, RoomFaults.TagLength, RoomFaults.TagUnreadable, out var text) is { } fault)
                return fault;
            var key = TagKey(text);
            if (kept.TrueForAll(tag => tag.Key != key))
                kept.Add(new RoomTag(key, text));
        }
        if (kept.Count > MaxTags)
            return RoomFaults.TooManyTags;
        tags = kept;
        return null;
    }

    /// <summary>The same for 축구, #축구 and ＃축구, composed or not, in capitals or not, spaced or not.</summary>
    public static string TagKey(string tag) => FoldKey.Of(WithoutHash(tag)!).Replace(" ", "", StringComparison.Ordinal);

    public static Refusal? CheckJoinRule(string? typed, out JoinRule? rule)
    {
        rule = WireName.Read<JoinRule>(typed);
        if (rule == JoinRule.Invitation)
            return RoomFaults.InvitationLater;
        return typed is null || rule is not null ? null : RoomFaults.NotAJoinRule;
    }

    public static Refusal? CheckPassword(string? typed) =>
        string.IsNullOrEmpty(typed) || (typed.Length <= MaxPassword * 2 && PlainText.CodePoints(typed) <= MaxPassword && PlainText.HasVisible(typed))
            ? null
            : RoomFaults.PasswordLength;

    public static Refusal? CheckMemberLimit(int? typed, int highest) =>
        typed is null || (typed >= 2 && typed <= highest) ? null : RoomFaults.NotAMemberLimit(highest);

    static Refusal? CheckLine(string? typed, int max, Refusal length, Refusal unreadable, out string text)
    {
        text = "";
        if (string.IsNullOrWhiteSpace(typed) || typed.Length > max * CodePointsEach * 2)
            return length;
        if (typed.Trim().EnumerateRunes().Any(r => Rune.IsControl(r) || Invisible.TurnsDirection(r) || r == Rune.ReplacementChar))
            return unreadable;
        text = PlainText.Clean(typed, Lines.One);
        if (!PlainText.HasVisible(text) || PlainText.HighestPile(text) > NamePile || Invisible.IsMark(text.EnumerateRunes().First()))
            return unreadable;
        return PlainText.Graphemes(text) > max || PlainText.CodePoints(text) > max * CodePointsEach ? length : null;
    }

    static string? WithoutHash(string? tag) => tag?.TrimStart().TrimStart('#', '＃');
}

sealed record RoomTag(string Key, string Text);

static class RoomFaults
{
    public static readonly Refusal NameLength = OfField(
        "room-name-length", "name", $"A name has 1 to {RoomFields.MaxName} characters.", $"방 이름은 1~{RoomFields.MaxName}자로 지어 주세요.");

    public static readonly Refusal NameUnreadable = OfField(
        "room-name-unreadable", "name", "This name can't be read.", "읽을 수 없는 글자가 있어요.");

    public static readonly Refusal DescriptionLength = OfField(
        "description-length", "description",
        $"A description has at most {RoomFields.MaxDescription} characters.", $"소개는 {RoomFields.MaxDescription}자까지 쓸 수 있어요.");

    public static readonly Refusal DescriptionUnreadable = OfField(
        "description-unreadable", "description", "This description can't be read.", "읽을 수 없는 글자가 있어요.");

    public static readonly Refusal TagLength = OfField(
        "tag-length", "tags", $"A hashtag has 1 to {RoomFields.MaxTag} characters.", $"해시태그는 1~{RoomFields.MaxTag}자로 써 주세요.");

    public static readonly Refusal TagUnreadable = OfField(
        "tag-unreadable", "tags", "This hashtag can't be read.", "해시태그에 읽을 수 없는 글자가 있어요.");

    public static readonly Refusal TooManyTags = OfField(
        "too-many-tags", "tags", $"A room has at most {RoomFields.MaxTags} hashtags.", $"해시태그는 {RoomFields.MaxTags}개까지 달 수 있어요.");

    public static readonly Refusal NoSuchCategory = OfField(
        "no-such-category", "category", "Choose one of the categories.", "관심사를 골라 주세요.");

    public static readonly Refusal NotAJoinRule = OfField(
        "not-a-join-rule", "joinRule", "joinRule is open or password.", "joinRule은 open 또는 password여야 해요.");

    public static readonly Refusal InvitationLater = OfField(
        "invitation-later", "joinRule", "Rooms by invitation are not there yet.", "초대로만 들어오는 방은 아직 준비 중이에요.");

    public static readonly Refusal PasswordLength = OfField(
        "room-password-length", "password",
        $"A room's password has 1 to {RoomFields.MaxPassword} characters.", $"방 비밀번호는 1~{RoomFields.MaxPassword}자로 정해 주세요.");

    public static readonly Refusal PasswordMissing = OfField(
        "room-password-missing", "password", "Choose the room's password.", "방 비밀번호를 정해 주세요.");

    public static readonly Refusal PasswordUnused = OfField(
        "room-password-unused", "password", "An open room has no password.", "누구나 들어오는 방에는 비밀번호가 없어요.");

    public static readonly Refusal FewerThanMembers = OfField(
        "fewer-than-members", "memberLimit", "More people than that are in the room.", "지금 참여한 사람보다 적게 정할 수 없어요.");

    public static Refusal NotAMemberLimit(int highest) => OfField(
        "not-a-member-limit", "memberLimit", $"A room has room for 2 to {highest} people.", $"참여 인원은 2~{highest}명으로 정해 주세요.") with
    {
        Details = new Dictionary<string, object?> { ["limit"] = highest },
    };

    static Refusal OfField(string code, string field, string english, string korean) =>
        new(code, StatusCodes.Status400BadRequest, english, korean, field);
}
