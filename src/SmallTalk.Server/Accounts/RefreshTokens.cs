using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace SmallTalk.Server.Accounts;

/// <summary>A session's refresh token: its id and a secret, sealed. The store keeps only the secret's hash, so a stolen store
/// opens no session; the seal makes sure that whoever shows a wrong secret once had a right one.</summary>
sealed class RefreshTokens(IDataProtectionProvider protection)
{
    const int SecretBytes = 32;

    readonly ConcurrentDictionary<Guid, string> _latest = new();
    readonly IDataProtector _seal = protection.CreateProtector("SmallTalk.RefreshToken.v1");

    public (string Token, byte[] Hash) Issue(Guid sessionId)
    {
        Span<byte> content = stackalloc byte[16 + SecretBytes];
        sessionId.TryWriteBytes(content, bigEndian: true, out _);
        RandomNumberGenerator.Fill(content[16..]);
        return (Base64Url.EncodeToString(_seal.Protect(content.ToArray())), SHA256.HashData(content[16..]));
    }

    /// <summary>Gives the session its next token, which spends the one before. Two requests with the same token, because an answer
    /// was lost or two tabs asked at once, get the same next one.</summary>
    public string Rotate(Session session, DateTimeOffset now)
    {
        var (token, hash) = Issue(session.Id);
        (session.PreviousRefreshHash, session.RefreshHash, session.RefreshedAt) = (session.RefreshHash, hash, now);
        _latest[session.Id] = token;
        return token;
    }

    /// <summary>What <see cref="Rotate"/> answered last. Only this node knows, and only until it stops: then the retry gets a token of
    /// its own, and what was answered before is void.</summary>
    public string Repeat(Session session)
    {
        if (_latest.TryGetValue(session.Id, out var token) && Read(token) is { } read && read.Hash.AsSpan().SequenceEqual(session.RefreshHash))
            return token;
        (token, session.RefreshHash) = Issue(session.Id);
        return _latest[session.Id] = token;
    }

    public void Sweep(Func<Guid, bool> isInUse)
    {
        foreach (var sessionId in _latest.Keys)
        {
            if (!isInUse(sessionId))
                _latest.TryRemove(sessionId, out _);
        }
    }

    public (Guid SessionId, byte[] Hash)? Read(string token)
    {
        try
        {
            ReadOnlySpan<byte> content = _seal.Unprotect(Base64Url.DecodeFromChars(token));
            return (new Guid(content[..16], bigEndian: true), SHA256.HashData(content[16..]));
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
