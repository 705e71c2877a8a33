using System.Text;
using CsCheck;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Tests.Search;

public sealed class ASearchQuery
{
    [Theory]
    [InlineData("축구")]
    [InlineData("구")]
    [InlineData("모임")]
    [InlineData("우리동네")]
    [InlineData("동네축구")]
    [InlineData("우리동네축구모임")]
    [InlineData("우리동네 축구")]
    [InlineData("우리 동네축구")]
    [InlineData("축구 우리")]
    [InlineData("  축구\u3000모임 ")]
    [InlineData("ㅊㄱ")]
    [InlineData("ㅊㄱㅁㅇ")]
    [InlineData("ㅇㄹㄷㄴㅊㄱ")]
    [InlineData("ㅊ")]
    [InlineData("축ㄱ")]
    [InlineData("축ㄱㅁ")]
    [InlineData("ㅊ구")]
    [InlineData("추")]
    [InlineData("축")]
    [InlineData("축구모")]
    [InlineData("축구몽")] // 모이…: ㅇ has not moved on yet
    [InlineData("축구모이")]
    [InlineData("동네추")]
    [InlineData("cnrrn")]
    [InlineData("CNRRN")]
    [InlineData("Cnrrn")]
    [InlineData("cnr")]
    [InlineData("cr")]
    [InlineData("cnrrn ahdla")]
    [InlineData("#축구")]
    [InlineData("＃축구")]
    [InlineData("축구-모임")]
    public void Finds_우리동네_축구모임_by(string query)
    {
        Assert.True(Parse(query).Finds("우리동네 축구모임"));
        Assert.True(Parse(query.Normalize(NormalizationForm.FormD)).Finds("우리동네 축구모임"));
        Assert.True(Parse(query).Finds("우리동네 축구모임".Normalize(NormalizationForm.FormD)));
    }

    [Theory]
    [InlineData("농구")]
    [InlineData("축구 농구")]
    [InlineData("추 모임")] // only the last syllable is still being typed
    [InlineData("추구")]
    [InlineData("추 ")] // a space ends it
    [InlineData("ㅊㅁ")]
    [InlineData("ㄱㅊ")]
    [InlineData("임모구축")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("*")]
    [InlineData("\"")]
    [InlineData("축%")]
    [InlineData("축_모임")]
    [InlineData("축*")]
    [InlineData("\"축구\"")]
    [InlineData("축구 OR 농구")]
    [InlineData("축구 NOT 모임")]
    [InlineData("NEAR(축구 모임)")]
    [InlineData("name:축구")]
    [InlineData("'; DROP TABLE rooms; --")]
    [InlineData("{0}")]
    [InlineData("-")]
    public void Does_not_find_우리동네_축구모임_by(string query) => Assert.False(Parse(query).Finds("우리동네 축구모임"));

    [Theory]
    [InlineData("꿀", "꿀벌 키우기")]
    [InlineData("Rnf", "꿀벌 키우기")]
    [InlineData("고", "과일")]
    [InlineData("광", "과일")]
    [InlineData("달", "닭갈비")]
    [InlineData("간", "가나다")]
    [InlineData("닭", "달걀")] // 닭 on the way to 달ㄱ…
    [InlineData("있", "이쑤시개")]
    [InlineData("soccer", "Seoul Soccer Club")]
    [InlineData("occ", "Seoul Soccer Club")]
    [InlineData("SEOUL club", "Seoul Soccer Club")]
    [InlineData("seoulsoccer", "Seoul Soccer Club")]
    [InlineData("ＳＯＣＣＥＲ", "Seoul Soccer Club")]
    [InlineData("kpop", "K-POP 덕질")]
    [InlineData("C++", "C++ 스터디")]
    [InlineData("c#", "C# .NET")]
    [InlineData("100%", "100% 한국어")]
    [InlineData("кофе", "КОФЕЙНЯ")]
    [InlineData("寿司", "東京の寿司")]
    [InlineData("すし", "おすしの会")]
    [InlineData("مرحبا", "مرحبا room")]
    [InlineData("⚽", "주말 ⚽ 축구")]
    [InlineData("ㅋㅋ", "ㅋㅋㅋ 모임")]
    [InlineData("ㅠㅠ", "시험 망함 ㅠㅠ")]
    [InlineData("ㄱㅅ", "가슴")]
    [InlineData("ㄳ", "가슴")] // what a keyboard makes of ㄱ and ㅅ
    [InlineData("ㅃㄹ", "빨래")]
    [InlineData("2030", "2030 직장인")]
    public void Finds_part_of_any_word(string query, string text) => Assert.True(Parse(query).Finds(text));

    [Theory]
    [InlineData("가", "나다")]
    [InlineData("각", "가나")]
    [InlineData("과", "고구마")]
    [InlineData("닭", "달나라")]
    [InlineData("soccr", "Seoul Soccer Club")]
    [InlineData("ㄱ", "ㅏㅏ club")]
    public void Does_not_find_what_is_not_there(string query, string text) => Assert.False(Parse(query).Finds(text));

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData(" \u3000\n", true)]
    [InlineData("\u200b\u3164", true)]
    [InlineData("-", false)]
    [InlineData("%", false)]
    public void Means_everything_only_when_nothing_can_be_seen(string? query, bool isBlank) => Assert.Equal(isBlank, Parse(query).IsBlank);

    [Fact]
    public void Is_refused_when_it_is_too_long()
    {
        Assert.NotNull(SearchQuery.Parse(new string('가', 100)));
        Assert.Null(SearchQuery.Parse(new string('가', 101)));
        Assert.Null(SearchQuery.Parse(string.Join(' ', Enumerable.Repeat("가", 11))));
        Assert.Null(SearchQuery.Parse(new string('a', 1_000_000)));
    }

    static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Char['가', '힣'].Select(c => c.ToString()),
        Gen.OneOf(Array.ConvertAll<string, Gen<string>>(["축", "구", "추", "국", "가", "간", "나", "닭", "달", "과", "고", "ㄱ", "ㅊ", "ㄳ", "ㅏ", " ", "a", "b", "C", "寿", "司", "⚽", "🏃", "%", "1", "é", "-"], Gen.Const)))
        .Array[0, 12].Select(string.Concat);

    [Fact]
    public void Has_in_its_grams_only_what_a_text_that_it_fits_has_too() =>
        (from text in Texts
         from start in Gen.Int[0, 11]
         from length in Gen.Int[1, 6]
         from isHalfTyped in Gen.Bool
         from cut in Gen.Int[0, 3]
         select (text, start, length, isHalfTyped, cut)).Sample(
            t =>
            {
                var text = SearchText.Of(t.text);
                var word = SearchText.Of(Shorten(text, t.start, t.length, t.cut));
                if (word.Length == 0)
                    return true;
                var pattern = new Pattern(word, t.isHalfTyped);
                return pattern.FindIn(text) is null || ((bool[])[true, false])
                    .All(isShort => Grams.OfText(text, isShort).Keys.ToHashSet().IsSupersetOf(Grams.OfPattern(pattern, isShort)));
            },
            iter: 20_000);

    [Fact]
    public void As_short_as_a_gram_fits_what_has_the_gram_and_as_well() =>
        Gen.Select(Texts, Texts, Gen.Bool, Gen.Bool).Sample(
            (typed, found, isHalfTyped, isShort) =>
            {
                var (word, text) = (SearchText.Of(typed), SearchText.Of(found));
                if (word.Length == 0)
                    return true;
                var pattern = new Pattern(word.Length > 3 ? word[..2] : word, isHalfTyped);
                if (char.IsSurrogate(pattern.Text[^1]) || !Grams.IsGram(pattern, isShort))
                    return true;
                return pattern.FindIn(text) == (Grams.OfText(text, isShort).TryGetValue(pattern.Text, out var fit) ? fit : null);
            },
            iter: 50_000);

    [Theory]
    [InlineData("축", true)]
    [InlineData("축구", true)]
    [InlineData("ㅊㄱㅁ", true)]
    [InlineData("축ㄱ", true)]
    [InlineData("soc", true)]
    [InlineData("축구장", false)] // by threes only in names and hashtags
    [InlineData("축구장에", false)]
    [InlineData("ㅊ구", false)]
    public void Is_a_gram_when_it_is_short(string word, bool isOne) => Assert.Equal(isOne, Grams.IsGram(new Pattern(word, IsHalfTyped: true), isShort: false));

    [Fact]
    public void Fits_wherever_one_place_after_another_would() =>
        Gen.Select(Texts, Texts, Gen.Bool).Sample(
            (typed, found, isHalfTyped) =>
            {
                var (word, text) = (SearchText.Of(typed), SearchText.Of(found));
                if (word.Length is 0 or > 3)
                    return true;
                var pattern = new Pattern(word, isHalfTyped);
                var everywhere = Enumerable.Range(0, text.Length)
                    .Select(at => pattern.FindIn(text.AsSpan(at)) is { } fit && fit < Fit.Inside ? (at, fit) : (at, (Fit?)null))
                    .Any(place => place.Item2 is not null);
                return (pattern.FindIn(text) is not null) == everywhere;
            },
            iter: 20_000);

    /// <summary>A piece of the text as somebody types it: its last syllable cut, or all of it as initials.</summary>
    static string Shorten(string text, int start, int length, int cut)
    {
        var from = Math.Min(start, text.Length);
        var piece = text.Substring(from, Math.Min(length, text.Length - from));
        if (piece.Length == 0)
            return piece;
        var last = piece[^1];
        return cut switch
        {
            1 when Hangul.IsSyllable(last) => piece[..^1] + (char)Hangul.StemOf(last),
            2 => string.Concat(piece.Select(c => Hangul.InitialOf(c) is var i && i == '\0' ? c : i)),
            3 => piece[..^1] + (Hangul.InitialOf(last) is var i && i == '\0' ? last : i),
            _ => piece,
        };
    }

    static SearchQuery Parse(string? typed) => SearchQuery.Parse(typed) ?? throw new InvalidOperationException("Too long.");
}
