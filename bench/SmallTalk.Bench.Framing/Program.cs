using System.Globalization;
using SmallTalk.Bench.Framing;

// What it gains to write WebSocket frames ourselves: docs/adr/0001-websocket-framing.md. Servers in processes of their own broadcast
// STOMP frames of about 260 bytes to their connections; counted are the deliveries for a second of a server's CPU.
//   dotnet run -c Release --project bench/SmallTalk.Bench.Framing [connections [turns]]
// All servers stand at once and work in turn, a moment each, so that a busy minute of the machine is everybody's; the ratio is
// the median of those within one turn.
if (args is ["server", var mine])
{
    await Server.RunAsync(mine);
    return;
}

const int DeliveriesAtOnce = 50_000;
var connections = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1000;
var turns = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 11;
int[] bursts = [5, 1];

var crowds = new List<(string Way, Crowd Crowd)>();
foreach (var way in Server.Ways)
    crowds.Add((way, await Crowd.StartAsync(way, connections)));
var rates = Server.Ways.SelectMany(way => bursts.Select(burst => (way, burst))).ToDictionary(key => key, _ => new List<double>());
for (var turn = -2; turn < turns; turn++) // the first two until the compiler has had its way
{
    foreach (var burst in bursts)
    {
        foreach (var (way, crowd) in crowds.Shuffle()) // who follows whom matters
        {
            var rounds = DeliveriesAtOnce / connections / burst;
            var seconds = await crowd.DeliverAsync(rounds, burst);
            if (turn >= 0)
                rates[(way, burst)].Add((double)connections * rounds * burst / seconds);
        }
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"deliveries a second of server CPU, {connections:N0} connections, median of {turns} turns, in brackets the ratio to the first line"));
Console.WriteLine($"{"",-58} {"5 frames in a turn",20} {"1 frame in a turn",20} {"managed heap each",18}");
foreach (var (way, crowd) in crowds)
{
    Console.Write($"{Server.Describe(way),-58}");
    foreach (var burst in bursts)
    {
        var ratio = Median(rates[(way, burst)].Zip(rates[(Server.Ways[0], burst)], (rate, first) => rate / first));
        Console.Write(string.Create(CultureInfo.InvariantCulture, $" {Median(rates[(way, burst)]),12:N0} ({ratio,4:F2}×)"));
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $" {crowd.KibibytesEach,13:F1} KiB"));
    await crowd.DisposeAsync();
}

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToList();
    return sorted[sorted.Count / 2];
}
