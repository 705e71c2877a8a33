using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace SmallTalk.Load;

/// <summary>The chat server: real accounts, real rooms, every message stored before its RECEIPT. With several nodes each connection goes to
/// the next.</summary>
sealed class SmallTalkProfile(params IReadOnlyList<Uri> nodes) : StompProfile(Live(nodes[0]))
{
    static readonly HttpClient Http = new();
    readonly string _run = Guid.NewGuid().ToString("N")[..6];
    int _turn;
    string[] _rooms = [];
    string[] _tokens = [];

    public override int TextLength => 40;

    public override Uri NextAddress() => Live(nodes[Interlocked.Increment(ref _turn) % nodes.Count]);

    public override async Task PrepareAsync(int rooms, int people, CancellationToken ct)
    {
        var tokens = new ConcurrentDictionary<int, string>();
        await Parallel.ForAsync(0, people, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (i, ct) =>
        {
            var answer = await PostAsync("/api/accounts", new { nickname = $"{_run}p{i}", password = $"{_run} a long sentence" }, null, ct);
            tokens[i] = answer.GetProperty("accessToken").GetString()!;
        });
        _tokens = [.. tokens.OrderBy(entry => entry.Key).Select(entry => entry.Value)];
        var category = (await Http.GetFromJsonAsync<JsonElement>(new Uri(nodes[0], "/api/categories"), ct)).GetProperty("items")[0].GetProperty("slug").GetString();
        _rooms = new string[rooms];
        for (var i = 0; i < rooms; i++)
        {
            var room = await PostAsync("/api/rooms", new { name = $"{_run} {i}", category, memberLimit = 1500 }, _tokens[0], ct);
            _rooms[i] = room.GetProperty("id").GetString()!;
        }
    }

    public override async Task JoinAsync(int room, int person, CancellationToken ct)
    {
        using var request = Request(HttpMethod.Put, $"/api/rooms/{_rooms[room]}/members/me", new { }, _tokens[person]);
        using var answer = await Http.SendAsync(request, ct);
        answer.EnsureSuccessStatusCode();
    }

    public override byte[] Post(int room, string name, string text) =>
        Frame($"SEND\ndestination:/app/rooms/{_rooms[room]}/messages\nreceipt:{name}\n\n{{\"clientId\":\"{Guid.CreateVersion7()}\",\"text\":\"{text}\"}}\0");

    protected override string Credentials(int person) => $"Authorization:Bearer {_tokens[person]}";

    protected override string Topic(int room) => $"/topic/rooms/{_rooms[room]}";

    static Uri Live(Uri node) => new UriBuilder(node) { Scheme = "ws", Path = "/ws" }.Uri;

    async Task<JsonElement> PostAsync(string path, object body, string? token, CancellationToken ct)
    {
        using var request = Request(HttpMethod.Post, path, body, token);
        using var answer = await Http.SendAsync(request, ct);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {await answer.Content.ReadAsStringAsync(ct)}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
    }

    HttpRequestMessage Request(HttpMethod method, string path, object body, string? token) => new(method, new Uri(nodes[0], path))
    {
        Content = JsonContent.Create(body),
        Headers = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
    };
}
