namespace SmallTalk.Server.Hosting;

/// <summary>Where this program stands: in a checkout, run by <c>dotnet run</c>, or published into a folder of its own.</summary>
static class Surroundings
{
    static readonly string? Checkout = FindUpwards(AppContext.BaseDirectory, "SmallTalk.slnx");

    /// <summary>The data folder when none is configured: beside the project or, published, beside the program.</summary>
    public static string DefaultData =>
        Checkout is null ? Path.Combine(AppContext.BaseDirectory, "data") : Path.Combine(Checkout, "src", "SmallTalk.Server", "data");

    /// <summary>The built web client: published with the program, or where its own build leaves it; null when it was not built.</summary>
    public static string? WebClient =>
        new[] { Path.Combine(AppContext.BaseDirectory, "wwwroot"), Checkout is null ? null : Path.Combine(Checkout, "web", "build") }
            .FirstOrDefault(folder => folder is not null && File.Exists(Path.Combine(folder, "index.html")));

    static string? FindUpwards(string folder, string file)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, file)))
                return at.FullName;
        }
        return null;
    }
}
