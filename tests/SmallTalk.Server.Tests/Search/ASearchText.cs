using System.Text;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Tests.Search;

public sealed class ASearchText
{
    [Theory]
    [InlineData("우리동네 축구", "우리동네축구")]
    [InlineData("  우리\u3000동네\n축구\t", "우리동네축구")]
    [InlineData("K-POP", "kpop")]
    [InlineData("ＫＰＯＰ", "kpop")]
    [InlineData("민\u200b수\u00ad", "민수")]
    [InlineData("STRASSE", "strasse")]
    [InlineData("Straße", "strasse")]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφοσ")]
    [InlineData("КОФЕ", "кофе")]
    [InlineData("㈜한글", "(주)한글")]
    [InlineData("ㅊㄱ", "ㅊㄱ")]
    [InlineData("ㄳ", "ㄱㅅ")] // what a keyboard makes of ㄱ and ㅅ
    [InlineData("ㄱㅏ", "ㄱㅏ")]
    [InlineData("축ㄱ", "축ㄱ")]
    [InlineData("추ㄳ", "추ㄱㅅ")]
    [InlineData("ㅋㅋㅠㅠ", "ㅋㅋㅠㅠ")]
    [InlineData("ﾡ", "ㄱ")] // half width
    [InlineData("100%_\"*", "100%_\"*")]
    [InlineData("⚽축구🏃‍♂️", "⚽축구🏃♂")]
    [InlineData("- · ’", "")]
    public void Is_what_a_reader_sees_without_spaces_case_and_width(string text, string expected) =>
        Assert.Equal(expected, SearchText.Of(text));

    [Fact]
    public void Is_the_same_for_what_a_Mac_takes_apart()
    {
        foreach (var text in new[] { "한글 보고서", "축ㄱ", "꿀닭값", "Café" })
            Assert.Equal(SearchText.Of(text), SearchText.Of(text.Normalize(NormalizationForm.FormD)));
    }

    [Fact]
    public void Takes_half_a_character_for_an_unknown_one() => Assert.Equal("가\ufffd나", SearchText.Of("가\ud800나"));
}
