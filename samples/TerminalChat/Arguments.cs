using System.Diagnostics.CodeAnalysis;

namespace SmallTalk.TerminalChat;

/// <param name="Server">Where SmallTalk runs.</param>
/// <param name="Nickname">Asked for when left out.</param>
/// <param name="IsNew">Sign up instead of in.</param>
sealed record Arguments(Uri Server, string? Nickname, bool IsNew)
{
    public const string Usage = """
        smalltalk [address of the server] [--nickname NAME] [--sign-up]
        The address is http://localhost:5080 when left out. The password is asked for, or taken from SMALLTALK_PASSWORD.
        """;

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments)
    {
        arguments = null;
        var parsed = new Arguments(new Uri("http://localhost:5080"), Nickname: null, IsNew: false);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--sign-up")
                parsed = parsed with { IsNew = true };
            else if (args[i] == "--nickname" && i + 1 < args.Length)
                parsed = parsed with { Nickname = args[++i] };
            else if (Uri.TryCreate(args[i], UriKind.Absolute, out var server) && server.Scheme is "http" or "https")
                parsed = parsed with { Server = server! };
            else
                return false;
        }

        arguments = parsed;
        return true;
    }
}
