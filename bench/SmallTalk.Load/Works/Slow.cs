using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SmallTalk.Load;

/// <summary>One room with many readers, of which one reads nothing, or too slowly: what the others and the server's memory notice.
/// The calm before and after are measured too, since a run on a shared machine differs from the next by more than one reader.</summary>
sealed class Slow(Profile profile, int readers, double perSecond, ServerProcess server, TextWriter progress)
{
    readonly Tally _tally = new();
    readonly List<Witness> _readers = [];

    /// <summary>It reads at its own pace; its kernel keeps little for it.</summary>
    sealed class Sluggard(Tally tally) : Witness(tally, isOnItsOwn: true)
    {
        protected override int? KernelBufferBytes => 4 * 1024;

        public void SlowDown(int bytesPerSecond) => Connection!.BytesPerSecond = bytesPerSecond;

        public void HurryUp() => Connection!.BytesPerSecond = null;
    }

    public async Task<string> RunAsync(TimeSpan warm, TimeSpan counted, CancellationToken ct)
    {
        var room = new Room(0);
        progress.WriteLine($"{readers + 2} people sign up");
        await profile.PrepareAsync(1, readers + 2, ct);
        var sender = new SteadySender(profile);
        await sender.EnterAsync(profile, 0, room: null, 0, ct);
        _readers.AddRange(Enumerable.Range(0, readers).Select(_ => new Witness(_tally, isOnItsOwn: false)));
        await Parallel.ForAsync(0, readers, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct }, async (i, ct) =>
            await _readers[i].EnterAsync(profile, 2 + i, 0, 0, ct));
        var text = new StringBuilder();
        await using var pacing = new Pacing(perSecond, _ => sender.Post(room));
        await Task.Delay(warm, ct);
        text.AppendLine(CultureInfo.InvariantCulture, $"1 room, {readers:N0} readers, {perSecond:F0} messages/s, {counted.TotalSeconds:F0} s each");
        text.AppendLine("| one of them | others' p50 / p99 ms | server CPU | memory grew by | what became of it |").AppendLine("|---|---|---|---|---|");
        foreach (var (what, bytesPerSecond) in new[] { ("none", (int?)null), ("reads nothing", 0), ("none", null), ("reads 1 KiB/s", 1024), ("none", null) })
            text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {await MeasureAsync(what, bytesPerSecond, counted, ct)} |");
        await pacing.DisposeAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), ct);
        var trouble = _readers.Select(reader => reader.Ended).Append(sender.Ended).FirstOrDefault(ended => ended is not null);
        text.Append(CultureInfo.InvariantCulture, $"\ngaps {_tally.Gaps}, repeats {_tally.Repeats}, behind in the end {_readers.Count(reader => reader.Last < room.Sent)}{(trouble is null ? "" : ", trouble: " + trouble)}");
        return text.ToString();
    }

    async Task<string> MeasureAsync(string what, int? bytesPerSecond, TimeSpan counted, CancellationToken ct)
    {
        progress.WriteLine($"slow reader: {what}, {counted.TotalSeconds:F0} s");
        Sluggard? sluggard = null;
        if (bytesPerSecond is { } rate)
        {
            sluggard = new Sluggard(new Tally());
            await sluggard.EnterAsync(profile, 1, 0, 0, ct);
            sluggard.SlowDown(rate);
        }
        var (from, cpu, rest, peak) = (Stopwatch.GetTimestamp(), server.CpuSeconds, server.ResidentKiB, 0.0);
        while (Stopwatch.GetElapsedTime(from) < counted)
        {
            await Task.Delay(100, ct);
            peak = Math.Max(peak, server.ResidentKiB);
        }
        var (to, seconds) = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(from).TotalSeconds);
        var delays = _readers.Select(reader => reader.Delays).ToList();
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{Delays.Percentile(delays, 50, from, to):F1} / {Delays.Percentile(delays, 99, from, to):F1} | {(server.CpuSeconds - cpu) / seconds:P0} | {peak - rest:F0} KiB");
        if (sluggard is null)
            return line + " |";
        sluggard.HurryUp(); // and hears what it was told
        for (var i = 0; i < 50 && sluggard.Ended is null; i++)
            await Task.Delay(100, ct);
        line += $" | {sluggard.Ended ?? "still there"}, got {sluggard.BytesReceived / 1024:N0} KiB";
        sluggard.Dispose();
        return line;
    }
}
