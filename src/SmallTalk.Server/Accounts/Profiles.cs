using System.Globalization;
using System.Net.Mail;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Text;

namespace SmallTalk.Server.Accounts;

/// <summary>The rules for what a person says of themselves, beside the nickname.</summary>
static class Profiles
{
    const int MaxEmail = 254;
    const int MaxStatusLine = 100;

    /// <summary>Optional. Two accounts may have the same address: a refusal would tell who has an account here.</summary>
    public static Refusal? CheckEmail(string? typed, out string? email)
    {
        email = null;
        if (string.IsNullOrWhiteSpace(typed))
            return null;
        if (typed.Length > 2 * MaxEmail)
            return AccountRefusals.EmailMalformed;
        email = PlainText.Clean(typed, Lines.One);
        var host = email[(email.LastIndexOf('@') + 1)..];
        var isAddress = email.Length <= MaxEmail && !email.Any(char.IsWhiteSpace) && !email.Any(c => c is '<' or '>' or '"' or ',' or '\ufffd')
            && email.Count(c => c == '@') == 1
            && MailAddress.TryCreate(email, out _) && host.Contains('.', StringComparison.Ordinal)
            && host.Split('.').All(label => label.Length is > 0 and < 64 && label[0] != '-' && label[^1] != '-');
        return isAddress ? null : AccountRefusals.EmailMalformed;
    }

    /// <summary>Left out, it is the language of the request.</summary>
    public static Refusal? CheckLanguage(string? typed, out string language)
    {
        language = typed ?? CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;
        return language is "ko" or "en" ? null : AccountRefusals.LanguageUnknown;
    }

    public static Refusal? CheckStatusLine(string typed, out string statusLine)
    {
        statusLine = "";
        if (typed.Length > 16 * MaxStatusLine)
            return AccountRefusals.StatusLineTooLong;
        statusLine = PlainText.Clean(typed, Lines.One);
        if (!PlainText.HasVisible(statusLine))
            statusLine = "";
        return PlainText.CodePoints(statusLine) > MaxStatusLine ? AccountRefusals.StatusLineTooLong : null;
    }
}
