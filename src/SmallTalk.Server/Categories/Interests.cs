using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Categories;

/// <summary>The interests that a new store begins with. What an administrator changes or removes later stays so.</summary>
static class Interests
{
    public const string Everyday = "everyday";

    static readonly (string Slug, string Ko, string En, string Icon)[] Seed =
    [
        (Everyday, "일상·수다", "Everyday", "coffee"),
        ("friends", "친구·모임", "Meeting people", "users"),
        ("sports", "운동·스포츠", "Sports", "dumbbell"),
        ("outdoors", "등산·캠핑", "Outdoors", "tent-tree"),
        ("travel", "여행", "Travel", "plane"),
        ("food", "맛집·요리", "Food", "utensils"),
        ("pets", "반려동물", "Pets", "paw-print"),
        ("games", "게임", "Games", "gamepad-2"),
        ("music", "음악", "Music", "music"),
        ("film", "영화·드라마", "Film and series", "clapperboard"),
        ("books", "책·글쓰기", "Books and writing", "book-open"),
        ("art", "사진·그림", "Photos and art", "palette"),
        ("languages", "언어·외국어", "Languages", "languages"),
        ("study", "공부·자격증", "Study", "graduation-cap"),
        ("technology", "IT·개발", "Technology", "laptop"),
        ("money", "재테크·경제", "Money", "piggy-bank"),
        ("work", "직장·취업", "Work", "briefcase"),
        ("family", "육아·가족", "Family", "baby"),
    ];

    public static async Task SeedAsync(ChatDb db, CancellationToken ct)
    {
        if (await db.Categories.AnyAsync(ct))
            return;
        await using var write = await db.BeginWriteAsync(ct);
        db.Categories.AddRange(Seed.Select((interest, position) => new Category
        {
            Slug = interest.Slug,
            NameKo = interest.Ko,
            NameEn = interest.En,
            Icon = interest.Icon,
            Position = position,
        }));
        await db.SaveChangesAsync(ct);
        await write.CommitAsync();
    }

    internal sealed class Seeding(IServiceScopeFactory scopes) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await using var scope = scopes.CreateAsyncScope();
            await SeedAsync(scope.ServiceProvider.GetRequiredService<ChatDb>(), cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
