using System.Net;
using System.Text;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

public sealed class AHostileBody
{
    static readonly string[] Bodies =
    [
        "", "null", "[]", "42", "\"text\"", "{", "{}", "{\"nickname\":", "\0", "{\"nickname\":\"\\ud800\",\"password\":\"\\udfff aaaaaaaaaa\"}",
        "{\"nickname\":\"민수\\u0000\",\"password\":\"aaa\\u0000bbbbbb\"}", "{\"nickname\":42,\"password\":[]}", "{\"nickname\":{\"$ne\":null},\"password\":{}}",
        "{\"nickname\":null,\"password\":null}", "{\"nickname\":\"' OR 1=1 --\",\"password\":\"' OR '1'='1\"}", "{\"refreshToken\":42}",
        "{\"refreshToken\":\"not a token\"}", "{\"refreshToken\":\"\\ud800\"}", "{\"password\":true}", "{\"currentPassword\":{},\"newPassword\":1}",
        "{\"nickname\":\"민수\",\"nickname\":\"민지\",\"password\":\"nobody has this one\"}", "{\"language\":\"\\u0000\"}",
        "{\"nickname\":\"" + new string('a', 100_000) + "\",\"password\":\"" + new string('b', 100_000) + "\"}",
        "{\"nickname\":\"a" + new string('\u0301', 50_000) + "\",\"statusLine\":\"a" + new string('\u0301', 50_000) + "\"}",
        "{\"email\":\"" + new string('@', 10_000) + "\",\"nickname\":\"민수\",\"password\":\"nobody has this one\"}",
        new string('[', 5_000),
    ];

    [Theory]
    [InlineData("POST", "/api/accounts")]
    [InlineData("POST", "/api/session")]
    [InlineData("POST", "/api/session/refresh")]
    [InlineData("PATCH", "/api/me")]
    [InlineData("PUT", "/api/me/password")]
    [InlineData("DELETE", "/api/me")]
    public async Task Gets_a_clear_answer(string method, string address)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();

        foreach (var body in Bodies)
        {
            foreach (var type in new[] { "application/json", "text/plain" })
            {
                var request = new HttpRequestMessage(new HttpMethod(method), address) { Content = new StringContent(body, Encoding.UTF8, type) };
                var answer = await minji.Http.SendAsync(request);

                var shown = $"{method} {address} {type} {body[..Math.Min(80, body.Length)]}: {(int)answer.StatusCode}";
                Assert.True((int)answer.StatusCode < 500, shown);
                Assert.True((answer.StatusCode == HttpStatusCode.UnsupportedMediaType) == (type == "text/plain"), shown);
                if (!answer.IsSuccessStatusCode)
                    Assert.True(answer.Content.Headers.ContentType?.MediaType == "application/problem+json", shown);
            }
        }
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("1.5")]
    [InlineData("1e400")]
    [InlineData("true")]
    public async Task With_something_else_than_a_whole_number_is_refused(string seq)
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        var room = await minji.CreateRoomAsync();
        using var body = new StringContent($"{{\"seq\":{seq}}}", Encoding.UTF8, "application/json");

        var answer = await minji.Http.PutAsync($"/api/rooms/{room}/read", body);

        await answer.RefusesAsync(HttpStatusCode.BadRequest, "malformed-request");
    }

    [Fact]
    public async Task Of_a_megabyte_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        using var huge = new StringContent("{\"nickname\":\"" + new string('a', 1_000_000) + "\"}", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/accounts") { Content = huge, Headers = { ExpectContinue = true } };

        var answer = await http.SendAsync(request);

        await answer.RefusesAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Fact]
    public async Task Of_bytes_that_are_not_UTF_8_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        using var body = new ByteArrayContent([.. "{\"nickname\":\""u8, 0xff, 0xfe, 0xc0, .. "\",\"password\":\"long enough it is\"}"u8]);
        body.Headers.ContentType = new("application/json");

        await (await http.PostAsync("/api/accounts", body)).RefusesAsync(HttpStatusCode.BadRequest, "malformed-request");
    }
}
