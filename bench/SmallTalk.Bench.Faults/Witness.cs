using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using SmallTalk.Stomp;

namespace SmallTalk.Bench.Faults;

/// <summary>Knows every message that was acknowledged, and what each reader was shown. Whatever breaks a promise is written down.</summary>
sealed class Witness
{
    readonly ConcurrentDictionary<(Guid Room, string ClientId), long> _acknowledged = new();
    readonly ConcurrentDictionary<Guid, long> _newest = new();

    public ConcurrentQueue<string> Broken { get; } = new();

    public int Acknowledged => _acknowledged.Count;

    public void Acknowledge(Guid room, string clientId, long seq)
    {
        if (!_acknowledged.TryAdd((room, clientId), seq))
            Broken.Enqueue($"{clientId} was acknowledged twice");
        _newest.AddOrUpdate(room, seq, (_, old) => Math.Max(old, seq));
    }

    public long NewestOf(Guid room) => _newest.GetValueOrDefault(room);

    /// <summary>What is stored against what was acknowledged and what each reader saw.</summary>
    public void Compare(Guid room, IReadOnlyList<(long Seq, string ClientId)> stored, IEnumerable<Reader> readers)
    {
        for (var i = 0; i < stored.Count; i++)
        {
            if (stored[i].Seq != i + 1)
                Broken.Enqueue($"room {room}: after {i} comes {stored[i].Seq}");
        }
        var places = stored.ToLookup(message => message.ClientId, message => message.Seq, StringComparer.Ordinal);
        foreach (var twice in places.Where(seqs => seqs.Count() > 1))
            Broken.Enqueue($"{twice.Key} is stored as {string.Join(" and ", twice)}");
        foreach (var ((_, clientId), seq) in _acknowledged.Where(each => each.Key.Room == room))
        {
            if (!places[clientId].Contains(seq))
                Broken.Enqueue($"LOST: {clientId} was acknowledged as {seq} and is stored as '{string.Join(",", places[clientId])}'");
        }
        foreach (var reader in readers.Where(reader => reader.Room == room))
        {
            foreach (var (seq, clientId) in reader.Seen)
            {
                if (seq > stored.Count || stored[(int)seq - 1].ClientId != clientId)
                    Broken.Enqueue($"{reader.Name} was shown {clientId} as {seq}");
            }
        }
    }
}

/// <summary>Goes from node to node until one has it.</summary>
abstract class Client(string name, IReadOnlyList<Node> nodes, string token, int first)
{
    int _turn = first;

    public string Name => name;

    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var node = nodes[_turn++ % nodes.Count];
            try
            {
                await using var client = await StompClient.ConnectAsync(
                    new Uri(node.Address.ToString().Replace("http", "ws", StringComparison.Ordinal) + "ws"),
                    new StompClientOptions
                    {
                        BearerToken = token,
                        RefusalDestination = "/user/queue/errors",
                        Timeout = TimeSpan.FromSeconds(4),
                        HeartBeatReceive = TimeSpan.FromSeconds(1),
                    },
                    ct);
                await TalkAsync(client, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                await Task.Delay(100, CancellationToken.None); // the next node, then
            }
        }
    }

    protected abstract Task TalkAsync(StompClient client, CancellationToken ct);
}

/// <summary>Says one message after the other, each as often as it takes until it is acknowledged.</summary>
sealed class Writer(string name, Guid room, Witness witness, IReadOnlyList<Node> nodes, string token, int first) : Client(name, nodes, token, first)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    int _said;

    protected override async Task TalkAsync(StompClient client, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var clientId = string.Create(CultureInfo.InvariantCulture, $"{Name}-{_said}");
            var receipt = await client.SendAsync(
                $"/app/rooms/{room}/messages", JsonSerializer.SerializeToUtf8Bytes(new { clientId, text = $"글 {clientId}" }), "application/json",
                ct: CancellationToken.None); // what is under way is waited for
            witness.Acknowledge(room, clientId, long.Parse(receipt["seq"]!, CultureInfo.InvariantCulture));
            _said++;
            await Task.Delay(Pause, ct);
        }
    }
}

/// <summary>Follows a room, and says after each reconnect what it has.</summary>
sealed class Reader(string name, Guid room, Witness witness, IReadOnlyList<Node> nodes, string token, int first) : Client(name, nodes, token, first)
{
    readonly List<(long Seq, string ClientId)> _seen = [];
    string? _epoch;
    long _version;

    public Guid Room => room;

    public long Version => Volatile.Read(ref _version);

    public IReadOnlyList<(long Seq, string ClientId)> Seen => _seen;

    protected override async Task TalkAsync(StompClient client, CancellationToken ct)
    {
        var options = new StompSubscribeOptions { Headers = { ["after"] = _version.ToString(CultureInfo.InvariantCulture) } };
        if (_epoch is not null)
            options.Headers["epoch"] = _epoch;
        var subscription = await client.SubscribeAsync($"/topic/rooms/{room}", options, ct);
        _epoch = subscription.Receipt!["epoch"];
        await foreach (var frame in subscription.WithCancellation(ct))
            Take(JsonDocument.Parse(frame.Body).RootElement);
    }

    void Take(JsonElement frame)
    {
        var type = frame.GetProperty("type").GetString();
        if (type == "reset")
            witness.Broken.Enqueue($"{Name} was told to begin anew at {_version}");
        if (type != "message")
            return;
        var version = frame.GetProperty("version").GetInt64();
        if (version != _version + 1)
            witness.Broken.Enqueue($"{Name}: after version {_version} came {version}");
        _seen.Add((frame.GetProperty("seq").GetInt64(), frame.GetProperty("clientId").GetString()!));
        Volatile.Write(ref _version, version);
    }
}
