using System.Reflection;

namespace SmallTalk.Server.Accounts;

/// <summary>The passwords that everybody tries first, Korean keyboards' included (<c>qlalfqjsgh</c> is 비밀번호 with the
/// keyboard left in English). The list lies beside this file.</summary>
static class CommonPasswords
{
    static readonly Lazy<HashSet<string>> All = new(() =>
    {
        using var list = Assembly.GetExecutingAssembly().GetManifestResourceStream("SmallTalk.Server.Accounts.CommonPasswords.txt")!;
        using var reader = new StreamReader(list);
        return new HashSet<string>(
            reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line[0] != '#').Select(Reduced),
            StringComparer.Ordinal);
    });

    public static bool Contains(string password)
    {
        var reduced = Reduced(password);
        return All.Value.Contains(reduced) || IsRepetition(reduced) || IsRun(reduced);
    }

    /// <summary>Case, and the digits and exclamation marks that people append, make no password less common.</summary>
    static string Reduced(string password)
    {
        var lower = password.ToLowerInvariant();
        var stem = lower.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '!', '.', '?', '@', '#', '*', '~');
        return stem.Length >= 4 ? stem : lower; // all digits: nothing but itself
    }

    /// <summary>aaaaaaaa, 12121212, abcabcabc, 비번비번비번비번.</summary>
    static bool IsRepetition(string password)
    {
        for (var length = 1; length <= Math.Min(4, password.Length / 2); length++)
        {
            if (Enumerable.Range(length, password.Length - length).All(i => password[i] == password[i % length]))
                return true;
        }
        return false;
    }

    /// <summary>12345678, 87654321, abcdefgh, 가나다라… is in the list.</summary>
    static bool IsRun(string password) =>
        password.Length > 1 && (password.Zip(password.Skip(1)).All(pair => pair.Second - pair.First == 1)
            || password.Zip(password.Skip(1)).All(pair => pair.First - pair.Second == 1));
}
