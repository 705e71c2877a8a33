using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using SmallTalk.Testing;

namespace SmallTalk.Bench.Faults;

/// <summary>Breaks what a cluster rests on, again and again under load, and looks whether a promise broke with it. Run by bench/faults.sh.</summary>
static class Program
{
    const int Nodes = 3;
    const int Rooms = 3;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    static async Task<int> Main(string[] args)
    {
        var faults = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 30;
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount;
        var folder = Directory.CreateTempSubdirectory("smalltalk-faults-").FullName;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{faults} faults, seed {seed}, {Nodes} nodes, {Rooms} rooms; logs in {folder}"));
        using var postgres = new Postgres(folder);
        postgres.Start();
        await using var nats = await TestNats.StartAsync();
        var nodes = Enumerable.Range(1, Nodes).Select(number => new Node(number, folder, Postgres.ConnectionString, postgres.Port, nats)).ToList();
        try
        {
            return await RunAsync(faults, new Random(seed), postgres, nats, nodes) ? 0 : 1;
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    static async Task<bool> RunAsync(int count, Random random, Postgres postgres, TestNats nats, List<Node> nodes)
    {
        await AreReadyAsync(nodes);
        var (rooms, token) = await FoundAsync(nodes[0]);
        var witness = new Witness();
        using var writing = new CancellationTokenSource();
        using var reading = new CancellationTokenSource();
        var writers = Each(rooms, 2, (room, n) => new Writer($"writer-{n}", room, witness, nodes, token, n));
        var readers = Each(rooms, 2, (room, n) => new Reader($"reader-{n}", room, witness, nodes, token, n + 1));
        var talking = writers.ConvertAll(writer => writer.RunAsync(writing.Token));
        var listening = readers.ConvertAll(reader => reader.RunAsync(reading.Token));
        await Task.Delay(TimeSpan.FromSeconds(3));

        var kinds = Fault.Kinds(postgres, nats, nodes, random);
        var slowest = TimeSpan.Zero;
        for (var i = 1; i <= count; i++)
        {
            var mix = Enumerable.Range(0, random.Next(3) == 0 ? 2 : 1).Select(_ => kinds[random.Next(kinds.Count)]).DistinctBy(fault => fault.Name).ToList();
            var names = string.Join(" + ", mix.Select(fault => fault.Name));
            var (said, broken) = (witness.Acknowledged, witness.Broken.Count);
            await Task.WhenAll(mix.Select(fault => fault.HappenAsync()));
            var whole = await WholeAsync(witness, rooms, readers);
            slowest = whole > slowest ? whole : slowest;
            if (whole > Patience)
                witness.Broken.Enqueue(string.Create(CultureInfo.InvariantCulture, $"not whole {whole.TotalSeconds:F1} s after {names}"));
            await AreReadyAsync(nodes);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{i,4}  {names,-40} whole after {whole.TotalSeconds,5:F1} s, {witness.Acknowledged - said,5} acknowledged meanwhile, {witness.Broken.Count - broken} promises broken"));
            await Task.Delay(random.Next(2_000));
        }

        await writing.CancelAsync();
        await Task.WhenAll(talking);
        await WholeAsync(witness, rooms, readers, isWriting: false);
        await reading.CancelAsync();
        await Task.WhenAll(listening);
        using var http = HttpOf(nodes[0], token);
        foreach (var room in rooms)
            witness.Compare(room, [.. (await http.AllMessagesAsync(room)).Select(message => (message.Seq(), message.GetProperty("clientId").GetString()!))], readers);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} faults, {witness.Acknowledged:N0} messages acknowledged, the slowest recovery took {slowest.TotalSeconds:F1} s, {witness.Broken.Count} promises broken"));
        foreach (var promise in witness.Broken.Take(20))
            Console.WriteLine($"BROKEN: {promise}");
        return witness.Broken.IsEmpty;
    }

    static List<T> Each<T>(IReadOnlyList<Guid> rooms, int times, Func<Guid, int, T> make) =>
        [.. Enumerable.Range(0, rooms.Count * times).Select(n => make(rooms[n % rooms.Count], n))];

    /// <summary>How long it takes from now until every reader has all that was acknowledged, and every room takes messages again.</summary>
    static async Task<TimeSpan> WholeAsync(Witness witness, IReadOnlyList<Guid> rooms, List<Reader> readers, bool isWriting = true)
    {
        var begun = Stopwatch.StartNew();
        var before = rooms.ToDictionary(room => room, witness.NewestOf);
        while (begun.Elapsed < TimeSpan.FromSeconds(90))
        {
            if (readers.TrueForAll(reader => reader.Version >= before[reader.Room] + (isWriting ? 1 : 0)))
                break;
            await Task.Delay(20);
        }
        return begun.Elapsed;
    }

    static async Task AreReadyAsync(List<Node> nodes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        foreach (var node in nodes)
            await node.IsReadyAsync(patience.Token);
    }

    static async Task<(IReadOnlyList<Guid> Rooms, string Token)> FoundAsync(Node node)
    {
        using var visitor = new HttpClient { BaseAddress = node.Address };
        var tokens = await (await visitor.PostAsJsonAsync("/api/accounts", new { nickname = "증인", password = TestUser.Password })).JsonAsync();
        var token = tokens.GetProperty("accessToken").GetString()!;
        using var http = HttpOf(node, token);
        var rooms = new List<Guid>();
        for (var i = 0; i < Rooms; i++)
            rooms.Add((await (await http.PostAsJsonAsync("/api/rooms", new { name = "튼튼한 방", category = "sports" })).JsonAsync()).GetProperty("id").GetGuid());
        return (rooms, token);
    }

    static HttpClient HttpOf(Node node, string token)
    {
        var http = new HttpClient { BaseAddress = node.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }
}
