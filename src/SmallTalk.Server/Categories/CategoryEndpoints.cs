using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Categories;

sealed record CategoryView(string Slug, string Name, string NameKo, string NameEn, string Icon, int RoomCount);

sealed record CategoriesView(IReadOnlyList<CategoryView> Items);

/// <summary>The interests that rooms are filed under.</summary>
static class CategoryEndpoints
{
    public static void AddCategories(this IServiceCollection services)
    {
        services.AddSingleton<CategoryRooms>();
        services.AddHostedService<Interests.Seeding>();
    }

    public static void MapCategories(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/categories", ListAsync).WithTags("Categories").WithSummary("The interests, each with its number of listed rooms.");

    static async Task<Ok<CategoriesView>> ListAsync(ChatDb db, CategoryRooms rooms, CancellationToken ct)
    {
        var counts = await rooms.CountAsync(db, ct);
        var categories = await db.Categories.AsNoTracking().OrderBy(c => c.Position).ThenBy(c => c.Slug).ToListAsync(ct);
        var isKorean = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "ko";
        return TypedResults.Ok(new CategoriesView([.. categories.Select(c => new CategoryView(
            c.Slug, isKorean ? c.NameKo : c.NameEn, c.NameKo, c.NameEn, c.Icon, counts.GetValueOrDefault(c.Slug)))]));
    }
}
