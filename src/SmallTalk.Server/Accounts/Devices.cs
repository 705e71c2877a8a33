using SmallTalk.Server.Text;

namespace SmallTalk.Server.Accounts;

/// <summary>A name for a device that its owner recognises in the list of sessions: 'Chrome · Windows', not the raw
/// <c>User-Agent</c>, which is long, and tells a thief of the store more than anybody needs.</summary>
static class Devices
{
    const int MaxLength = 40;

    // The order matters: Edge, Opera and Samsung's browser all claim to be Chrome, and Chrome to be Safari.
    static readonly (string Sign, string Name)[] Browsers =
    [
        ("SamsungBrowser/", "Samsung Internet"), ("Whale/", "Whale"), ("KAKAOTALK", "KakaoTalk"), ("NAVER(", "Naver"), ("Edg", "Edge"),
        ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ];

    static readonly (string Sign, string Name)[] Systems =
    [
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];

    public static string Of(HttpRequest request)
    {
        var agent = request.Headers.UserAgent.ToString();
        var known = new[] { Find(Browsers, agent), Find(Systems, agent) }.OfType<string>();
        var name = agent.StartsWith("Mozilla/", StringComparison.Ordinal) ? string.Join(" · ", known) : agent.Split('/', ' ', '(')[0];
        name = PlainText.Clean(new string([.. name.Where(c => c == '·' || c is >= ' ' and < '\u007f')]), Lines.One);
        return name.Length <= MaxLength ? name : name[..MaxLength].TrimEnd();
    }

    static string? Find((string Sign, string Name)[] signs, string agent) =>
        signs.FirstOrDefault(s => agent.Contains(s.Sign, StringComparison.Ordinal)).Name;
}
