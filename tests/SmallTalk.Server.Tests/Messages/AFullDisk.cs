using Microsoft.Extensions.DependencyInjection;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

/// <summary>A store that takes no more messages: SQLite by its own limit of pages, PostgreSQL by the error that a full disk gives.</summary>
static class AFullDisk
{
    public static string ErrorType => TestStore.IsPostgres ? "53100" : "13"; // disk_full, SQLITE_FULL

    public static async Task BeginAsync(TestServer server)
    {
        if (!TestStore.IsPostgres)
        {
            Writer(server).Pragma($"PRAGMA max_page_count = {Writer(server).Pragma("PRAGMA page_count")}");
            return;
        }
        await using var store = await TestStore.OpenAsync(server.Folder);
        await store.ExecuteAsync("""
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION full_disk()
            """);
    }

    public static async Task EndAsync(TestServer server)
    {
        if (!TestStore.IsPostgres)
        {
            Writer(server).Pragma("PRAGMA max_page_count = 1000000");
            return;
        }
        await using var store = await TestStore.OpenAsync(server.Folder);
        await store.ExecuteAsync("DROP TRIGGER full_disk ON messages");
    }

    static SqliteLogWriter Writer(TestServer server) => (SqliteLogWriter)server.Services.GetRequiredService<MessageLog>().Writer;
}
