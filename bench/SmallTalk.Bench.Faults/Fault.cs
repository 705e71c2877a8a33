using SmallTalk.Testing;

namespace SmallTalk.Bench.Faults;

/// <summary>Something that breaks and, when it has happened, is over.</summary>
sealed record Fault(string Name, Func<Task> HappenAsync)
{
    static readonly TimeSpan Short = TimeSpan.FromSeconds(3);
    static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Fault> Kinds(Postgres postgres, TestNats nats, IReadOnlyList<Node> nodes, Random random)
    {
        var kinds = new List<Fault>
        {
            new("kill a node", () =>
            {
                Any().Signal("KILL");
                return Task.CompletedTask;
            }),
            new("stop a node for 10 s", async () =>
            {
                var node = Any();
                node.Signal("STOP");
                await Task.Delay(Long);
                node.Signal("CONT");
            }),
            new("kill NATS", async () =>
            {
                nats.Kill();
                await Task.Delay(Short);
                await nats.RestartAsync();
            }),
            new("kill PostgreSQL", async () =>
            {
                postgres.Kill();
                await Task.Delay(Short);
                await postgres.RestartAsync();
            }),
            new("part a node from NATS", () => PartAsync(Any().ToNats)),
            new("part a node from PostgreSQL", () => PartAsync(Any().ToPostgres)),
        };
        if (postgres.CanFill)
        {
            kinds.Add(new("fill PostgreSQL's disk", async () =>
            {
                postgres.FillDisk();
                await Task.Delay(Short);
                postgres.FreeDisk();
                if (!postgres.IsRunning) // what its service manager would do
                    await postgres.RestartAsync();
            }));
        }
        return kinds;

        Node Any() => nodes[random.Next(nodes.Count)];
    }

    /// <summary>Nothing passes, not even a farewell.</summary>
    static async Task PartAsync(Line line)
    {
        line.GoDead();
        await Task.Delay(Long);
        line.Cut();
    }
}
