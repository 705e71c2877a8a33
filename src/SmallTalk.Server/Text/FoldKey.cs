using System.Text;

namespace SmallTalk.Server.Text;

/// <summary>How a text reads, whatever it was typed with: two texts with the same key look the same to a person. For
/// nicknames, room names, hashtags. Width and compatibility forms are one (NFKC), case is folded, what nobody sees is gone,
/// white space is one space. The key of a key is itself.</summary>
static class FoldKey
{
    public static string Of(string text)
    {
        var key = Fold(PlainText.WellFormed(text));
        // Folding can uncover something to compose, and composing something to fold; it settles after very few rounds.
        for (var again = Fold(key); again != key; again = Fold(key))
            key = again;
        return key;
    }

    static string Fold(string text)
    {
        var key = new StringBuilder(text.Length);
        var pendingSpace = false;
        foreach (var rune in text.Normalize(NormalizationForm.FormKC).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                pendingSpace = key.Length > 0;
                continue;
            }
            if (Invisible.IsIgnorable(rune))
                continue;
            if (pendingSpace)
                key.Append(' ');
            pendingSpace = false;
            if (rune.Value is 'ß' or 'ẞ')
                key.Append("ss");
            else
                key.Append(Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)).ToString()); // up first: ς and σ are one
        }
        return key.ToString().Normalize(NormalizationForm.FormKC);
    }
}
