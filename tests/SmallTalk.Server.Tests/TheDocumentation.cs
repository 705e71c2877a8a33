using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SmallTalk.Server.Hosting;
using SmallTalk.Stomp;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests;

/// <summary>What the documents list is what the program has.</summary>
public sealed partial class TheDocumentation
{
    static readonly string Checkout = FindCheckout();
    static readonly Type[] ServerTypes = typeof(Refusal).Assembly.GetTypes();

    [Fact]
    public async Task Lists_every_setting_with_its_default_and_what_is_allowed()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Checkout, "docs", "configuration.md"));

        var missing = Settings().Where(row => !document.Split('\n').Any(line => row.All(cell => line.Contains(cell, StringComparison.Ordinal))));

        Assert.Empty(missing.Select(row => string.Join(" | ", row)));
    }

    [Fact]
    public async Task Lists_no_setting_that_does_not_exist()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Checkout, "docs", "configuration.md"));

        var known = Settings().Select(row => row[0].Trim('`')).ToHashSet(StringComparer.Ordinal);
        var source = await SourceAsync();

        var invented = SettingKey().Matches(document).Select(m => m.Groups["key"].Value)
            .Where(key => !known.Contains(key) && !source.Any(text => text.Contains($"\"{key}\"", StringComparison.Ordinal)));
        Assert.Empty(invented);
    }

    [Fact]
    public async Task Lists_every_refusal_with_its_status()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Checkout, "docs", "problems.md"));

        var missing = Refusals().Select(r => $"| `{r.Code}` | {r.Status} |").Distinct(StringComparer.Ordinal)
            .Where(row => !document.Contains(row, StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    [Fact]
    public async Task Lists_every_code_that_the_source_names()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Checkout, "docs", "problems.md"));
        var codes = new SortedSet<string>(StringComparer.Ordinal);
        codes.UnionWith((await SourceAsync()).SelectMany(text => NewRefusal().Matches(text).Select(m => m.Groups["code"].Value)));

        codes.UnionWith(typeof(StompRefusals).GetFields().Select(f => f.GetValue(null)).OfType<StompRefusal>().Select(r => r.Code));

        Assert.True(codes.Count > 50);
        var missing = codes.Where(code => !document.Contains($"| `{code}` |", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Fact]
    public async Task Describes_the_interface_as_it_is()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        var now = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json"))!.AsObject();
        now.Remove("servers"); // of this run
        var written = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Checkout, "docs", "openapi.json")));

        Assert.True(JsonNode.DeepEquals(written, now), "docs/openapi.json is old: run `npm --prefix web run api`.");
    }

    [Fact]
    public async Task Lists_every_instrument_with_its_unit()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Checkout, "docs", "telemetry.md"));
        var instruments = (await SourceAsync()).SelectMany(text => NewInstrument().Matches(text)).ToList();

        Assert.True(instruments.Count >= 15);
        Assert.All(instruments, m => Assert.Contains($"| `{m.Groups["name"].Value}` | `{m.Groups["unit"].Value}` |", document, StringComparison.Ordinal));
    }

    static IEnumerable<string[]> Settings() =>
        from type in ServerTypes
        where type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetField("Section") is { IsLiteral: true }
        let section = (string)type.GetField("Section")!.GetRawConstantValue()!
        let defaults = Activator.CreateInstance(type)
        from property in type.GetProperties()
        let key = $"{section}:{property.Name}"
        select (string[])[$"`{key}`", $"`{key.Replace(":", "__", StringComparison.Ordinal)}`", .. Default(property, defaults), .. Allowed(property)];

    // The data folder's default depends on where the program stands: the document says how.
    static string[] Default(PropertyInfo property, object? defaults) => property.GetValue(defaults) switch
    {
        bool flag => [flag ? "`true`" : "`false`"],
        TimeSpan time => [$"`{time:c}`"],
        IFormattable value => [$"`{value.ToString(null, CultureInfo.InvariantCulture)}`"],
        _ => [],
    };

    static string[] Allowed(PropertyInfo property) => property.GetCustomAttribute<RangeAttribute>() is { } range
        ? [string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")]
        : [];

    static IEnumerable<Refusal> Refusals() =>
        ServerTypes.SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => f.FieldType == typeof(Refusal) && !f.DeclaringType!.ContainsGenericParameters)
            .Select(f => f.GetValue(null)).OfType<Refusal>()
            .OrderBy(r => r.Code, StringComparer.Ordinal);

    static async Task<IReadOnlyList<string>> SourceAsync()
    {
        var root = Path.Combine(Checkout, "src", "SmallTalk.Server");
        var texts = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories(root).Append(root).Where(f => Path.GetFileName(f) is not ("obj" or "bin" or "data")))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*.cs", folder == root ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
                texts.Add(await File.ReadAllTextAsync(file));
        }
        return texts;
    }

    static string FindCheckout()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "SmallTalk.slnx")))
            at = at.Parent ?? throw new InvalidOperationException("These tests read the documents of the checkout that they run in.");
        return at.FullName;
    }

    [GeneratedRegex("""(new Refusal|new|OfField)\(\s*"(?<code>[a-z]+(-[a-z]+)*)",\s*(StatusCodes\.|\d{3},|"\w+",\s*\$?")""", RegexOptions.ExplicitCapture)]
    private static partial Regex NewRefusal();

    [GeneratedRegex("""\.Create\w+(<\w+>)?\("(?<name>[\w.]+)",( \w+,)? "(?<unit>[^"]+)",""", RegexOptions.ExplicitCapture)]
    private static partial Regex NewInstrument();

    [GeneratedRegex("""\| `(?<key>SmallTalk:[\w:]+)`""", RegexOptions.ExplicitCapture)]
    private static partial Regex SettingKey();
}
