using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Rooms;

/// <summary>What an owner wants to change of a room, checked; null stays as it is.</summary>
sealed record RoomEdit(
    string? Name,
    string? Category,
    string? Description,
    IReadOnlyList<RoomTag>? Tags,
    JoinRule? JoinRule,
    bool? IsListed,
    string? Password,
    int? MemberLimit)
{
    public static IReadOnlyList<Refusal> Check(RoomChanges request, int highestLimit, out RoomEdit edit)
    {
        string? name = null, description = null;
        IReadOnlyList<RoomTag>? tags = null;
        List<Refusal?> faults =
        [
            request.Name is null ? null : RoomFields.CheckName(request.Name, out name),
            request.Description is null ? null : RoomFields.CheckDescription(request.Description, out description),
            request.Tags is null ? null : RoomFields.CheckTags(request.Tags, out tags),
            RoomFields.CheckJoinRule(request.JoinRule, out var rule),
            RoomFields.CheckPassword(request.Password),
            RoomFields.CheckMemberLimit(request.MemberLimit, highestLimit),
        ];
        var password = string.IsNullOrEmpty(request.Password) ? null : request.Password;
        if (rule == Rooms.JoinRule.Open && password is not null)
            faults.Add(RoomFaults.PasswordUnused);
        edit = new RoomEdit(name, request.Category, description, tags, rule, request.Listed, password, request.MemberLimit);
        return [.. faults.OfType<Refusal>()];
    }

    /// <returns>What only the room as it is now can refuse; then nothing of it may be saved.</returns>
    public Refusal? ApplyTo(Room room, string? passwordHash)
    {
        var rule = JoinRule ?? (passwordHash is null ? room.JoinRule : Rooms.JoinRule.Password);
        if (rule == Rooms.JoinRule.Password && passwordHash is null && room.PasswordHash is null)
            return RoomFaults.PasswordMissing;
        if (MemberLimit is { } limit && limit < room.MemberCount)
            return RoomFaults.FewerThanMembers;
        room.Name = Name ?? room.Name;
        room.CategorySlug = Category ?? room.CategorySlug;
        room.Description = Description ?? room.Description;
        room.JoinRule = rule;
        room.PasswordHash = rule == Rooms.JoinRule.Password ? passwordHash ?? room.PasswordHash : null;
        room.IsListed = IsListed ?? room.IsListed;
        room.MemberLimit = MemberLimit ?? room.MemberLimit;
        return null;
    }
}
