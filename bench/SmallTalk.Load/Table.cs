using System.Globalization;
using System.Text;

namespace SmallTalk.Load;

/// <summary>Medians of runs, as Markdown: a row a peer, and by how much SmallTalk is ahead of it.</summary>
static class Table
{
    const string Us = "smalltalk";

    public static string Of(IEnumerable<Result> results)
    {
        var text = new StringBuilder();
        foreach (var work in results.GroupBy(result => result.Work).OrderBy(work => work.Key, StringComparer.Ordinal))
        {
            var peers = work.GroupBy(result => result.Profile).ToDictionary(peer => peer.Key, peer => peer.ToList());
            peers.TryGetValue(Us, out var ours);
            if (work.Key == "d")
                Write(text, work.Key, peers, ours, [("KiB a connection", r => r.KiBPerConnection, "F1")]);
            else if (work.Key is "e" or "f")
                Write(text, work.Key, peers, ours, [("acknowledged/s", r => r.AcknowledgedPerSecond, "N0"), ("µs of CPU each", r => r.CpuSeconds / r.Seconds / r.AcknowledgedPerSecond * 1e6, "F1")]);
            else
                Write(text, work.Key, peers, ours,
                [
                    ("deliveries a CPU-second", r => r.DeliveriesPerCpuSecond, "N0"), ("deliveries/s", r => r.DeliveriesPerSecond, "N0"),
                    ("acknowledged/s", r => r.AcknowledgedPerSecond, "N0"), ("p50 ms", r => r.P50, "F1"), ("p99 ms", r => r.P99, "F1"),
                    ("bytes each", r => r.BytesPerDelivery, "F0"),
                ]);
        }
        return text.ToString();
    }

    static void Write(
        StringBuilder text, string work, Dictionary<string, List<Result>> peers, List<Result>? ours, (string Name, Func<Result, double> Of, string Format)[] columns)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"| {work} | {string.Join(" | ", columns.Select(column => column.Name))} | SmallTalk to it | runs | gaps, repeats |");
        text.AppendLine("|---|" + string.Concat(Enumerable.Repeat("---|", columns.Length + 3)));
        foreach (var (name, runs) in peers)
        {
            var cells = columns.Select(column => Median(runs, column.Of).ToString(column.Format, CultureInfo.InvariantCulture));
            var ratio = ours is null ? "" : (Median(ours, columns[0].Of) / Median(runs, columns[0].Of)).ToString("F2", CultureInfo.InvariantCulture);
            var trouble = runs.Select(run => run.Trouble).FirstOrDefault(trouble => trouble is not null);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {string.Join(" | ", cells)} | {ratio} | {runs.Count} | {runs.Sum(r => r.Gaps)}, {runs.Sum(r => r.Repeats)}{(trouble is null ? "" : "; " + trouble)} |");
        }
        text.AppendLine();
    }

    static double Median(List<Result> runs, Func<Result, double> of)
    {
        var values = runs.Select(of).Order().ToList();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
