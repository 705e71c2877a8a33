using System.Text.Json;

namespace SmallTalk.Testing;

public sealed partial class TestUser
{
    /// <param name="relation">joined, created, left or direct.</param>
    public async Task<IReadOnlyList<JsonElement>> MyRoomsAsync(string relation = "joined", string query = "") =>
        [.. (await Http.GetAsync($"/api/me/rooms?relation={relation}&query={Uri.EscapeDataString(query)}&limit=100").JsonAsync())
            .GetProperty("items").EnumerateArray()];

    public async Task<int> UnreadTotalAsync() => (await Http.GetAsync("/api/me/unread").JsonAsync()).GetProperty("total").GetInt32();
}
