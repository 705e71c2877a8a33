using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Data;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Friends;

static class Deletions
{
    public static async Task MarkDeletedAsync(this TestServer server, TestUser user)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ChatDb>();
        await using var write = await db.BeginWriteAsync(CancellationToken.None);
        await db.Users.Where(u => u.Id == user.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(u => u.DeletedAt, DateTimeOffset.UtcNow));
        await write.CommitAsync();
    }
}
