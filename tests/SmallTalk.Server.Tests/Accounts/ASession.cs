using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class ASession
{
    [Fact]
    public async Task Is_needed_for_what_asks_for_one()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Add("Accept-Language", "ko");

        var answer = await http.DeleteAsync("/api/session");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("not-signed-in", problem.GetProperty("code").GetString());
        Assert.Equal("로그인이 필요해요.", problem.GetProperty("title").GetString());
    }

    [Fact]
    public async Task Ends_with_its_token_when_signed_out_and_leaves_other_devices_alone()
    {
        await using var server = await TestServer.StartAsync();
        var phone = await server.SignUpAsync();
        var laptop = await phone.OnAnotherDeviceAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await phone.Http.DeleteAsync("/api/session")).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await phone.Http.DeleteAsync("/api/session")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await laptop.Http.DeleteAsync("/api/session")).StatusCode);
    }
}
