using System.Globalization;
using System.Text;
using SmallTalk.Server.Text;

namespace SmallTalk.Server.Accounts;

/// <summary>Nicknames under which somebody would be taken for one who has a say here, in every spelling that looks like them.</summary>
static class ReservedNicknames
{
    static readonly string[] Names =
    [
        "admin", "admins", "administrator", "administrators", "sysadmin", "root", "superuser", "system", "staff", "official", "operator",
        "moderator", "moderators", "support", "helpdesk", "security", "null", "undefined", "deleted", "unknown", "anonymous", "everyone",
        "smalltalk",
        "관리자", "관리자님", "운영자", "운영자님", "운영진", "운영팀", "방장", "방장님", "부방장", "매니저", "시스템", "서버", "스몰톡", "공식", "고객센터",
        "고객지원", "도우미", "알수없음", "익명", "탈퇴", "탈퇴한사용자", "어드민", "스태프", "모두",
    ];

    // l and 1 stand for i, so that one skeleton serves 'adm1n' and 'admln'.
    const string Pairs =
        "0o 1i li 3e 4a 5s 7t 8b 9g аa еe оo рp сc хx уy кk мm нh тt вb іi јj ѕs ԁd ɡg ӏi αa βb εe ηn ιi κk νv οo ρp τt υu χx ıi ɑa օo հh ոn սu";

    static readonly Dictionary<string, string> LookAlikes = Pairs.Split(' ')
        .Select(pair => StringInfo.GetTextElementEnumerator(pair))
        .ToDictionary(Next, Next, StringComparer.Ordinal);

    static readonly HashSet<string> Skeletons = new(Names.Select(Skeleton), StringComparer.Ordinal);

    public static bool Match(string nickname) => Skeletons.Contains(Skeleton(nickname));

    /// <summary>The key without ornament and with look-alikes made alike, for telling that somebody poses as a reserved name:
    /// ★Adm1n★ with a Cyrillic А. Too coarse for the uniqueness of ordinary names.</summary>
    static string Skeleton(string nickname)
    {
        var skeleton = new StringBuilder();
        foreach (var rune in FoldKey.Of(nickname).Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
                skeleton.Append(LookAlikes.GetValueOrDefault(rune.ToString(), rune.ToString()));
        }
        return skeleton.ToString();
    }

    static string Next(TextElementEnumerator elements)
    {
        elements.MoveNext();
        return elements.GetTextElement();
    }
}
