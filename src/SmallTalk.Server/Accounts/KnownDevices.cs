using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace SmallTalk.Server.Accounts;

/// <summary>A browser in which somebody has signed in to an account keeps a sealed note of it, beyond signing out: its guesses
/// are counted apart from its address, so that a guesser behind the same address, or everywhere, cannot lock it out.</summary>
sealed class KnownDevices(IDataProtectionProvider protection, TimeProvider clock)
{
    const string CookieName = "smalltalk-device";
    const int IdBytes = 16;
    const int AccountBytes = 8;
    const int MaxAccounts = 8;

    readonly IDataProtector _seal = protection.CreateProtector("SmallTalk.KnownDevice.v1");

    /// <summary>A name for the device when it has signed in to the account before, else null.</summary>
    public string? DeviceOf(HttpRequest request, string account) =>
        Read(request) is { } note && AccountsOf(note).Any(known => known.AsSpan().SequenceEqual(Short(account)))
            ? "device:" + Convert.ToHexString(note[..IdBytes])
            : null;

    public void Remember(HttpContext context, string account)
    {
        var note = Read(context.Request);
        var mine = Short(account);
        byte[][] accounts = [mine, .. (note is null ? [] : AccountsOf(note)).Where(known => !known.AsSpan().SequenceEqual(mine)).Take(MaxAccounts - 1)];
        byte[] content = [.. note?[..IdBytes] ?? RandomNumberGenerator.GetBytes(IdBytes), .. accounts.SelectMany(a => a)];
        context.Response.Cookies.Append(CookieName, Convert.ToBase64String(_seal.Protect(content)), new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            Expires = clock.GetUtcNow().AddDays(400), // the most that browsers keep
            IsEssential = true,
        });
    }

    byte[]? Read(HttpRequest request)
    {
        if (request.Cookies[CookieName] is not { } cookie)
            return null;
        try
        {
            return _seal.Unprotect(Convert.FromBase64String(cookie));
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    static IEnumerable<byte[]> AccountsOf(byte[] note) => note.Skip(IdBytes).Chunk(AccountBytes);

    static byte[] Short(string account) => SHA256.HashData(Encoding.UTF8.GetBytes(account))[..AccountBytes];
}
