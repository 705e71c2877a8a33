using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Tests.Rooms;

/// <summary>The table 'Who may do what', line by line.</summary>
public sealed class TheRightsInARoom
{
    const string Visitor = "visitor", Stranger = "signed in", Member = "member", Moderator = "moderator", Owner = "owner",
        Left = "has left", Banned = "banned", BannedInside = "banned, not yet out";

    [Theory]
    [InlineData("open", Visitor, "see")]
    [InlineData("open", Stranger, "see read")]
    [InlineData("open", Left, "see read")]
    [InlineData("open", Member, "see read post")]
    [InlineData("open", Moderator, "see read post moderate")]
    [InlineData("open", Owner, "see read post moderate own")]
    [InlineData("open", Banned, "see")]
    [InlineData("open", BannedInside, "see")]
    [InlineData("password", Visitor, "see")]
    [InlineData("password", Stranger, "see")]
    [InlineData("password", Left, "see")]
    [InlineData("password", Member, "see read post")]
    [InlineData("password", Moderator, "see read post moderate")]
    [InlineData("password", Owner, "see read post moderate own")]
    [InlineData("password", Banned, "see")]
    [InlineData("invitation", Visitor, "")]
    [InlineData("invitation", Stranger, "")]
    [InlineData("invitation", Left, "")]
    [InlineData("invitation", Member, "see read post")]
    [InlineData("invitation", Banned, "")]
    [InlineData("direct", Visitor, "")]
    [InlineData("direct", Stranger, "")]
    [InlineData("direct", Member, "see read post")]
    [InlineData("none", Visitor, "")]
    [InlineData("none", Stranger, "")]
    [InlineData("none", Member, "")]
    [InlineData("none", Owner, "")]
    public void Are_those_of_the_table(string room, string who, string may)
    {
        var rights = RoomRights.Of(Room(room), Membership(who), who != Visitor);

        Assert.Equal(may, string.Join(' ', new[]
        {
            (rights.ToSee, "see"), (rights.ToRead, "read"), (rights.ToPost, "post"), (rights.ToModerate, "moderate"), (rights.ToOwn, "own"),
        }.Where(right => right.Item1 is null).Select(right => right.Item2)));
    }

    [Theory]
    [InlineData("open", Visitor, "not-signed-in")]
    [InlineData("password", Stranger, "not-a-member")]
    [InlineData("password", Left, "not-a-member")]
    [InlineData("open", Banned, "banned")]
    [InlineData("direct", Stranger, "no-such-room")]
    [InlineData("invitation", Stranger, "no-such-room")]
    [InlineData("none", Owner, "no-such-room")]
    public void Are_refused_by_404_for_what_one_may_not_know_of_and_else_by_the_reason(string room, string who, string code) =>
        Assert.Equal(code, RoomRights.Of(Room(room), Membership(who), who != Visitor).ToRead?.Code);

    static RoomFacts? Room(string room) => room switch
    {
        "open" => new RoomFacts(Guid.Empty, RoomKind.Group, JoinRule.Open),
        "password" => new RoomFacts(Guid.Empty, RoomKind.Group, JoinRule.Password),
        "invitation" => new RoomFacts(Guid.Empty, RoomKind.Group, JoinRule.Invitation),
        "direct" => new RoomFacts(Guid.Empty, RoomKind.Direct, JoinRule.Open),
        _ => null,
    };

    static MembershipFacts? Membership(string who) => who switch
    {
        Member => new MembershipFacts(Role.Member, HasLeft: false, IsBanned: false),
        Moderator => new MembershipFacts(Role.Moderator, HasLeft: false, IsBanned: false),
        Owner => new MembershipFacts(Role.Owner, HasLeft: false, IsBanned: false),
        Left => new MembershipFacts(Role.Member, HasLeft: true, IsBanned: false),
        Banned => new MembershipFacts(Role.Member, HasLeft: true, IsBanned: true),
        BannedInside => new MembershipFacts(Role.Owner, HasLeft: false, IsBanned: true),
        _ => null,
    };
}
