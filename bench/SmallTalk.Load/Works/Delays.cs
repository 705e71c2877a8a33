using System.Diagnostics;
using System.Text;

namespace SmallTalk.Load;

/// <summary>How long each thing took that one thread saw, with when it began: so that before and during can be told apart afterwards.</summary>
sealed class Delays
{
    readonly Lock _gate = new();
    readonly List<(long SentAt, long CameAt)> _seen = [];

    public void Add(long sentAt)
    {
        lock (_gate)
            _seen.Add((sentAt, Stopwatch.GetTimestamp()));
    }

    /// <summary>In milliseconds, of all that began between the two timestamps.</summary>
    public static double Percentile(IEnumerable<Delays> all, double percentile, long from, long to)
    {
        var delays = all.SelectMany(some => some.Between(from, to)).Order().ToList();
        return delays.Count == 0 ? 0 : delays[(int)Math.Min(delays.Count - 1, delays.Count * percentile / 100)];
    }

    List<double> Between(long from, long to)
    {
        lock (_gate)
            return [.. _seen.Where(one => one.SentAt >= from && one.SentAt < to).Select(one => Stopwatch.GetElapsedTime(one.SentAt, one.CameAt).TotalMilliseconds)];
    }
}

/// <summary>Reads one room and notes how long each message took to it.</summary>
class Witness(Tally tally, bool isOnItsOwn) : Client(isOnItsOwn)
{
    public Delays Delays { get; } = new();

    public long Last { get; private set; }

    public override void Delivered(ReadOnlySpan<byte> message)
    {
        if (!Payload.TryFind(message, out var payload))
            return;
        lock (tally)
            tally.Count(Last, payload);
        Last = Math.Max(Last, payload.Number);
        Delays.Add(payload.SentAt);
    }
}

/// <summary>Writes at a steady rate and notes how long each RECEIPT took.</summary>
sealed class SteadySender(Profile profile) : Client(isOnItsOwn: true)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, (Room Room, long SentAt)> _waiting = [];

    public Delays Delays { get; } = new();

    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    public void Post(Room room)
    {
        var number = ++room.Sent;
        var name = FormattableString.Invariant($"{room.Index}.{number}");
        var frame = profile.Post(room.Index, name, Payload.Text(number, profile.TextLength));
        lock (_gate)
            _waiting[name] = (room, Stopwatch.GetTimestamp());
        Connection!.Send(frame);
    }

    protected override void Acknowledged(ReadOnlySpan<byte> name)
    {
        lock (_gate)
        {
            if (!_waiting.Remove(Encoding.ASCII.GetString(name), out var post))
                return;
            post.Room.Acknowledged++;
            Delays.Add(post.SentAt);
        }
    }
}

/// <summary>Posts to rooms in turn, so many a second, until it is disposed.</summary>
sealed class Pacing : IAsyncDisposable
{
    readonly Task _loop;
    volatile bool _isRunning = true;

    public Pacing(double perSecond, Action<long> post)
    {
        _loop = Task.Factory.StartNew(() => Run(perSecond, post), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        _isRunning = false;
        await _loop;
    }

    void Run(double perSecond, Action<long> post)
    {
        var started = Stopwatch.GetTimestamp();
        for (long i = 0; _isRunning; i++)
        {
            var wait = TimeSpan.FromSeconds(i / perSecond) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
                Thread.Sleep(wait);
            post(i);
        }
    }
}
