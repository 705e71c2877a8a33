using System.Buffers.Text;
using System.Text.Json;

namespace SmallTalk.Server.Hosting;

/// <summary>A part of a list, and the cursor that asks for the next one; null at the end.</summary>
sealed record Page<T>(IReadOnlyList<T> Items, string? Cursor);

/// <summary>How many rows a client asks for at once: <c>limit</c>, the same way in every list.</summary>
static class PageSize
{
    const int Default = 30;
    const int Highest = 100;

    public static Refusal? Check(int? limit, out int size, int usual = Default, int highest = Highest)
    {
        size = limit ?? usual;
        return size >= 1 && size <= highest ? null : new Refusal(
            "not-a-limit", StatusCodes.Status400BadRequest, $"limit is a number from 1 to {highest}.", $"limit은 1부터 {highest}까지예요.", "limit");
    }
}

/// <summary>The place where the next page begins, opaque to clients: the sort key of the last row that they have.</summary>
static class Cursor
{
    static readonly JsonSerializerOptions Strict = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public static string Of<TKey>(TKey key) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(key));

    /// <returns>False when the text is not a cursor of this list: answer with <see cref="NotACursor"/>.</returns>
    public static bool TryRead<TKey>(string? cursor, out TKey? key)
        where TKey : class
    {
        key = null;
        if (string.IsNullOrEmpty(cursor))
            return true;
        try
        {
            key = JsonSerializer.Deserialize<TKey>(Base64Url.DecodeFromChars(cursor), Strict);
            return key is not null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return false;
        }
    }

    public static readonly Refusal NotACursor = new(
        "not-a-cursor", StatusCodes.Status400BadRequest, "This cursor is not one of this list.", "이 목록의 커서가 아니에요.", "cursor");
}
