using System.Diagnostics;
using System.Globalization;
using HdrHistogram;

namespace SmallTalk.Load;

/// <summary>What all readers saw. One thread counts: see <see cref="Connection"/>.</summary>
sealed class Tally
{
    readonly LongHistogram _delays = new(TimeSpan.FromMinutes(2).Ticks, 3);

    public long Deliveries { get; private set; }

    public long Gaps { get; private set; }

    /// <summary>Came again, or behind a later one.</summary>
    public long Repeats { get; private set; }

    public bool IsCounting { get; set; }

    public void Count(long last, Payload payload)
    {
        Deliveries++;
        if (payload.Number > last + 1)
            Gaps += payload.Number - last - 1;
        else if (payload.Number <= last)
            Repeats++;
        if (IsCounting)
            _delays.RecordValue(Math.Clamp(Stopwatch.GetElapsedTime(payload.SentAt).Ticks, 1, _delays.HighestTrackableValue));
    }

    public double DelayMilliseconds(double percentile) =>
        _delays.TotalCount == 0 ? 0 : TimeSpan.FromTicks(_delays.GetValueAtPercentile(percentile)).TotalMilliseconds;
}

sealed class Room(int index)
{
    public int Index => index;

    public int Readers { get; set; }

    public long Sent { get; set; }

    public long Acknowledged { get; set; }

    public long Delivered { get; set; }
}

/// <summary>Somebody connected, greeted and, if he reads, subscribed.</summary>
/// <param name="isOnItsOwn">Whether it has a thread of its own: see <see cref="Load.Connection"/>.</param>
abstract class Client(bool isOnItsOwn = false) : IListener, IDisposable
{
    readonly TaskCompletionSource _welcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected Connection? Connection { get; private set; }

    protected virtual int? KernelBufferBytes => null;

    public long BytesReceived => Connection?.BytesReceived ?? 0;

    public string? Ended => Connection?.Ended;

    public async Task EnterAsync(Profile profile, int person, int? room, int bufferBytes, CancellationToken ct, long? after = null)
    {
        Connection = new Connection(profile, this, bufferBytes, isOnItsOwn) { KernelBufferBytes = KernelBufferBytes };
        Connection.OnEnded = ended =>
        {
            var gone = new InvalidDataException(ended.Ended);
            _welcome.TrySetException(gone);
            _subscribed.TrySetException(gone);
        };
        await Connection.ConnectAsync(ct);
        Connection.Send(profile.Hello(person));
        await _welcome.Task.WaitAsync(TimeSpan.FromSeconds(60), ct);
        if (room is not { } index)
            return;
        Connection.Send(profile.Subscribe(index, after));
        await _subscribed.Task.WaitAsync(TimeSpan.FromSeconds(60), ct);
    }

    public void Welcome() => _welcome.TrySetResult();

    public void Done(ReadOnlySpan<byte> name)
    {
        if (!_subscribed.TrySetResult())
            Acknowledged(name);
        else if (!name.SequenceEqual("sub"u8))
            Acknowledged(name);
    }

    public virtual void Delivered(ReadOnlySpan<byte> message)
    {
    }

    public void Cut() => Connection?.Cut();

    public void Dispose() => Connection?.Dispose();

    protected virtual void Acknowledged(ReadOnlySpan<byte> name)
    {
    }
}

sealed class Reader(Room room, Tally tally, Action<Room> delivered) : Client
{
    public long Last { get; private set; }

    public override void Delivered(ReadOnlySpan<byte> message)
    {
        if (!Payload.TryFind(message, out var payload))
            return; // who comes and goes
        tally.Count(Last, payload);
        Last = Math.Max(Last, payload.Number);
        room.Delivered++;
        delivered(room);
    }
}

/// <summary>Writes to its rooms.</summary>
sealed class Sender(Profile profile, int textLength, Action<Room> acknowledged) : Client
{
    readonly Dictionary<int, Room> _rooms = [];

    public void Add(Room room) => _rooms[room.Index] = room;

    public void Post(Room room, int count)
    {
        if (count == 1)
        {
            Connection!.Send(Next(room));
            return;
        }
        using var together = new MemoryStream();
        for (var i = 0; i < count; i++)
            together.Write(Next(room));
        Connection!.Send(together.GetBuffer().AsSpan(0, (int)together.Length));
    }

    protected override void Acknowledged(ReadOnlySpan<byte> name)
    {
        var dot = name.IndexOf((byte)'.');
        var room = _rooms[int.Parse(name[..dot], CultureInfo.InvariantCulture)];
        room.Acknowledged++;
        acknowledged(room);
    }

    byte[] Next(Room room)
    {
        var number = ++room.Sent;
        return profile.Post(room.Index, string.Create(CultureInfo.InvariantCulture, $"{room.Index}.{number}"), Payload.Text(number, textLength));
    }
}
