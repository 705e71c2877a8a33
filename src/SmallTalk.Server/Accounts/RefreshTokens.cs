using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace SmallTalk.Server.Accounts;

/// <summary>A session's refresh token: its id and a secret, sealed. The store keeps only the secret's hash, so a stolen store
/// opens no session; the seal makes sure that whoever shows a wrong secret once had a right one.</summary>
sealed class RefreshTokens(IDataProtectionProvider protection)
{
    const int SecretBytes = 32;

    readonly IDataProtector seal = protection.CreateProtector("SmallTalk.RefreshToken.v1");

    public (string Token, byte[] Hash) Issue(Guid sessionId)
    {
        Span<byte> content = stackalloc byte[16 + SecretBytes];
        sessionId.TryWriteBytes(content, bigEndian: true, out _);
        RandomNumberGenerator.Fill(content[16..]);
        return (Base64Url.EncodeToString(seal.Protect(content.ToArray())), SHA256.HashData(content[16..]));
    }

    public (Guid SessionId, byte[] Hash)? Read(string token)
    {
        try
        {
            ReadOnlySpan<byte> content = seal.Unprotect(Base64Url.DecodeFromChars(token));
            return (new Guid(content[..16], bigEndian: true), SHA256.HashData(content[16..]));
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
