using System.Text.Json.Serialization;

namespace SmallTalk.Server.Accounts;

/// <summary>A person as others see them. Only friends are told whether somebody is online.</summary>
/// <param name="Nickname">Null when the account was deleted.</param>
sealed record Person(
    Guid Id,
    string? Nickname,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? StatusLine = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? IsOnline = null);
