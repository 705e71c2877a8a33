using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests;

public sealed class ANode
{
    [Fact]
    public async Task Is_live_and_ready_once_it_has_started()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
    }

    [Theory]
    [InlineData("ko", "찾으시는 것이 없어요.")]
    [InlineData("en-US,en;q=0.9", "There is nothing here.")]
    public async Task Answers_an_unknown_address_with_a_problem_in_the_language_asked_for(string language, string title)
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Add("Accept-Language", language);

        var answer = await http.GetAsync("/api/nothing");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(title, problem.GetProperty("title").GetString());
        Assert.Equal("urn:smalltalk:problem:not-found", problem.GetProperty("type").GetString());
    }
}
