using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace SmallTalk.Stomp.Tests.Conformance;

public partial class EveryStatement
{
    [Fact]
    public void Has_a_test_that_is_named_by_it()
    {
        var tested = Named();

        Assert.Equal(StatementIds().Count, StatementIds().Distinct().Count());
        Assert.Empty(StatementIds().Except(tested.Keys));
    }

    [Fact]
    public void Is_what_every_id_in_the_name_of_a_test_means() =>
        Assert.Empty(Named().Keys.Except(StatementIds()));

    static Dictionary<string, List<string>> Named() => typeof(EveryStatement).Assembly.GetTypes().Where(type => !type.IsAbstract)
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
        .Where(method => method.IsDefined(typeof(FactAttribute), inherit: true))
        .SelectMany(method => Id().Matches(method.Name).Select(match => (Id: match.Groups["id"].Value.Replace('_', '-'), Name: $"{method.ReflectedType!.Name}.{method.Name}")))
        .GroupBy(entry => entry.Id).ToDictionary(group => group.Key, group => group.Select(entry => entry.Name).ToList());

    static List<string> StatementIds([CallerFilePath] string here = "") =>
        [.. StatementRow().Matches(File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "statements.md"))).Select(match => match.Groups["id"].Value)];

    [GeneratedRegex(@"(?<![A-Za-z0-9])(?<id>S1[0-2]_\d\d|AMB_\d\d|K\d\d)(?=_)", RegexOptions.ExplicitCapture)]
    private static partial Regex Id();

    [GeneratedRegex(@"^\| (?<id>S1[0-2]-\d\d|AMB-\d\d|K\d\d) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex StatementRow();
}
