using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Accounts;

// What crosses the wire, and all that this feature refuses on purpose.

sealed record SignUpRequest(string? Nickname, string? Password, string? Email = null, [property: OneOf("ko", "en")] string? Language = null);

sealed record SignInRequest(string? Nickname, string? Password);

/// <param name="RefreshToken">Left out, the session cookie is what asks.</param>
sealed record RefreshRequest(string? RefreshToken = null);

/// <summary>A member left out stays as it is.</summary>
/// <param name="Nickname">2 to 20 characters of any script.</param>
/// <param name="Email">Empty removes it.</param>
/// <param name="StatusLine">Up to 100 characters; empty removes it.</param>
/// <param name="Language"><c>ko</c> or <c>en</c>.</param>
sealed record ProfileRequest(
    string? Nickname = null, string? Email = null, string? StatusLine = null, [property: OneOf("ko", "en")] string? Language = null);

sealed record PasswordRequest(string? CurrentPassword, string? NewPassword);

sealed record FarewellRequest(string? Password);

/// <param name="AccessToken">For <c>Authorization: Bearer</c>, until <paramref name="ExpiresAt"/>.</param>
/// <param name="RefreshToken">Good once, for the next pair of tokens.</param>
/// <param name="ExpiresAt">When the access token ends.</param>
/// <param name="User">Who has signed in.</param>
sealed record Tokens(string AccessToken, string RefreshToken, DateTimeOffset ExpiresAt, Me User);

sealed record Me(
    Guid Id, string Nickname, string? Email, string StatusLine, [property: OneOf("ko", "en")] string Language, bool IsAdministrator, DateTimeOffset CreatedAt)
{
    public static Me Of(User user) => new(
        user.Id, user.UserName!, user.Email, user.StatusLine, user.Language, user.IsAdministrator, user.CreatedAt);
}

/// <param name="User">Null for a visitor.</param>
sealed record WhoIsHere(Me? User);

/// <param name="Device">What the device said of itself, shortened; empty when it said nothing.</param>
sealed record SessionView(Guid Id, string Device, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, bool IsCurrent);

static class AccountRefusals
{
    public static readonly Refusal NicknameLength = new(
        "nickname-length", 400, "A nickname has 2 to 20 characters.", "닉네임은 2자에서 20자까지 쓸 수 있어요.", "nickname");

    public static readonly Refusal NicknameUnreadable = new(
        "nickname-unreadable", 400, "This nickname has characters that cannot be seen or that disturb the text around them.",
        "닉네임에 보이지 않거나 글자를 흐트러뜨리는 문자가 있어요.", "nickname");

    public static readonly Refusal NicknameReserved = new(
        "nickname-reserved", 400, "This nickname is reserved.", "사용할 수 없는 닉네임이에요.", "nickname");

    public static readonly Refusal NicknameTaken = new(
        "nickname-taken", 409, "This nickname is taken.", "이미 쓰이는 닉네임이에요.", "nickname");

    public static readonly Refusal PasswordTooShort = new(
        "password-too-short", 400, "A password has at least 8 characters.", "비밀번호는 8자 이상이어야 해요.", "password");

    public static readonly Refusal PasswordTooLong = new(
        "password-too-long", 400, "A password has at most 256 characters.", "비밀번호는 256자까지 쓸 수 있어요.", "password");

    public static readonly Refusal PasswordTooCommon = new(
        "password-too-common", 400, "Many people use this password, so it is the first to be guessed. Please choose another.",
        "많이 쓰여서 쉽게 알아낼 수 있는 비밀번호예요. 다른 비밀번호를 정해 주세요.", "password");

    public static readonly Refusal PasswordIsNickname = new(
        "password-is-nickname", 400, "The password must differ from the nickname.", "닉네임과 다른 비밀번호를 정해 주세요.", "password");

    public static readonly Refusal EmailMalformed = new(
        "email-malformed", 400, "This is not an e-mail address.", "이메일 주소 형식이 아니에요.", "email");

    public static readonly Refusal LanguageUnknown = new(
        "language-unknown", 400, "The language is ko or en.", "언어는 ko와 en 가운데 하나예요.", "language");

    public static readonly Refusal StatusLineTooLong = new(
        "status-line-too-long", 400, "A status line has at most 100 characters.", "상태 메시지는 100자까지 쓸 수 있어요.", "statusLine");

    /// <summary>The same for an unknown nickname and for a wrong password.</summary>
    public static readonly Refusal WrongCredentials = new(
        "wrong-credentials", 401, "The nickname or the password is not right.", "닉네임이나 비밀번호가 맞지 않아요.");

    public static readonly Refusal WrongPassword = new(
        "wrong-password", 403, "The password is not right.", "비밀번호가 맞지 않아요.", "password");

    public static readonly Refusal SessionEnded = new(
        "session-ended", 401, "This session has ended. Please sign in again.", "로그인이 풀렸어요. 다시 로그인해 주세요.");

    public static readonly Refusal ForeignOrigin = new(
        "foreign-origin", 403, "This request came from another site.", "다른 사이트에서 온 요청은 받을 수 없어요.");

    public static readonly Refusal NoSuchSession = new(
        "no-such-session", 404, "There is no such session.", "그런 로그인 기록이 없어요.");

    public static readonly Refusal TooManySignUps = new(
        "too-many-sign-ups", 429, "Too many accounts were asked for from here. Please try again later.",
        "이곳에서 가입을 너무 많이 시도했어요. 나중에 다시 시도해 주세요.");

    public static readonly Refusal TooManySignIns = new(
        "too-many-sign-ins", 429, "Too many sign-ins from here. Please try again later.",
        "이곳에서 로그인을 너무 많이 시도했어요. 나중에 다시 시도해 주세요.");

    /// <summary>Says nothing of whether there is such an account, nor whether the password was right.</summary>
    public static readonly Refusal TooManyGuesses = new(
        "too-many-guesses", 429, "Too many wrong passwords. Please try again later.",
        "비밀번호를 여러 번 틀렸어요. 잠시 후 다시 시도해 주세요.");
}
