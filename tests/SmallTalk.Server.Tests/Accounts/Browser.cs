using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Accounts;

/// <summary>A browser, as far as the server can tell: it keeps cookies, and says where its pages come from.</summary>
sealed class Browser : IDisposable
{
    readonly HttpClientHandler _handler = new() { UseCookies = true };

    public Browser(TestServer server, string? origin = "own")
    {
        Http = new HttpClient(_handler) { BaseAddress = server.Address };
        if (origin is not null)
            Http.DefaultRequestHeaders.Add("Origin", origin == "own" ? server.Address.GetLeftPart(UriPartial.Authority) : origin);
    }

    public HttpClient Http { get; }

    public CookieContainer Cookies => _handler.CookieContainer;

    /// <summary>The same cookies, in a page of another site.</summary>
    public Browser ElsewhereOn(TestServer server, string? origin)
    {
        var other = new Browser(server, origin);
        foreach (var cookie in Cookies.GetAllCookies().Cast<Cookie>())
            other.Cookies.Add(server.Address, new Cookie(cookie.Name, cookie.Value));
        return other;
    }

    public void Dispose() => Http.Dispose();
}

static class Bodies
{
    /// <summary>A refusal's too.</summary>
    public static async Task<JsonElement> BodyAsync(this HttpResponseMessage answer) => await answer.Content.ReadFromJsonAsync<JsonElement>();

    /// <summary>The status, and the stable code of the problem.</summary>
    public static async Task RefusesAsync(this HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {(int)status}: {body}");
        using var problem = JsonDocument.Parse(body);
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
    }

    public static Task<HttpResponseMessage> DeleteAsJsonAsync(this HttpClient http, string address, object body) =>
        http.SendAsync(new HttpRequestMessage(HttpMethod.Delete, address) { Content = JsonContent.Create(body) });
}
