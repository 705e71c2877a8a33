using System.Globalization;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Data;
using SmallTalk.Server.Data.Postgres;
using SmallTalk.Server.Data.Sqlite;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests;

public sealed class StartingOnAStore
{
    [Fact]
    public async Task By_several_nodes_at_once_prepares_it_once()
    {
        var database = $"start-{Guid.NewGuid():N}";
        var postgres = await TestPostgres.Running;
        await postgres.CreateAsync(database, template: null);
        (string, string)[] settings = [("SmallTalk:Store:Provider", nameof(StoreProvider.PostgreSQL)), ("SmallTalk:Store:ConnectionString", postgres.ConnectionString(database)), ("SmallTalk:Demo", "true")];

        var nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => TestServer.StartAsync(settings))));

        var rooms = new List<int>();
        foreach (var node in nodes)
        {
            await using var scope = node.Services.CreateAsyncScope();
            rooms.Add(await scope.ServiceProvider.GetRequiredService<ChatDb>().Rooms.CountAsync());
            using var http = node.CreateHttpClient();
            Assert.NotEmpty(await http.AllPagesAsync("/api/rooms?query=ㅇ"));
            await node.DisposeAsync();
        }
        Assert.True(rooms[0] > 20);
        Assert.Single(rooms.Distinct());
    }

    [Theory]
    [InlineData("99990101000000_Tomorrow", "a newer SmallTalk")]
    [InlineData("20200101000000_Yesterday", "an earlier SmallTalk")]
    public async Task That_another_version_made_is_refused_in_a_line_that_says_so(string schema, string whose)
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        await using (await TestServer.StartOnAsync(folder))
        {
        }
        await using (var store = await TestStore.OpenAsync(folder))
        {
            var history = TestStore.IsPostgres ? "\"__EFMigrationsHistory\"" : "__EFMigrationsHistory";
            await store.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"UPDATE {history} SET migration_id = '{schema}'"));
        }

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => TestServer.StartFreshAsync(folder));

        Assert.Contains(whose, refused.Message, StringComparison.Ordinal);
        Assert.Contains(schema, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Has_the_same_steps_on_both_for_a_backup_names_its_schema_by_them()
    {
        static IEnumerable<string> StepsOf(Type db) => typeof(ChatDb).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<DbContextAttribute>()?.ContextType == db)
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id).OfType<string>()
            .Order(StringComparer.Ordinal).Select(StoreContent.NameOf);

        Assert.Equal(StepsOf(typeof(SqliteDb)), StepsOf(typeof(PostgresDb)));
    }

    [Fact]
    public async Task Embedded_loads_nothing_of_the_other_ones_driver()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        await using (var node = await NodeProcess.StartAsync(folder, ("SmallTalk:Store:Provider", nameof(StoreProvider.SQLite))))
        {
            using var http = new HttpClient { BaseAddress = node.Address };
            (await http.GetAsync("/api/categories")).EnsureSuccessStatusCode();

            var files = await File.ReadAllTextAsync($"/proc/{node.Id}/maps");

            Assert.Contains("Microsoft.EntityFrameworkCore.Sqlite.dll", files, StringComparison.Ordinal);
            Assert.DoesNotContain("Npgsql", files, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }
}
