using System.Globalization;
using SmallTalk.Bench.Framing;

// What it gains to write WebSocket frames ourselves: docs/adr/0001-websocket-framing.md. A server in a process of its own broadcasts
// STOMP frames of about 260 bytes to its connections; counted are the deliveries for a second of its CPU, from one run of all.
//   dotnet run -c Release --project bench/SmallTalk.Bench.Framing [connections [rounds]]
if (args is ["server", var mine])
{
    await Server.RunAsync(mine);
    return;
}

var connections = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1000;
var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 200;
int[] bursts = [5, 1];
const int Turns = 3;

var results = new Dictionary<(string Way, int Burst), List<double>>();
var kibibytes = new Dictionary<string, double>();
for (var turn = 0; turn < Turns; turn++) // in turn, so that a busy minute of the machine is everybody's
{
    foreach (var way in Server.Ways)
    {
        await using var crowd = await Crowd.StartAsync(way, connections);
        kibibytes[way] = crowd.KibibytesEach;
        foreach (var burst in bursts) // until the compiler has had its way
            await crowd.DeliverAsync(rounds, burst);
        foreach (var burst in bursts)
        {
            var work = rounds * bursts[0] / burst;
            var seconds = await crowd.DeliverAsync(work, burst);
            if (!results.TryGetValue((way, burst), out var list))
                results[(way, burst)] = list = [];
            list.Add((double)connections * work * burst / seconds);
        }
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"deliveries a second of server CPU, {connections:N0} connections, median of {Turns} turns, in brackets the ratio to the first line"));
Console.WriteLine($"{"",-58} {"5 frames in a turn",20} {"1 frame in a turn",20} {"managed heap each",18}");
foreach (var way in Server.Ways)
{
    Console.Write($"{Server.Describe(way),-58}");
    foreach (var burst in bursts)
    {
        var median = Median(results[(way, burst)]);
        Console.Write(string.Create(CultureInfo.InvariantCulture, $" {median,12:N0} ({median / Median(results[(Server.Ways[0], burst)]),4:F2}×)"));
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $" {kibibytes[way],13:F1} KiB"));
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
