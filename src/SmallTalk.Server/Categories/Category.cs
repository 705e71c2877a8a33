namespace SmallTalk.Server.Categories;

/// <summary>An interest that rooms are filed under.</summary>
sealed class Category
{
    public string Slug { get; init; } = "";

    public string NameKo { get; set; } = "";

    public string NameEn { get; set; } = "";

    /// <summary>The name of an icon of the web client's set (Lucide).</summary>
    public string Icon { get; set; } = "";

    public int Position { get; set; }
}
