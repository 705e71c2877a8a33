using System.Net.Http.Json;
using System.Text.Json;

namespace SmallTalk.Testing;

public sealed partial class TestUser
{
    /// <returns>The new room's id.</returns>
    public async Task<Guid> CreateRoomAsync(
        string name = "우리동네 축구모임", string category = "sports", string? description = null, string[]? tags = null,
        string? password = null, bool? listed = null, int? memberLimit = null)
    {
        var answer = await PostRoomAsync(new
        {
            name,
            category,
            description,
            tags,
            joinRule = password is null ? "open" : "password",
            listed,
            password,
            memberLimit,
        });
        return (await answer.JsonAsync()).GetProperty("id").GetGuid();
    }

    public Task<HttpResponseMessage> PostRoomAsync(object room) => Http.PostAsJsonAsync("/api/rooms", room);

    public Task<HttpResponseMessage> EditRoomAsync(Guid room, object changes) => Http.PatchAsJsonAsync($"/api/rooms/{room}", changes);

    public Task<HttpResponseMessage> DeleteRoomAsync(Guid room) => Http.DeleteAsync($"/api/rooms/{room}");

    public Task<HttpResponseMessage> HandOverAsync(Guid room, TestUser to) => Http.PutAsJsonAsync($"/api/rooms/{room}/owner", new { userId = to.Id });

    public Task<HttpResponseMessage> JoinAsync(Guid room, string? password = null) =>
        Http.PutAsJsonAsync($"/api/rooms/{room}/members/me", new { password });

    public Task<HttpResponseMessage> LeaveAsync(Guid room) => Http.DeleteAsync($"/api/rooms/{room}/members/me");

    public Task<HttpResponseMessage> KickAsync(Guid room, TestUser whom) => Http.DeleteAsync($"/api/rooms/{room}/members/{whom.Id}");

    /// <summary>The room as this person sees it.</summary>
    public async Task<JsonElement> GetRoomAsync(Guid room) => await (await Http.GetAsync($"/api/rooms/{room}")).JsonAsync();

    /// <summary>All people of the room that this person is shown, page by page.</summary>
    public Task<IReadOnlyList<JsonElement>> MembersAsync(Guid room, string query = "", int limit = 100) =>
        Http.AllPagesAsync($"/api/rooms/{room}/members?limit={limit}&query={Uri.EscapeDataString(query)}");
}
