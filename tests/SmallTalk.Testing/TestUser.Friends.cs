using System.Net.Http.Json;
using System.Text.Json;

namespace SmallTalk.Testing;

public sealed partial class TestUser
{
    public Task<HttpResponseMessage> AskAsync(string? nickname) => Http.PostAsJsonAsync("/api/friends", new { nickname });

    public Task<HttpResponseMessage> AskAsync(TestUser other) => AskAsync(other.Nickname);

    public Task<HttpResponseMessage> AcceptAsync(TestUser other) => Http.PutAsync($"/api/friends/{other.Id}", null);

    /// <summary>Refuses, withdraws or removes.</summary>
    public Task<HttpResponseMessage> EndFriendshipAsync(TestUser other) => Http.DeleteAsync($"/api/friends/{other.Id}");

    public Task<HttpResponseMessage> BlockAsync(TestUser other) => Http.PutAsync($"/api/blocks/{other.Id}", null);

    public Task<HttpResponseMessage> UnblockAsync(TestUser other) => Http.DeleteAsync($"/api/blocks/{other.Id}");

    public async Task BefriendAsync(TestUser other)
    {
        (await AskAsync(other)).EnsureSuccessStatusCode();
        (await other.AcceptAsync(this)).EnsureSuccessStatusCode();
    }

    /// <param name="state">friends, incoming or outgoing.</param>
    public async Task<IReadOnlyList<string>> FriendsAsync(string state = "friends", string query = "") =>
        [.. (await Http.GetFromJsonAsync<JsonElement>($"/api/friends?state={state}&query={Uri.EscapeDataString(query)}&limit=100"))
            .GetProperty("items").EnumerateArray().Select(f => f.GetProperty("user").GetProperty("nickname").GetString()!)];

    public Task<HttpResponseMessage> OpenDirectRoomAsync(TestUser other) => Http.PutAsync($"/api/direct-rooms/{other.Id}", null);

    /// <returns>The id of the direct room with a friend.</returns>
    public async Task<Guid> DirectRoomAsync(TestUser other)
    {
        var answer = await OpenDirectRoomAsync(other);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }
}
