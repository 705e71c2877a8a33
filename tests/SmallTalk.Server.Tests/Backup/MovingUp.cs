using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Backup;
using SmallTalk.Server.Data;
using SmallTalk.Server.Data.Postgres;
using SmallTalk.Server.Data.Sqlite;
using SmallTalk.Server.Hosting;
using SmallTalk.Testing;

namespace SmallTalk.Server.Tests.Backup;

/// <summary>From the embedded store to PostgreSQL, which this uses whatever store the run is for.</summary>
public sealed class MovingUp : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
    (string Key, string Value)[] _embedded = [];
    (string Key, string Value)[] _grown = [];

    public async ValueTask InitializeAsync()
    {
        var database = $"moved-{Guid.NewGuid():N}";
        var postgres = await TestPostgres.Running;
        await postgres.CreateAsync(database, template: null);
        _embedded = [("SmallTalk:Store:Provider", nameof(StoreProvider.SQLite))];
        _grown = [("SmallTalk:Store:Provider", nameof(StoreProvider.PostgreSQL)), ("SmallTalk:Store:ConnectionString", postgres.ConnectionString(database))];
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Goes_on_with_everything_and_clients_with_what_they_have()
    {
        ABackup.Talk talk;
        await using (var server = await TestServer.StartFreshAsync(_folder, _embedded))
            talk = await ABackup.Talk.FillAsync(server);

        var moved = ABackup.Succeeded(await MoveAsync());

        Assert.Contains("as it was", moved.Output, StringComparison.Ordinal);
        await using var grown = await TestServer.StartAsync(_grown);
        var history = await talk.Minji.At(grown).HistoryAsync(talk.Room);
        Assert.Equal(talk.Epoch, history.GetProperty("epoch").GetString());
        Assert.Equal(talk.Past, (await talk.Minji.At(grown).WholePastAsync(talk.Room)).Select(message => message.GetRawText()));
        Assert.NotEmpty(await talk.Jun.At(grown).Http.AllPagesAsync("/api/rooms?query=ㅂㄱㄷㄱ"));
        Assert.Equal(2, (await MoveAsync()).Code); // it is not empty any more
    }

    [Fact]
    public async Task That_was_broken_off_goes_on_where_it_was()
    {
        const int Messages = 12_000;
        Guid room;
        TestUser minji;
        await using (var server = await TestServer.StartFreshAsync(_folder, _embedded))
        {
            minji = await server.SignUpAsync();
            room = await minji.CreateRoomAsync();
            await minji.PostAsync(room, "하나");
            await using var store = new SqliteConnection($"Data Source={server.StorePath};Pooling=False;Default Timeout=60");
            await store.OpenAsync();
            await store.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
                WITH RECURSIVE n(seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < {Messages})
                INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, created_at, is_hidden)
                SELECT room_id, n.seq, n.seq, sender_id, 'filled-' || n.seq, text, created_at, is_hidden FROM n JOIN messages;
                UPDATE rooms SET last_seq = {Messages}, version = {Messages};
                """));
        }
        await using (await TestServer.StartAsync(_grown))
        {
        }
        var options = new StoreOptions { Provider = StoreProvider.PostgreSQL, ConnectionString = _grown[1].Value };
        await using (var connections = PostgresConnections.Of(options))
        using (var source = new SqliteContent(new SmallTalkOptions { Data = _folder }))
        using (var target = new PostgresStore(connections).OpenContent())
        {
            var filling = new Filling(target, source.ReadFact("epoch")!);
            Assert.Throws<OperationCanceledException>(() => source.Read(new Tee(filling, new CutAfter("messages", 7_000))));
            Assert.Equal([source.ReadFact("epoch"), "messages", "5000"], target.ReadFact(StoreContent.FillingFact)!.Split('\n'));
            Assert.Equal(5_000, Count(target));
        }
        var half = await Assert.ThrowsAsync<OptionsValidationException>(() => TestServer.StartAsync(_grown));
        Assert.Contains("broken off", half.Message, StringComparison.Ordinal);

        var whole = ABackup.Succeeded(await MoveAsync());

        Assert.Contains("12,000 messages", whole.Output, StringComparison.Ordinal);
        await using var grown = await TestServer.StartAsync(_grown);
        var newest = (await minji.At(grown).HistoryAsync(room)).GetProperty("items");
        Assert.Equal(Messages, newest[0].GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task Leaves_a_folder_alone_in_which_a_node_is_at_work()
    {
        await using var server = await TestServer.StartFreshAsync(_folder, _embedded);

        var moved = await MoveAsync();

        Assert.Equal(2, moved.Code);
        Assert.Contains("at work on it", moved.Errors, StringComparison.Ordinal);
    }

    Task<ServerCommand> MoveAsync() => ServerCommand.RunAsync(["move", _folder, .. _grown.Select(setting => $"--{setting.Key}={setting.Value}")]);

    static long Count(StoreContent content)
    {
        var sums = new Sums();
        content.Read(sums);
        return sums.RowsOf("messages");
    }

    sealed class CutAfter(string table, long row) : IContentSink
    {
        string _table = "";
        long _rows;

        public void BeginTable(Table next, long rows) => (_table, _rows) = (next.Name, 0);

        public void Row(object?[] values, ReadOnlySpan<byte> line)
        {
            if (_table == table && ++_rows > row)
                throw new OperationCanceledException("the power went");
        }

        public void EndTable(string sum)
        {
        }
    }
}
