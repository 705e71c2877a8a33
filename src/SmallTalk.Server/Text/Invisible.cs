using System.Globalization;
using System.Text;

namespace SmallTalk.Server.Text;

/// <summary>Which characters nobody sees. Names that differ by these alone look the same, and a text of these alone looks
/// empty; Unicode calls most of them default-ignorable.</summary>
static class Invisible
{
    /// <summary>Takes no space and has no ink of its own: zero-width and direction characters, fillers, variation
    /// selectors, tags, soft hyphen, controls.</summary>
    public static bool IsIgnorable(Rune rune) => rune.Value switch
    {
        0x00AD or 0x034F or 0x061C or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFEFF or 0xFFA0 => true,
        0x2800 => true, // the Braille pattern without dots: a symbol by category, a blank to the eye
        >= 0x180B and <= 0x180F => true,
        >= 0x200B and <= 0x200F => true,
        >= 0x202A and <= 0x202E => true,
        >= 0x2060 and <= 0x206F => true,
        >= 0xFE00 and <= 0xFE0F => true,
        >= 0xFFF0 and <= 0xFFFB => true,
        >= 0x1BCA0 and <= 0x1BCA3 => true,
        >= 0x1D173 and <= 0x1D17A => true,
        >= 0xE0000 and <= 0xE0FFF => true,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format,
    };

    /// <summary>Turns the text after it around, or ends that: what a forged file name or nickname is made of.</summary>
    public static bool TurnsDirection(Rune rune) => rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    /// <summary>Joins its neighbours into one picture or letter shape, or keeps them from joining: emoji families, Hindi,
    /// Persian.</summary>
    public static bool IsJoiner(Rune rune) => rune.Value is 0x200C or 0x200D;

    /// <summary>Belongs to the character before it: text or emoji style, and the letters of a flag.</summary>
    public static bool IsSelector(Rune rune) => rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0020 and <= 0xE007F)
        or (>= 0xE0100 and <= 0xE01EF) or (>= 0x180B and <= 0x180D) or 0x180F;

    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Letters, digits, punctuation, symbols: something to see by itself.</summary>
    public static bool HasInk(Rune rune) => !Rune.IsWhiteSpace(rune) && !IsIgnorable(rune) && !IsMark(rune)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate);
}
