using System.Runtime.CompilerServices;
using SmallTalk.Fuzz;

namespace SmallTalk.Stomp.Tests;

/// <summary>What fuzzing once found worth keeping is read in every run; a finding that is added there is a test from then on.</summary>
public class TheFuzzCorpus
{
    [Theory]
    [InlineData("stomp", 40)]
    [InlineData("websocket", 14)]
    public void Is_read_as_the_oracle_reads_it(string target, int atLeast)
    {
        var files = Directory.GetFiles(Path.Combine(Root(), "fuzz", "corpus", target));

        Assert.True(files.Length >= atLeast, $"{files.Length} inputs");
        foreach (var file in files)
        {
            try
            {
                Targets.Of(target)(File.ReadAllBytes(file));
            }
            catch (Exception e)
            {
                Assert.Fail($"{file}: {e}");
            }
        }
    }

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
