using SmallTalk.Server.Text;

namespace SmallTalk.Server.Tests.Text;

public sealed class AFoldKey
{
    [Theory]
    [InlineData("민수", "민수 ")]
    [InlineData("민수", "민\u200b수")]
    [InlineData("민수", "\u202e민수")]
    [InlineData("민수", "\u1106\u1175\u11ab\u1109\u116e")] // NFD, as a Mac types it
    [InlineData("민수", "민\u3164수")]
    [InlineData("Minji", "ｍｉｎｊｉ")]
    [InlineData("a b", "A \u00a0 B")]
    [InlineData("Straße", "STRASSE")]
    [InlineData("ΣΑΣ", "σας")]
    [InlineData("①②", "12")]
    [InlineData("❤", "❤\ufe0f")]
    public void Is_the_same_for_what_looks_the_same(string one, string other) => Assert.Equal(FoldKey.Of(one), FoldKey.Of(other));

    [Theory]
    [InlineData("민수", "민서")]
    [InlineData("가", "ㄱㅏ나")]
    [InlineData("é", "e")]
    public void Differs_for_what_looks_different(string one, string other) => Assert.NotEqual(FoldKey.Of(one), FoldKey.Of(other));

    [Theory]
    [InlineData("\u3164")]
    [InlineData("\u200b\u2060\ufeff")]
    [InlineData("\u202e \u2066")]
    [InlineData("")]
    public void Is_empty_for_what_nobody_sees(string text) => Assert.Equal("", FoldKey.Of(text));

    [Fact]
    public void Of_a_key_is_the_key() => CsCheck.Check.Sample(
        CsCheck.Gen.String[CsCheck.Gen.Char], text => Assert.Equal(FoldKey.Of(text), FoldKey.Of(FoldKey.Of(text))), iter: 3_000);
}
