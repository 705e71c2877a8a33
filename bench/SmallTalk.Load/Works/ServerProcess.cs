using System.Globalization;

namespace SmallTalk.Load;

/// <summary>What the server's process costs, from <c>/proc</c>: in user and kernel, all threads.</summary>
sealed class ServerProcess(int id)
{
    public int Id => id;

    const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    public double CpuSeconds
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    public double ResidentKiB => Status("VmRSS:");

    double Status(string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
