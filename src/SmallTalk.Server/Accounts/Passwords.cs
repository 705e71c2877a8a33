using System.Text;
using Microsoft.AspNetCore.Identity;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Text;

namespace SmallTalk.Server.Accounts;

/// <summary>Hashes and compares passwords with Identity's hasher, for accounts and rooms alike. That is slow on purpose, so it
/// happens on a few threads at most: a wave of sign-ins waits for itself and not the chat for it. Never call it inside a
/// transaction.</summary>
sealed class Passwords(IPasswordHasher<User> hasher) : IDisposable
{
    public const int MaxLength = 256;
    const int MinLength = 8;

    static readonly User Nobody = new(); // the hasher asks for a user and does not look at it

    readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));
    readonly Lazy<string> _hashOfNothing = new(() => hasher.HashPassword(Nobody, Guid.NewGuid().ToString()));

    /// <summary>Why an account may not have this password.</summary>
    public static Refusal? Check(string? typed, string nickname, string field = "password")
    {
        var password = Normalize(typed ?? "");
        var fault = password switch
        {
            { Length: > MaxLength } => AccountRefusals.PasswordTooLong,
            _ when PlainText.CodePoints(password) < MinLength => AccountRefusals.PasswordTooShort,
            _ when Nicknames.Key(password) == Nicknames.Key(nickname) => AccountRefusals.PasswordIsNickname,
            _ when CommonPasswords.Contains(password) => AccountRefusals.PasswordTooCommon,
            _ => null,
        };
        return fault is null ? null : fault with { Field = field };
    }

    public async Task<string> HashAsync(string password, CancellationToken ct)
    {
        var normalized = Normalize(password);
        return await InTurnAsync(() => hasher.HashPassword(Nobody, normalized), ct);
    }

    /// <summary>Takes as long without a hash as with one, so that the time tells nobody which nicknames exist.</summary>
    public async Task<bool> MatchAsync(string? hash, string? password, CancellationToken ct)
    {
        var normalized = Normalize(password is null || password.Length > MaxLength * 4 ? "" : password);
        var result = await InTurnAsync(() => hasher.VerifyHashedPassword(Nobody, hash ?? _hashOfNothing.Value, normalized), ct);
        return hash is not null && result != PasswordVerificationResult.Failed;
    }

    public void Dispose() => _turns.Dispose();

    async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken ct)
    {
        await _turns.WaitAsync(ct);
        try
        {
            return await Task.Run(work, ct);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>한글 typed on a Mac and on Windows is the same password.</summary>
    static string Normalize(string password) => PlainText.WellFormed(password).Normalize(NormalizationForm.FormC);
}
