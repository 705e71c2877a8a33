namespace SmallTalk.Web.Tests;

public sealed class AClusterOfThree(Chromium chromium)
{
    [Fact]
    public async Task Lets_two_people_talk_on_while_each_node_in_turn_is_killed()
    {
        await using var cluster = await ClusterProcess.StartAsync(3);
        await using var minji = await Person.ArriveAsync(chromium, cluster.Address, "민지");
        await using var jun = await Person.ArriveAsync(chromium, cluster.Address, "준호");
        foreach (var person in new[] { minji, jun })
            await person.SignUpAsync();
        var room = await minji.Page.EvaluateAsync<Guid>("""
            async () => {
              const post = (path, body) => fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
              const categories = await (await fetch('/api/categories')).json();
              const answer = await post('/api/rooms', { name: '세 노드의 방', category: (categories.items ?? categories)[0].slug });
              if (!answer.ok) throw new Error(await answer.text());
              return (await answer.json()).id;
            }
            """);
        await jun.Page.EvaluateAsync("async (room) => fetch(`/api/rooms/${room}/members/me`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' })", room);
        foreach (var person in new[] { minji, jun })
            await person.OpenRoomAsync(room);
        await TalkAsync("모두 있을 때");

        foreach (var person in new[] { minji, jun })
            person.ExpectFailures();
        for (var node = 1; node <= 3; node++)
        {
            cluster.Kill(node);
            await TalkAsync($"{node}번 노드가 죽자마자");
            await cluster.IsBackAsync(node);
        }
        await TalkAsync("모두 돌아온 뒤");

        async Task TalkAsync(string when)
        {
            await minji.SayAsync($"민지: {when}");
            await jun.SayAsync($"준호: {when}");
            foreach (var person in new[] { minji, jun })
            {
                await person.SeesAsync($"민지: {when}");
                await person.SeesAsync($"준호: {when}");
            }
        }
    }
}
