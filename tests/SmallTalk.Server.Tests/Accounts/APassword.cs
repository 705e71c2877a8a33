using SmallTalk.Server.Accounts;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class APassword
{
    [Theory]
    [InlineData(null, "password-too-short")]
    [InlineData("", "password-too-short")]
    [InlineData("짧은비밀번호", "password-too-short")]
    [InlineData("password", "password-too-common")]
    [InlineData("Password123!", "password-too-common")]
    [InlineData("qlalfqjsgh", "password-too-common")]
    [InlineData("qlalfqjsgh1!", "password-too-common")]
    [InlineData("tkfkdgody", "password-too-common")]
    [InlineData("1q2w3e4r", "password-too-common")]
    [InlineData("12345678", "password-too-common")]
    [InlineData("98765432", "password-too-common")]
    [InlineData("aaaaaaaa", "password-too-common")]
    [InlineData("비번비번비번비번", "password-too-common")]
    [InlineData("동해물과백두산이", "password-too-common")]
    [InlineData("즐거운 고양이", "password-is-nickname", "즐거운 고양이들")]
    public void That_is_easily_guessed_is_refused(string? typed, string code, string? longer = null) =>
        Assert.Equal(code, Passwords.Check(longer ?? typed, longer ?? "민수")?.Code);

    [Fact]
    public void That_is_endless_is_refused() => Assert.Equal("password-too-long", Passwords.Check(new string('가', 257), "민수")?.Code);

    [Theory]
    [InlineData("오래된 나무 아래")]
    [InlineData("correct horse battery staple")]
    [InlineData("tmt-9QXa")]
    [InlineData("🐈🐈‍⬛🐕🦊🐻🐼🐨🐯")]
    public void That_is_long_enough_may_be_anything(string typed) => Assert.Null(Passwords.Check(typed, "민수"));
}
