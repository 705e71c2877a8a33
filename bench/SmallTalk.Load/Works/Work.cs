using System.Diagnostics;

namespace SmallTalk.Load;

/// <summary>One measured run.</summary>
sealed record Result(string Profile, string Work)
{
    public double Seconds { get; init; }

    public double CpuSeconds { get; init; }

    public double DeliveriesPerSecond { get; init; }

    public double DeliveriesPerCpuSecond { get; init; }

    public double AcknowledgedPerSecond { get; init; }

    public double P50 { get; init; }

    public double P99 { get; init; }

    public double BytesPerDelivery { get; init; }

    public long Gaps { get; init; }

    public long Repeats { get; init; }

    public double KiBPerConnection { get; init; }

    public string? Trouble { get; init; }
}

/// <summary>How much of what.</summary>
sealed record Size(int Rooms, int ReadersPerRoom, int Senders, int Window, double? PerSecond)
{
    public static Size Of(string work) => work switch
    {
        "a" => new(10, 100, 10, 16, null),
        "b" => new(1, 1_000, 1, 1, 20),
        "c" => new(500, 2, 100, 4, null),
        "d" => new(10, 500, 0, 0, null),
        "e" => new(500, 0, 100, 4, null),
        "f" => new(1, 0, 1, 1, null),
        _ => throw new ArgumentOutOfRangeException(nameof(work), work, "a to f"),
    };
}

/// <summary>Readers who watch, senders who write: as fast as they are acknowledged (and read: what outruns the readers measures the
/// length of a queue), or so many a second.</summary>
sealed class Work(Profile profile, string profileName, string name, Size size, ServerProcess server, TextWriter progress)
{
    readonly Tally _tally = new();
    readonly List<Reader> _readers = [];
    readonly List<Sender> _senders = [];
    readonly Dictionary<int, Sender> _senderOf = [];
    volatile bool _isRunning;

    public async Task<Result> RunAsync(TimeSpan warm, TimeSpan counted, CancellationToken ct)
    {
        var rooms = Enumerable.Range(0, size.Rooms).Select(i => new Room(i) { Readers = size.ReadersPerRoom }).ToArray();
        var people = (size.Rooms * size.ReadersPerRoom) + size.Senders;
        progress.WriteLine($"{profileName} {name}: {people} people, {size.Rooms} rooms");
        await profile.PrepareAsync(size.Rooms, people, ct);
        await EnterSendersAsync(rooms, ct);
        var restKiB = server.ResidentKiB;
        await EnterReadersAsync(rooms, ct);
        if (size.Senders == 0)
        {
            await Task.Delay(counted, ct);
            return new Result(profileName, name)
            {
                KiBPerConnection = (server.ResidentKiB - restKiB) / _readers.Count,
                Seconds = counted.TotalSeconds,
                Trouble = FirstTrouble(),
            };
        }

        _isRunning = true;
        var pacing = size.PerSecond is { } rate ? PaceAsync(rooms[0], rate, ct) : Task.CompletedTask;
        if (size.PerSecond is null)
            Array.ForEach(rooms, Pump);
        await WatchAsync(warm, "warming", ct);
        _tally.IsCounting = true;
        var (started, cpu, deliveries, acknowledged, bytes) =
            (Stopwatch.GetTimestamp(), server.CpuSeconds, _tally.Deliveries, rooms.Sum(room => room.Acknowledged), _readers.Sum(r => r.BytesReceived));
        await WatchAsync(counted, "counting", ct);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (cpu, deliveries, acknowledged, bytes) =
            (server.CpuSeconds - cpu, _tally.Deliveries - deliveries, rooms.Sum(room => room.Acknowledged) - acknowledged, _readers.Sum(r => r.BytesReceived) - bytes);
        _tally.IsCounting = _isRunning = false;
        await pacing;
        return new Result(profileName, name)
        {
            Seconds = seconds,
            CpuSeconds = cpu,
            DeliveriesPerSecond = deliveries / seconds,
            DeliveriesPerCpuSecond = deliveries / cpu,
            AcknowledgedPerSecond = acknowledged / seconds,
            P50 = _tally.DelayMilliseconds(50),
            P99 = _tally.DelayMilliseconds(99),
            BytesPerDelivery = (double)bytes / Math.Max(1, deliveries),
            Gaps = _tally.Gaps,
            Repeats = _tally.Repeats,
            Trouble = FirstTrouble(),
        };
    }

    async Task EnterSendersAsync(Room[] rooms, CancellationToken ct)
    {
        for (var i = 0; i < size.Senders; i++)
        {
            var sender = new Sender(profile, profile.TextLength, PumpOne);
            _senders.Add(sender);
            await sender.EnterAsync(profile, i, room: null, 0, ct);
        }
        foreach (var room in rooms.Where(_ => size.Senders > 0))
        {
            var index = room.Index % size.Senders;
            _senders[index].Add(room);
            _senderOf[room.Index] = _senders[index];
            await profile.JoinAsync(room.Index, index, ct);
        }
    }

    async Task EnterReadersAsync(Room[] rooms, CancellationToken ct)
    {
        _readers.AddRange(rooms.SelectMany(room => Enumerable.Range(0, size.ReadersPerRoom).Select(_ => new Reader(room, _tally, Delivered))));
        var buffer = size.Senders == 0 ? 0 : 64 * 1024;
        await Parallel.ForAsync(0, _readers.Count, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct }, async (i, ct) =>
            await _readers[i].EnterAsync(profile, size.Senders + i, i / size.ReadersPerRoom, buffer, ct));
    }

    void Delivered(Room room)
    {
        if (room.Delivered % (room.Readers * 2) == 0)
            PumpOne(room);
    }

    void PumpOne(Room room)
    {
        if (_isRunning && size.PerSecond is null)
            Pump(room);
    }

    void Pump(Room room)
    {
        lock (room)
        {
            var ahead = room.Sent - room.Acknowledged;
            if (room.Readers > 0)
                ahead = Math.Max(ahead, room.Sent - (room.Delivered / room.Readers) - (2 * size.Window));
            if (ahead <= size.Window / 2)
                _senderOf[room.Index].Post(room, (int)(size.Window - Math.Max(0, ahead)));
        }
    }

    async Task PaceAsync(Room room, double rate, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate));
        while (_isRunning && await timer.WaitForNextTickAsync(ct))
            _senderOf[room.Index].Post(room, 1);
    }

    async Task WatchAsync(TimeSpan time, string what, CancellationToken ct)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var before = _tally.Deliveries;
        while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), end) is { Ticks: > 0 } left)
        {
            await Task.Delay(left > TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : left, ct);
            progress.Write($"\r{what}, {left.TotalSeconds,3:F0} s left, {(_tally.Deliveries - before) / 1000.0,7:F0} k deliveries/s   ");
            before = _tally.Deliveries;
        }
        progress.WriteLine();
    }

    string? FirstTrouble() => _readers.Cast<Client>().Concat(_senders).Select(client => client.Ended).FirstOrDefault(ended => ended is not null);
}
