using System.Globalization;

namespace SmallTalk.Load;

/// <summary>What the server's process costs, or several together, from <c>/proc</c>: in user and kernel, all threads.</summary>
sealed class ServerProcess(params IReadOnlyList<int> ids)
{
    const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    /// <summary>The first one's.</summary>
    public int Id => ids[0];

    public double CpuSeconds => ids.Sum(id =>
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    });

    public double ResidentKiB => ids.Sum(id => Status(id, "VmRSS:"));

    static double Status(int id, string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
