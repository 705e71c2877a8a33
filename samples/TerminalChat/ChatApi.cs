using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SmallTalk.Stomp;

namespace SmallTalk.TerminalChat;

/// <summary>The server said no, in words for people.</summary>
sealed class RefusedException(string title) : Exception(title);

/// <summary>The HTTP half of the protocol, and the tokens that both halves use: one that has run out is renewed, on the way to a request
/// or to a new connection.</summary>
sealed class ChatApi : IDisposable
{
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    readonly HttpClient _http;
    readonly SemaphoreSlim _renewing = new(1);
    Tokens? _tokens;

    public ChatApi(Uri server)
    {
        _http = new HttpClient { BaseAddress = server };
        _http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ko" ? "ko" : "en");
        Live = new UriBuilder(server) { Scheme = server.Scheme == "https" ? "wss" : "ws", Path = "/ws" }.Uri;
    }

    /// <summary>The address of the live connection.</summary>
    public Uri Live { get; }

    public async Task<Person> SignInAsync(Credentials credentials, bool isNew, CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync(isNew ? "/api/accounts" : "/api/session", credentials, Json.Default.Credentials, ct);
        _tokens = await ReadAsync(answer, Json.Default.Tokens, ct);
        return _tokens.User;
    }

    /// <summary>For the live connection; null when the session is over.</summary>
    public async ValueTask<StompCredentials?> CredentialsAsync(CancellationToken ct) =>
        await AccessTokenAsync(ct) is { } token ? new StompCredentials { BearerToken = token } : null;

    /// <summary>The server no longer takes the token, whatever its date says.</summary>
    public void DistrustToken() => _tokens = _tokens is { } tokens ? tokens with { ExpiresAt = default } : null;

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken ct) => AskAsync(HttpMethod.Get, path, body: null, type, ct);

    public Task<T> AskAsync<TBody, T>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken ct) =>
        AskAsync(method, path, () => JsonContent.Create(body, bodyType), type, ct);

    public async Task DeleteAsync(string path, CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Delete, path, body: null, ct);
        await ThrowIfRefusedAsync(answer, ct);
    }

    public void Dispose()
    {
        _http.Dispose();
        _renewing.Dispose();
    }

    async Task<T> AskAsync<T>(HttpMethod method, string path, Func<HttpContent>? body, JsonTypeInfo<T> type, CancellationToken ct)
    {
        using var answer = await SendAsync(method, path, body, ct);
        return await ReadAsync(answer, type, ct);
    }

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, Func<HttpContent>? body, CancellationToken ct)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body?.Invoke() };
            if (await AccessTokenAsync(ct) is { } token)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var answer = await _http.SendAsync(request, ct);
            if (answer.StatusCode != HttpStatusCode.Unauthorized || isSecond)
                return answer;
            answer.Dispose();
            DistrustToken();
        }
    }

    /// <summary>A refresh token is good once, so one renews and the others wait for it.</summary>
    async Task<string?> AccessTokenAsync(CancellationToken ct)
    {
        await _renewing.WaitAsync(ct);
        try
        {
            if (_tokens is { } tokens && tokens.ExpiresAt - DateTimeOffset.UtcNow < Margin)
            {
                using var answer = await _http.PostAsJsonAsync("/api/session/refresh", new Refresh(tokens.RefreshToken), Json.Default.Refresh, ct);
                if (answer.StatusCode == HttpStatusCode.Unauthorized)
                    _tokens = null;
                else
                    _tokens = await ReadAsync(answer, Json.Default.Tokens, ct);
            }

            return _tokens?.AccessToken;
        }
        finally
        {
            _renewing.Release();
        }
    }

    static async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken ct)
    {
        await ThrowIfRefusedAsync(answer, ct);
        return await answer.Content.ReadFromJsonAsync(type, ct) ?? throw new HttpRequestException("The answer was empty.");
    }

    static async Task ThrowIfRefusedAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        if (answer.IsSuccessStatusCode)
            return;
        Problem? problem = null;
        try
        {
            problem = await answer.Content.ReadFromJsonAsync(Json.Default.Problem, ct);
        }
        catch (JsonException)
        {
            // Something between us and the server answered.
        }

        throw problem?.Title is { } title ? new RefusedException(title) : new HttpRequestException($"{(int)answer.StatusCode} {answer.ReasonPhrase}");
    }
}
