using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Text;

namespace SmallTalk.Server.Accounts;

/// <summary>Which nicknames there may be, and when two are the same one. People tell each other apart by what they see, so
/// the key is what is seen: no case, no width, no invisible characters, no spaces.</summary>
static class Nicknames
{
    const int MaxGraphemes = 20;
    const int MaxCodePoints = 120; // an emoji family is one grapheme and seven code points or more
    const int MaxPile = 4;

    public static string Key(string nickname) => FoldKey.Of(nickname).Replace(" ", "", StringComparison.Ordinal);

    /// <summary>The nickname as it is stored, or why not.</summary>
    public static Refusal? Check(string? typed, out string nickname)
    {
        nickname = "";
        if (typed is null || typed.Length > 16 * MaxCodePoints)
            return AccountRefusals.NicknameLength;
        if (typed.Trim().EnumerateRunes().Any(r => Rune.IsControl(r) || Invisible.TurnsDirection(r) || r == Rune.ReplacementChar))
            return AccountRefusals.NicknameUnreadable;
        nickname = PlainText.Clean(typed, Lines.One);
        if (nickname.Length > 0 && (!PlainText.HasVisible(nickname) || PlainText.HighestPile(nickname) > MaxPile
            || Invisible.IsMark(nickname.EnumerateRunes().First())))
            return AccountRefusals.NicknameUnreadable;
        if (PlainText.Graphemes(nickname) is < 2 or > MaxGraphemes || PlainText.CodePoints(nickname) > MaxCodePoints)
            return AccountRefusals.NicknameLength;
        return ReservedNicknames.Match(nickname) ? AccountRefusals.NicknameReserved : null;
    }

    /// <summary>Of two who ask for one nickname at the same time, the store's unique index refuses one.</summary>
    /// <param name="save">Saves a user whose nickname was checked: nothing else of it can be refused.</param>
    public static async Task<bool> TakeAsync(Func<Task<IdentityResult>> save)
    {
        try
        {
            return (await save()).Succeeded;
        }
        catch (DbUpdateException e) when (ChatDb.IsDuplicate(e))
        {
            return false;
        }
    }
}

/// <summary>How Identity makes a nickname into <c>NormalizedUserName</c>.</summary>
sealed class NicknameNormalizer : ILookupNormalizer
{
    public string? NormalizeName(string? name) => name is null ? null : Nicknames.Key(name);

    public string? NormalizeEmail(string? email) => email?.ToUpperInvariant();
}
