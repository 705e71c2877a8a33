using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Rooms;

/// <summary>A room that somebody wants to create, checked.</summary>
sealed record RoomDraft(
    string Name,
    string Category,
    string Description,
    IReadOnlyList<RoomTag> Tags,
    JoinRule JoinRule,
    bool IsListed,
    string? Password,
    int MemberLimit)
{
    /// <returns>All faults, so that a form shows them together. Whether the category exists is not asked here.</returns>
    public static IReadOnlyList<Refusal> Check(NewRoomRequest request, int highestLimit, out RoomDraft draft)
    {
        var faults = new List<Refusal?>
        {
            RoomFields.CheckName(request.Name, out var name),
            string.IsNullOrEmpty(request.Category) ? RoomFaults.NoSuchCategory : null,
            RoomFields.CheckDescription(request.Description, out var description),
            RoomFields.CheckTags(request.Tags, out var tags),
            RoomFields.CheckJoinRule(request.JoinRule, out var asked),
            RoomFields.CheckPassword(request.Password),
            RoomFields.CheckMemberLimit(request.MemberLimit, highestLimit),
        };
        var password = string.IsNullOrEmpty(request.Password) ? null : request.Password;
        var rule = asked ?? (password is null ? JoinRule.Open : JoinRule.Password);
        if (rule == JoinRule.Password && password is null)
            faults.Add(RoomFaults.PasswordMissing);
        if (rule == JoinRule.Open && password is not null)
            faults.Add(RoomFaults.PasswordUnused);
        draft = new RoomDraft(
            name, request.Category ?? "", description, tags, rule, request.Listed ?? true, password, request.MemberLimit ?? highestLimit);
        return [.. faults.OfType<Refusal>()];
    }
}
