using SmallTalk.Server.Members;

namespace SmallTalk.Server.Tests.Members;

public sealed class Removing
{
    [Theory]
    [InlineData(Role.Owner, Role.Moderator, null)]
    [InlineData(Role.Owner, Role.Member, null)]
    [InlineData(Role.Moderator, Role.Member, null)]
    [InlineData(Role.Moderator, Role.Moderator, "outranks-you")]
    [InlineData(Role.Moderator, Role.Owner, "outranks-you")]
    [InlineData(Role.Member, Role.Member, "not-a-moderator")]
    [InlineData(Role.Member, Role.Owner, "not-a-moderator")]
    [InlineData(Role.Owner, null, "no-such-member")]
    internal void Is_for_who_stands_above(Role actor, Role? target, string? code) =>
        Assert.Equal(code, Leaving.CheckKick(actor, target, isOneself: false)?.Code);

    [Theory]
    [InlineData(Role.Owner)]
    [InlineData(Role.Moderator)]
    internal void Is_not_for_oneself(Role role) => Assert.Equal("that-is-you", Leaving.CheckKick(role, role, isOneself: true)?.Code);
}
