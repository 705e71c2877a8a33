using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using SmallTalk.Load;

// One polling thread that also does the work: the cheapest way to read many sockets, and no counter needs a lock.
(string Name, string Value)[] engine = [("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"), ("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1"), ("DOTNET_TieredPGO", "1")];
if (engine.Any(setting => Environment.GetEnvironmentVariable(setting.Name) != setting.Value))
{
    var again = new ProcessStartInfo(Environment.ProcessPath!, args);
    foreach (var (name, value) in engine)
        again.Environment[name] = value;
    using var process = Process.Start(again)!;
    await process.WaitForExitAsync();
    return process.ExitCode;
}

var profile = new Option<string>("--profile") { Required = true, Description = "how the peer is spoken to" };
profile.AcceptOnlyFromAmong("smalltalk", "broker", "bare", "signalr-json", "signalr-messagepack");
var label = new Option<string?>("--name") { Description = "what the result calls the peer; the profile when not given" };
var address = new Option<Uri[]>("--address")
{
    Required = true,
    AllowMultipleArgumentsPerToken = true,
    CustomParser = given => [.. given.Tokens.Select(token => new Uri(token.Value))],
    Description = "http://… of SmallTalk, of several nodes say, ws://… or tcp://… of the others",
};
var pid = new Option<int[]>("--pid") { Required = true, AllowMultipleArgumentsPerToken = true, Description = "the server's process, or several, whose cost is counted" };
var work = new Option<string>("--work") { Required = true, Description = "which: see docs/performance.md" };
work.AcceptOnlyFromAmong("a", "b", "c", "d", "e", "f");
var warm = new Option<double>("--warm") { DefaultValueFactory = _ => 20, Description = "seconds before counting" };
var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 15, Description = "seconds counted" };
var login = new Option<string>("--login") { DefaultValueFactory = _ => "guest" };
var passcode = new Option<string>("--passcode") { DefaultValueFactory = _ => "guest" };

var run = new Command("run", "Loads a chat server, counts what arrives, and prints one line of JSON.") { profile, label, address, pid, work, warm, seconds, login, passcode };
run.SetAction(async (parsed, ct) =>
{
    var name = parsed.GetRequiredValue(profile);
    var at = parsed.GetRequiredValue(address);
    Profile peer = name switch
    {
        "smalltalk" => new SmallTalkProfile(at),
        "broker" => new BrokerProfile(at[0], parsed.GetRequiredValue(login), parsed.GetRequiredValue(passcode)),
        "bare" => new BareProfile(at[0]),
        "signalr-json" => new SignalRJsonProfile(at[0]),
        _ => new SignalRMessagePackProfile(at[0]),
    };
    var kind = parsed.GetRequiredValue(work);
    var result = await new Work(peer, parsed.GetValue(label) ?? name, kind, Size.Of(kind), new ServerProcess(parsed.GetRequiredValue(pid)), Console.Error)
        .RunAsync(TimeSpan.FromSeconds(parsed.GetValue(warm)), TimeSpan.FromSeconds(parsed.GetValue(seconds)), ct);
    Console.WriteLine(JsonSerializer.Serialize(result));
});

var clients = new Option<int>("--clients") { DefaultValueFactory = _ => 10_000, Description = "who are cut" };
var rooms = new Option<int>("--rooms") { DefaultValueFactory = _ => 100, Description = "in which they are" };
var spread = new Option<double>("--spread") { DefaultValueFactory = _ => 0, Description = "seconds over which they come back" };
var guests = new Option<bool>("--guests") { Description = "they look in from outside and have not joined" };
var readers = new Option<int>("--readers") { DefaultValueFactory = _ => 1_000, Description = "in the room" };
var rate = new Option<double>("--rate") { DefaultValueFactory = _ => 100, Description = "messages a second, together" };

var storm = new Command("storm", "Cuts a crowd of SmallTalk's readers at once; prints how they, and the others, fared.") { address, pid, clients, rooms, rate, spread, guests, warm, seconds };
storm.SetAction(async (parsed, ct) => Console.WriteLine(await new Storm(
    new SmallTalkProfile(parsed.GetRequiredValue(address)),
    new Storm.Plan(parsed.GetValue(clients), parsed.GetValue(rooms), parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(spread)), !parsed.GetValue(guests)),
    new ServerProcess(parsed.GetRequiredValue(pid)), Console.Error).RunAsync(TimeSpan.FromSeconds(parsed.GetValue(warm)), TimeSpan.FromSeconds(parsed.GetValue(seconds)), ct)));

var slow = new Command("slow", "One reader of SmallTalk's reads nothing, then too slowly; prints how the others fared.") { address, pid, readers, rate, warm, seconds };
slow.SetAction(async (parsed, ct) => Console.WriteLine(await new Slow(
    new SmallTalkProfile(parsed.GetRequiredValue(address)), parsed.GetValue(readers), parsed.GetValue(rate),
    new ServerProcess(parsed.GetRequiredValue(pid)), Console.Error).RunAsync(TimeSpan.FromSeconds(parsed.GetValue(warm)), TimeSpan.FromSeconds(parsed.GetValue(seconds)), ct)));

var file = new Argument<FileInfo>("results") { Description = "lines that runs have printed" };
var table = new Command("table", "Prints the medians of several runs, and SmallTalk's ratio to each peer.") { file };
table.SetAction(parsed => Console.Write(Table.Of(File.ReadLines(parsed.GetRequiredValue(file).FullName)
    .Select(line => JsonSerializer.Deserialize<Result>(line)!))));
return await new RootCommand("Loads chat servers and compares them.") { run, storm, slow, table }.Parse(args).InvokeAsync();
