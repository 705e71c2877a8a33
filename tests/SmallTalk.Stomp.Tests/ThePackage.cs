using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml.Linq;

namespace SmallTalk.Stomp.Tests;

/// <summary>What `dotnet pack` makes of the sources as they lie here, in a repository with an origin, as a release has one.</summary>
public sealed class ThePackage : IAsyncLifetime
{
    static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    readonly string _folder = Directory.CreateTempSubdirectory("smalltalk-pack-").FullName;
    string _commit = "";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));
        foreach (var name in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig" })
            File.Copy(Path.Combine(root, name), Path.Combine(_folder, name));
        var sources = Path.Combine(root, "src/SmallTalk.Stomp");
        foreach (var file in Directory.EnumerateFiles(sources, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(sources, file);
            if (name.StartsWith("bin/", StringComparison.Ordinal) || name.StartsWith("obj/", StringComparison.Ordinal))
                continue;
            var target = Path.Combine(_folder, "src/SmallTalk.Stomp", name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, ".gitignore"), "bin/\nobj/\nout/\n", Ct);
        await RunAsync("git", "init", "-q");
        await RunAsync("git", "add", ".");
        await RunAsync("git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "Release");
        await RunAsync("git", "remote", "add", "origin", "https://github.com/example/smalltalk.git");
        _commit = (await RunAsync("git", "rev-parse", "HEAD")).Trim();
        await RunAsync("dotnet", "pack", "src/SmallTalk.Stomp", "-c", "Release", "-o", "out", "-v", "q", "--nologo");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Says_what_it_is_and_leads_a_debugger_to_its_sources()
    {
        await using var package = await ZipFile.OpenReadAsync(Directory.GetFiles(Path.Combine(_folder, "out"), "*.nupkg").Single(), Ct);
        await using var symbols = await ZipFile.OpenReadAsync(Directory.GetFiles(Path.Combine(_folder, "out"), "*.snupkg").Single(), Ct);

        var files = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("lib/net10.0/SmallTalk.Stomp.xml", files);
        Assert.Contains("README.md", files);
        Assert.DoesNotContain(files, name => name.EndsWith(".pdb", StringComparison.Ordinal) || name.Contains("PublicAPI", StringComparison.Ordinal));

        var nuspec = XDocument.Parse(Encoding.UTF8.GetString(Read(package, "SmallTalk.Stomp.nuspec")).TrimStart('\uFEFF')).Root!.Elements().Single();
        string? Says(string name) => nuspec.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
        Assert.Equal(("MIT", "README.md", "SmallTalk contributors"), (Says("license"), Says("readme"), Says("authors")));
        Assert.Contains("stomp", Says("tags"), StringComparison.Ordinal);
        var repository = nuspec.Elements().Single(element => element.Name.LocalName == "repository");
        Assert.Equal(("https://github.com/example/smalltalk.git", _commit), (repository.Attribute("url")?.Value, repository.Attribute("commit")?.Value));
        Assert.DoesNotContain(nuspec.Descendants(), element => element.Name.LocalName == "dependency");
        Assert.Equal(
            "Microsoft.AspNetCore.App",
            nuspec.Descendants().Single(element => element.Name.LocalName == "frameworkReference").Attribute("name")!.Value);

        using var assembly = new PEReader(new MemoryStream(Read(package, "lib/net10.0/SmallTalk.Stomp.dll")));
        Assert.Contains(assembly.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
        using var pdb = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Read(symbols, "lib/net10.0/SmallTalk.Stomp.pdb")));
        var reader = pdb.GetMetadataReader();
        var link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Single(info => reader.GetGuid(info.Kind) == SourceLink);
        Assert.Contains($"https://raw.githubusercontent.com/example/smalltalk/{_commit}/*", Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value)), StringComparison.Ordinal);
        Assert.All(
            reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name)),
            name => Assert.StartsWith("/_/", name, StringComparison.Ordinal)); // nothing of the machine that made it
    }

    static byte[] Read(ZipArchive archive, string name)
    {
        using var stream = archive.GetEntry(name)!.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromMinutes(5));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}\n{await output}\n{await errors}");
        return await output;
    }

    static string ThisFile([CallerFilePath] string path = "") => path;
}
