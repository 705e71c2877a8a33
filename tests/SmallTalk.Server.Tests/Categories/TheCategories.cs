using System.Text.Json;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Categories;

public sealed class TheCategories
{
    [Theory]
    [InlineData("ko", "운동·스포츠")]
    [InlineData("en", "Sports")]
    public async Task Are_named_in_the_language_asked_for(string language, string name)
    {
        await using var server = await TestServer.StartAsync();
        using var http = server.CreateHttpClient();
        http.DefaultRequestHeaders.Add("Accept-Language", language);

        var categories = (await (await http.GetAsync("/api/categories")).JsonAsync()).GetProperty("items").EnumerateArray().ToList();

        Assert.InRange(categories.Count, 14, 20);
        var sports = Assert.Single(categories, c => c.GetProperty("slug").GetString() == "sports");
        Assert.Equal(name, sports.GetProperty("name").GetString());
        Assert.All(categories, c => Assert.NotEmpty(c.GetProperty("icon").GetString()!));
        Assert.All(categories, c => Assert.NotEmpty(c.GetProperty("nameKo").GetString()!));
        Assert.All(categories, c => Assert.NotEmpty(c.GetProperty("nameEn").GetString()!));
    }

    [Fact]
    public async Task Count_the_listed_rooms_as_they_come_and_go()
    {
        await using var server = await TestServer.StartAsync();
        var minji = await server.SignUpAsync();
        Assert.Equal(0, await CountAsync(minji, "travel"));

        var first = await minji.CreateRoomAsync(category: "travel");
        var second = await minji.CreateRoomAsync(category: "travel");
        await minji.CreateRoomAsync(category: "travel", listed: false);
        Assert.Equal(2, await CountAsync(minji, "travel"));

        await (await minji.EditRoomAsync(first, new { category = "food" })).JsonAsync();
        await minji.DeleteRoomAsync(second);
        Assert.Equal(0, await CountAsync(minji, "travel"));
        Assert.Equal(1, await CountAsync(minji, "food"));
    }

    [Fact]
    public async Task Are_there_once_after_a_second_start()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        try
        {
            var counts = new List<int>();
            for (var start = 0; start < 2; start++)
            {
                await using var server = await TestServer.StartOnAsync(folder);
                using var http = server.CreateHttpClient();
                counts.Add((await (await http.GetAsync("/api/categories")).JsonAsync()).GetProperty("items").GetArrayLength());
            }
            Assert.Equal(counts[0], counts[1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<int> CountAsync(TestUser user, string slug)
    {
        JsonElement categories = await (await user.Http.GetAsync("/api/categories")).JsonAsync();
        return categories.GetProperty("items").EnumerateArray()
            .Single(c => c.GetProperty("slug").GetString() == slug).GetProperty("roomCount").GetInt32();
    }
}
