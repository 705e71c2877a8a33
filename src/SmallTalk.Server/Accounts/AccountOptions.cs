using System.ComponentModel.DataAnnotations;

namespace SmallTalk.Server.Accounts;

/// <summary>Configuration section <c>SmallTalk:Accounts</c>.</summary>
sealed class AccountOptions
{
    public const string Section = "SmallTalk:Accounts";

    /// <summary>How long an access token is good; a live connection that it opened ends with it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A session that is not used for so long ends.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "400.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a spent refresh token may be sent once more, because its answer got lost.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Rounds of PBKDF2 for each password: what a thief of the store pays for each guess. Only tests lower it.</summary>
    [Range(1, 10_000_000)]
    public int PasswordIterations { get; set; } = 100_000;

    /// <summary>Wrong passwords for one account from one address or device, within <see cref="LockoutWindow"/>.</summary>
    [Range(1, 1_000_000)]
    public int FailuresUntilLockout { get; set; } = 10;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan LockoutWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Wrong passwords for one account from everywhere within an hour, after which an address that has never signed in
    /// to it gets <see cref="FailuresOfStrangers"/> only.</summary>
    [Range(1, 1_000_000)]
    public int FailuresUntilStrangersSlow { get; set; } = 100;

    [Range(1, 1_000_000)]
    public int FailuresOfStrangers { get; set; } = 2;
}
