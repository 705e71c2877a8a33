using System.Diagnostics;
using System.Globalization;

namespace SmallTalk.Load;

/// <summary>A crowd in many rooms is cut at once and comes back at once, each from the version that it had seen, while others write
/// and read on. Afterwards everybody must have everything once and in order.</summary>
sealed class Storm(Profile profile, Storm.Plan plan, ServerProcess server, TextWriter progress)
{
    const int Senders = 10;

    /// <param name="Clients">Who are cut.</param>
    /// <param name="Rooms">In which they are, evenly.</param>
    /// <param name="PerSecond">How many messages come meanwhile, in all rooms together.</param>
    /// <param name="Spread">Over how long they come back; the web client spreads itself by jitter.</param>
    /// <param name="AreMembers">Whether they have joined their room, or look in from outside.</param>
    public sealed record Plan(int Clients, int Rooms, double PerSecond, TimeSpan Spread, bool AreMembers);

    readonly Tally _others = new();
    readonly Tally _tally = new();
    Room[] _rooms = [];
    Seat[] _seats = [];
    SteadySender[] _senders = [];
    Witness[] _witnesses = [];

    /// <summary>One of the crowd, over all its connections.</summary>
    sealed class Seat(Room room, int person)
    {
        long _last;

        public Room Room => room;

        public int Person => person;

        public Returning? Client { get; set; }

        public long Last
        {
            get => Volatile.Read(ref _last);
            set => Volatile.Write(ref _last, value);
        }

        public long Version { get; set; }
    }

    /// <summary>One connection of it.</summary>
    sealed class Returning(Seat seat, Tally tally) : Client
    {
        static ReadOnlySpan<byte> VersionName => "\"version\":"u8;

        public override void Delivered(ReadOnlySpan<byte> message)
        {
            if (!Payload.TryFind(message, out var payload))
                return;
            tally.Count(seat.Last, payload);
            seat.Last = Math.Max(seat.Last, payload.Number);
            var digits = message[(message.IndexOf(VersionName) + VersionName.Length)..];
            seat.Version = long.Parse(digits[..digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9')], CultureInfo.InvariantCulture);
        }
    }

    public async Task<string> RunAsync(TimeSpan warm, TimeSpan calm, CancellationToken ct)
    {
        await PrepareAsync(ct);
        using var reads = new StoreReads(server.Id);
        await using (var pacing = new Pacing(plan.PerSecond, i => _senders[i % Senders].Post(_rooms[i % plan.Rooms])))
        {
            progress.WriteLine($"calm for {(warm + calm).TotalSeconds:F0} s");
            await Task.Delay(warm, ct);
            var (calmFrom, readsBefore, cpuBefore) = (Stopwatch.GetTimestamp(), await reads.CountAsync(ct), server.CpuSeconds);
            await Task.Delay(calm, ct);
            var (readsAtCut, cpuAtCut) = (await reads.CountAsync(ct), server.CpuSeconds);
            var calmSeconds = Stopwatch.GetElapsedTime(calmFrom).TotalSeconds;

            var cutAt = Stopwatch.GetTimestamp();
            foreach (var seat in _seats)
                seat.Client!.Dispose();
            var cutFor = Stopwatch.GetElapsedTime(cutAt).TotalSeconds;
            var whole = new List<double>(_seats.Length);
            await Task.WhenAll(_seats.Select(async (seat, i) =>
            {
                await Task.Delay(plan.Spread * ((double)i / _seats.Length), ct);
                var missed = seat.Room.Acknowledged;
                await EnterAsync(seat, seat.Version, ct);
                while (seat.Last < missed) // acknowledged, and not with the fan-out yet
                    await Task.Delay(5, ct);
                lock (whole)
                    whole.Add(Stopwatch.GetElapsedTime(cutAt).TotalSeconds);
            }));
            var wholeAt = Stopwatch.GetTimestamp();
            var cpuInStorm = server.CpuSeconds - cpuAtCut;
            var readsInStorm = await reads.CountAsync(ct) - readsAtCut;
            progress.WriteLine("all are back");
            await pacing.DisposeAsync();
            var behind = await SettleAsync(ct);
            whole.Sort();
            var trouble = _seats.Select(seat => seat.Client!.Ended).Concat(_senders.Select(s => s.Ended)).Concat(_witnesses.Select(w => w.Ended)).FirstOrDefault(ended => ended is not null);
            return string.Create(CultureInfo.InvariantCulture, $"""
                {plan.Clients:N0} clients in {plan.Rooms} rooms, cut at once ({cutFor:F1} s), back within {plan.Spread.TotalSeconds:F0} s; {plan.PerSecond:F0} messages/s meanwhile
                | | calm | storm |
                |---|---|---|
                | readers that were not cut, p50 / p99 / worst ms | {Line(_witnesses.Select(w => w.Delays), calmFrom, cutAt)} | {Line(_witnesses.Select(w => w.Delays), cutAt, wholeAt)} |
                | RECEIPTs, p50 / p99 / worst ms | {Line(_senders.Select(s => s.Delays), calmFrom, cutAt)} | {Line(_senders.Select(s => s.Delays), cutAt, wholeAt)} |
                | store reads | {(readsAtCut - readsBefore) / calmSeconds:F1} a second | {readsInStorm:F0} in all |
                | server CPU | {(cpuAtCut - cpuBefore) / calmSeconds:P0} | {cpuInStorm:F2} s |

                whole: half after {whole[whole.Count / 2]:F2} s, the last after {whole[^1]:F2} s
                gaps {_tally.Gaps + _others.Gaps}, repeats {_tally.Repeats + _others.Repeats}, behind in the end {behind}{(trouble is null ? "" : ", trouble: " + trouble)}
                """);
        }
    }

    static string Line(IEnumerable<Delays> delays, long from, long to)
    {
        var all = delays.ToList();
        return string.Create(CultureInfo.InvariantCulture,
            $"{Delays.Percentile(all, 50, from, to):F1} / {Delays.Percentile(all, 99, from, to):F1} / {Delays.Percentile(all, 100, from, to):F1}");
    }

    async Task PrepareAsync(CancellationToken ct)
    {
        _rooms = [.. Enumerable.Range(0, plan.Rooms).Select(i => new Room(i))];
        var first = Senders + plan.Rooms;
        progress.WriteLine($"{first + plan.Clients} people sign up");
        await profile.PrepareAsync(plan.Rooms, first + plan.Clients, ct);
        _senders = [.. Enumerable.Range(0, Senders).Select(_ => new SteadySender(profile))];
        for (var i = 0; i < Senders; i++)
        {
            for (var room = i; room < plan.Rooms; room += Senders)
                await profile.JoinAsync(room, i, ct);
            await _senders[i].EnterAsync(profile, i, room: null, 0, ct);
        }
        _witnesses = [.. _rooms.Select(_ => new Witness(_others, isOnItsOwn: true))];
        foreach (var room in _rooms)
            await _witnesses[room.Index].EnterAsync(profile, Senders + room.Index, room.Index, 0, ct);
        _seats = [.. Enumerable.Range(0, plan.Clients).Select(i => new Seat(_rooms[i % plan.Rooms], first + i))];
        var many = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct };
        if (plan.AreMembers)
        {
            progress.WriteLine("they join");
            await Parallel.ForEachAsync(_seats, many, async (seat, ct) => await profile.JoinAsync(seat.Room.Index, seat.Person, ct));
        }
        progress.WriteLine("they come");
        await Parallel.ForEachAsync(_seats, many, async (seat, ct) => await EnterAsync(seat, null, ct));
    }

    Task EnterAsync(Seat seat, long? after, CancellationToken ct)
    {
        seat.Client = new Returning(seat, _tally);
        return seat.Client.EnterAsync(profile, seat.Person, seat.Room.Index, 0, ct, after);
    }

    /// <returns>How many have not got everything after a while.</returns>
    async Task<int> SettleAsync(CancellationToken ct)
    {
        var behind = 0;
        for (var i = 0; i < 100; i++)
        {
            behind = _seats.Count(seat => seat.Last < seat.Room.Sent) + _witnesses.Where((witness, room) => witness.Last < _rooms[room].Sent).Count()
                + _senders.Sum(sender => sender.Waiting);
            if (behind == 0)
                break;
            await Task.Delay(100, ct);
        }
        return behind;
    }
}
