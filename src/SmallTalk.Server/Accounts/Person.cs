using System.Text.Json.Serialization;

namespace SmallTalk.Server.Accounts;

/// <summary>A person as others see them. The nickname is null when the account was deleted;
/// only friends are told whether somebody is online.</summary>
sealed record Person(
    Guid Id,
    string? Nickname,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? StatusLine = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? IsOnline = null);
