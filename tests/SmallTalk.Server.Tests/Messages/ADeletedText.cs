using System.Text;
using Microsoft.Extensions.Time.Testing;
using SmallTalk.Server.Data.Sqlite;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Messages;

public sealed class ADeletedText
{
    [Fact]
    public async Task Is_soon_in_no_file_of_the_data_folder()
    {
        Assert.SkipWhen(TestStore.IsPostgres, "PostgreSQL's files are its own matter");
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(clock);
        var minji = await server.SignUpAsync();
        var (room, doomed) = (await minji.CreateRoomAsync(), await minji.CreateRoomAsync("곧 사라질 방"));
        string[] secrets = [.. Enumerable.Range(0, 60).Select(i => $"secret-{i}-")];
        foreach (var (i, secret) in secrets.Index()) // short ones and such as fill several pages of the file
        {
            await minji.PostAsync(room, $"이웃 {i}").JsonAsync(System.Net.HttpStatusCode.Created);
            await minji.PostAsync(i % 3 == 2 ? doomed : room, string.Concat(Enumerable.Repeat(secret, 1 + (i * 5)))).JsonAsync(System.Net.HttpStatusCode.Created);
        }
        await PassUntilAsync(left: secrets.Length); // and the store's own file has them, not its log alone

        foreach (var message in await minji.WholePastAsync(room))
        {
            if (message.Words().StartsWith("secret-", StringComparison.Ordinal))
                await (message.Seq() % 4 < 2 ? minji.DeleteMessageAsync(room, message.Seq()) : minji.EditAsync(room, message.Seq(), "다른 말")).JsonAsync();
        }
        await minji.DeleteRoomAsync(doomed);

        await PassUntilAsync(left: 0);
        Assert.Equal(100, (await minji.WholePastAsync(room)).Count);

        async Task PassUntilAsync(int left)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (new FileInfo(server.StorePath + "-wal").Length > 0 || Found(server, secrets).Count != left)
            {
                Assert.False(patience.IsCancellationRequested, $"Found: {string.Join(' ', Found(server, secrets))}");
                clock.Advance(WalTrimming.Every);
                await minji.Http.GetAsync("/api/me").JsonAsync();
            }
        }
    }

    static List<string> Found(TestServer server, string[] texts)
    {
        var files = Directory.EnumerateFiles(server.Folder, "smalltalk.db*").Select(Read).ToList();
        return [.. texts.Where(text => files.Exists(file => file.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0))];

        static byte[] Read(string path)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes); // to where it ends by then: the node may cut it meanwhile
            return bytes.ToArray();
        }
    }
}
