using SmallTalk.Server.Search;

namespace SmallTalk.Server.Tests.Search;

public sealed class AnEnglishKeyboard
{
    [Theory]
    [InlineData("cnrrn", "축구")]
    [InlineData("cnr", "축")]
    [InlineData("cnrr", "축ㄱ")]
    [InlineData("cr", "ㅊㄱ")]
    [InlineData("Rnf", "꿀")]
    [InlineData("rkqt", "값")]
    [InlineData("rkqtdl", "값이")]
    [InlineData("ekfrrkfql", "닭갈비")]
    [InlineData("dlTdj", "있어")]
    [InlineData("dlTek", "있다")]
    [InlineData("QkfFo", "빨래")]
    [InlineData("rhkdlf", "과일")]
    [InlineData("dml", "의")]
    [InlineData("gksrmf2", "한글2")]
    [InlineData("rksk", "가나")]
    [InlineData("dkssud", "안녕")]
    [InlineData("OrO", null)] // ㅒㄱㅒ: a vowel begins
    [InlineData("soccer", "냋ㅊㄷㄱ")]
    [InlineData("good", null)]
    [InlineData("book", null)]
    [InlineData("r", null)]
    [InlineData("123", null)]
    [InlineData("", null)]
    public void Types_Korean_when_it_is_switched(string typed, string? korean) => Assert.Equal(korean, EnglishKeyboard.ToKorean(typed));
}
