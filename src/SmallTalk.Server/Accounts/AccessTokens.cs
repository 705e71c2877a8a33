using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>What programs send as <c>Authorization: Bearer</c>: user, session and end, sealed by Data Protection. It is good
/// while it has not expired <em>and</em> its session lives, which the reader asks <see cref="LiveSessions"/>.</summary>
sealed class AccessTokens(IDataProtectionProvider protection, IOptions<AccountOptions> options, TimeProvider clock)
{
    readonly IDataProtector _seal = protection.CreateProtector("SmallTalk.AccessToken.v1");

    public (string Token, DateTimeOffset ExpiresAt) Issue(CurrentUser user)
    {
        var expiresAt = clock.GetUtcNow() + options.Value.AccessTokenLifetime;
        Span<byte> content = stackalloc byte[40];
        user.Id.TryWriteBytes(content, bigEndian: true, out _);
        user.SessionId.TryWriteBytes(content[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(content[32..], expiresAt.ToUnixTimeMilliseconds());
        return (Base64Url.EncodeToString(_seal.Protect(content.ToArray())), expiresAt);
    }

    /// <summary>Null when it is not one of ours or has expired.</summary>
    public (CurrentUser User, DateTimeOffset ExpiresAt)? Read(string token)
    {
        try
        {
            ReadOnlySpan<byte> content = _seal.Unprotect(Base64Url.DecodeFromChars(token));
            var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(content[32..]));
            var user = new CurrentUser(new Guid(content[..16], bigEndian: true), new Guid(content[16..32], bigEndian: true));
            return expiresAt > clock.GetUtcNow() ? (user, expiresAt) : null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
