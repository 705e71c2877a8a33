using SmallTalk.Server.Text;

namespace SmallTalk.Server.Tests.Text;

public sealed class PlainTextThatPeopleWrite
{
    [Theory]
    [InlineData("👨‍👩‍👧‍👦")]
    [InlineData("👩🏽‍💻")]
    [InlineData("❤️‍🔥")]
    [InlineData("🏴󠁧󠁢󠁥󠁮󠁧󠁿")]
    [InlineData("🇰🇷")]
    [InlineData("क्‍ष")]
    [InlineData("می‌خواهم")]
    [InlineData("안녕하세요, 저는 민수예요!")]
    [InlineData("مرحبا room-42 10:30")]
    public void Stays_as_it_is(string text)
    {
        Assert.Equal(text, PlainText.Clean(text, Lines.One));
        Assert.Equal(text, PlainText.Clean(text, Lines.Many));
    }

    [Theory]
    [InlineData("  민수\t ", "민수")]
    [InlineData("김\u00a0\u00a0민수", "김 민수")]
    [InlineData("민\u200b\ufeff수", "민수")]
    [InlineData("\u202e수민", "수민")]
    [InlineData("a\u0000b\u0007", "ab")]
    [InlineData("\u3164", "")]
    [InlineData("a\u200d", "a")]
    [InlineData("\u200da", "a")]
    [InlineData("a\u200d\u200d\u200db", "a\u200db")]
    [InlineData("a\nb\r\nc", "a b c")]
    [InlineData("\u1112\u1161\u11ab", "한")]
    public void On_one_line_loses_what_deceives(string typed, string clean) => Assert.Equal(clean, PlainText.Clean(typed, Lines.One));

    [Theory]
    [InlineData("\n a\r\n\r\n\tb  c \n", "a\n\n\tb  c")]
    [InlineData("a\u2028b\rc", "a\nb\nc")]
    [InlineData("evil\u202egpj.exe", "evilgpj.exe")]
    public void On_many_lines_keeps_them(string typed, string clean) => Assert.Equal(clean, PlainText.Clean(typed, Lines.Many));

    [Theory]
    [InlineData("👨‍👩‍👧‍👦", 1, 7)]
    [InlineData("한글", 2, 2)]
    [InlineData("e\u0301", 1, 2)]
    public void Is_counted_in_graphemes_and_in_code_points(string text, int graphemes, int codePoints)
    {
        Assert.Equal(graphemes, PlainText.Graphemes(text));
        Assert.Equal(codePoints, PlainText.CodePoints(text));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("👍", true)]
    [InlineData(".", true)]
    [InlineData(" \n\t", false)]
    [InlineData("\u3164\u200b\u2800", false)]
    [InlineData("\u0301\u0302", false)]
    public void Is_visible_or_not(string text, bool isVisible) => Assert.Equal(isVisible, PlainText.HasVisible(text));

    [Fact]
    public void With_half_a_surrogate_pair_is_made_whole()
    {
        Assert.Equal("a\ufffdb", PlainText.Clean("a\ud800b", Lines.One));
        Assert.Equal(1, PlainText.Graphemes("\udc00"));
        Assert.Equal(1, PlainText.CodePoints("\ud800"));
        Assert.Equal("a\ufffd", FoldKey.Of("A\ud800"));
    }

    [Fact]
    public void Is_clean_after_one_cleaning() => CsCheck.Check.Sample(
        CsCheck.Gen.String[CsCheck.Gen.Char],
        text =>
        {
            foreach (var lines in Enum.GetValues<Lines>())
                Assert.Equal(PlainText.Clean(text, lines), PlainText.Clean(PlainText.Clean(text, lines), lines));
        },
        iter: 3_000);
}
