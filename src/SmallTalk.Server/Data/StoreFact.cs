namespace SmallTalk.Server.Data;

/// <summary>A fact of the whole store by name; today its <c>epoch</c>.</summary>
sealed class StoreFact
{
    public string Name { get; init; } = "";

    public string Value { get; set; } = "";
}
