using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

/// <summary>How often passwords may be guessed and accounts made (docs/adr/0002). Every budget belongs to the one who guesses, an
/// address or a device, never to the account that is guessed at: so nobody can lock another out. An account that is guessed
/// at from many places only makes the budget of strangers smaller.</summary>
sealed class SignInLimits(IOptions<LimitOptions> limits, IOptions<AccountOptions> options, KnownDevices devices, TimeProvider clock)
{
    readonly record struct Guesser(string Account, string From);

    readonly EventWindows<string> _signUps = new(TimeSpan.FromHours(1), clock);
    readonly EventWindows<string> _signIns = new(TimeSpan.FromHours(1), clock);
    readonly EventWindows<Guesser> _guesses = new(options.Value.LockoutWindow, clock);
    readonly EventWindows<string> _guessesAtAccount = new(TimeSpan.FromHours(1), clock);
    readonly EventWindows<Guesser> _familiar = new(TimeSpan.FromDays(30), clock);

    /// <summary>For whatever tells that a nickname is taken; <paramref name="from"/> is an address, or a person who renames themselves.</summary>
    public Refusal? CountSignUp(string from) =>
        _signUps.TryCount(from, limits.Value.SignUpsPerHour, out var wait) ? null : AccountRefusals.TooManySignUps.RetryAfter(wait);

    /// <summary>Before the password is looked at, so that guesses made at once count too. Call <see cref="Attempt.Succeeded"/>
    /// when it was right.</summary>
    public Attempt Begin(HttpContext context, string account)
    {
        var address = Address(context);
        var device = devices.DeviceOf(context.Request, account);
        var from = device ?? address;
        if (!_signIns.TryCount(from, limits.Value.SignInsPerHour, out var wait))
            return new Attempt(AccountRefusals.TooManySignIns.RetryAfter(wait), () => { });
        var guesser = new Guesser(account, from);
        var isFamiliar = device is not null || _familiar.Count(guesser) > 0;
        return Guess(guesser, isFamiliar);
    }

    /// <summary>For somebody who is signed in and must show their password again.</summary>
    public Attempt Begin(CurrentUser user) => Guess(new Guesser(user.Id.ToString(), user.SessionId.ToString()), isFamiliar: true);

    Attempt Guess(Guesser guesser, bool isFamiliar)
    {
        var isUnderAttack = _guessesAtAccount.Count(guesser.Account) >= options.Value.FailuresUntilStrangersSlow;
        var budget = isUnderAttack && !isFamiliar ? options.Value.FailuresOfStrangers : options.Value.FailuresUntilLockout;
        if (!_guesses.TryCount(guesser, budget, out var wait))
            return new Attempt(AccountRefusals.TooManyGuesses.RetryAfter(wait), () => { });
        _guessesAtAccount.TryCount(guesser.Account, int.MaxValue, out _);
        return new Attempt(null, () =>
        {
            _guesses.Clear(guesser);
            _guessesAtAccount.Uncount(guesser.Account);
            _familiar.TryCount(guesser, 1, out _);
        });
    }

    /// <summary>One home or one server: an IPv6 network has more addresses than there is memory to count.</summary>
    public static string Address(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }

    public sealed class Attempt(Refusal? refusal, Action succeeded)
    {
        public Refusal? Refusal => refusal;

        public void Succeeded() => succeeded();
    }
}
