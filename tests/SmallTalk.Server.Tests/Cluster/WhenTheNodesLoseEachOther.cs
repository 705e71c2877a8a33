using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Cluster;

/// <summary>NATS brings a letter at most once: what it loses, and what a dead node cannot say any more, the store tells.</summary>
public sealed class WhenTheNodesLoseEachOther
{
    [Fact]
    public async Task Without_NATS_messages_still_come_and_with_it_again_at_once()
    {
        await using var cluster = await TestCluster.StartAsync();
        var minji = await cluster[0].SignUpAsync();
        var room = await minji.CreateRoomAsync();
        await using var people = await People.AtAsync(minji, cluster[0], cluster[1]);
        var inboxes = await people.WatchAsync(room);
        await TalkAsync(1);

        cluster.Nats.Kill();
        await TalkAsync(11);
        await cluster.Nats.RestartAsync();
        await TalkAsync(21);

        async Task TalkAsync(long first)
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i => people.All[i % 2].SayAsync(room, $"{first}: {i}")));
            foreach (var inbox in inboxes)
            {
                await inbox.SeesAsync(first + 9);
                Assert.Equal(Enumerable.Range(1, (int)first + 9).Select(i => (long)i), inbox.Messages.Select(message => message.Seq()));
            }
        }
    }

    [Fact]
    public async Task A_node_that_NATS_does_not_reach_is_whole_and_ends_what_was_taken_away_elsewhere()
    {
        Line? line = null;
        await using var cluster = await TestCluster.StartAsync(2, (node, nats) =>
            node == 0 ? nats.Url : (line = new Line(new Uri(nats.Url))).Address.ToString().Replace("http", "nats", StringComparison.Ordinal));
        await using var cut = line!;
        var (minji, jun) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        var room = await minji.CreateRoomAsync(password: "열려라 참깨");
        (await jun.JoinAsync(room, "열려라 참깨")).EnsureSuccessStatusCode();
        await using var people = await People.AtAsync(minji, cluster[0], cluster[1]);
        await using var his = await jun.At(cluster[1]).ConnectAsync();
        var (inboxes, kicked) = (await people.WatchAsync(room), await his.WatchAsync(room));
        await people.All[0].SayAsync(room, "하나");
        await kicked.SeesAsync(1);

        cut.GoDead(); // no word of its end: the node must notice by itself
        await people.All[0].SayAsync(room, "둘");
        await people.All[1].SayAsync(room, "셋");
        await Task.WhenAll(inboxes.Select(inbox => inbox.SeesAsync(3)));
        (await minji.KickAsync(room, jun)).EnsureSuccessStatusCode();
        Assert.NotNull(await kicked.EndAsync());
        cut.Cut();

        await people.All[0].SayAsync(room, "넷");
        foreach (var inbox in inboxes)
        {
            await inbox.SeesAsync(4);
            Assert.Equal([1L, 2, 3, 4], inbox.Messages.Select(message => message.Seq()));
        }
    }

    [Fact]
    public async Task The_people_of_a_node_that_was_killed_are_offline_within_seconds()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        var (minji, jun) = (await cluster[0].SignUpAsync(), await cluster[0].SignUpAsync());
        await minji.BefriendAsync(jun);
        await using var his = await jun.ConnectAsync();
        var events = await his.EventsAsync();
        var folder = Directory.CreateTempSubdirectory("smalltalk-");
        await using var node = await NodeProcess.StartAsync(folder.FullName, ("SmallTalk:Store:Provider", "PostgreSQL"),
            ("SmallTalk:Store:ConnectionString", cluster.ConnectionString), ("SmallTalk:Nats:Urls", cluster.Nats.Url));
        await using var hers = await Stomp.StompClient.ConnectAsync(node.Live, new Stomp.StompClientOptions { BearerToken = minji.AccessToken }, TestContext.Current.CancellationToken);
        await events.SeesAsync(frame => IsAbout(frame, isOnline: true));
        await NodesThatAreOneService.KnowsAsync(cluster[0], minji);

        node.Kill();

        await events.SeesAsync(frame => IsAbout(frame, isOnline: false));

        bool IsAbout(JsonElement frame, bool isOnline) => frame.TypeName() == "presence"
            && frame.GetProperty("userId").GetGuid() == minji.Id && frame.GetProperty("isOnline").GetBoolean() == isOnline;
    }

    [Fact]
    public async Task A_node_that_starts_hears_who_is_there_already()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        var minji = await cluster[0].SignUpAsync();
        await using var hers = await minji.ConnectAsync();
        await NodesThatAreOneService.KnowsAsync(cluster[0], minji);

        var late = await cluster.AddAsync();

        await NodesThatAreOneService.KnowsAsync(late, minji);
    }
}
