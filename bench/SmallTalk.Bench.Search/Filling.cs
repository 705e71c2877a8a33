using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SmallTalk.Server.Messages.Log;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

namespace SmallTalk.Bench.Search;

/// <summary>Writes rooms and their index in the order in which they lie in the file, a hundred times as fast as founding them.</summary>
static class Filling
{
    public static void Fill(string file, Words words, int size)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        var handle = connection.Handle!;
        Run("PRAGMA journal_mode = DELETE"); // nothing to lose here
        Run("PRAGMA journal_mode = OFF");
        Run("PRAGMA synchronous = OFF");
        Run("PRAGMA cache_size = -500000");
        Run("BEGIN");
        using var room = new Statement(handle, """
            INSERT INTO rooms (number, id, kind, name, description, category_slug, join_rule, is_listed, member_limit, member_count, last_seq, version,
                created_at, active_at) VALUES (?1, ?2, 'group', ?3, ?4, 'sports', 'open', TRUE, 1500, ?5, 0, 0, ?6, ?7)
            """);
        using var tag = new Statement(handle, "INSERT INTO room_tags (room_id, key, text, position) VALUES (?1, ?2, ?3, ?4)");
        using var text = new Statement(handle, "INSERT INTO room_texts (number, name, tags, description) VALUES (?1, ?2, ?3, ?4)");
        using var filed = new Statement(handle, "INSERT INTO room_grams (gram, place, number) VALUES (?1, ?2, ?3)");
        var random = new Random(2);
        var start = DateTimeOffset.UtcNow.AddDays(-1_000);
        var lists = new Dictionary<(string Gram, int Place), List<int>>();
        var clock = Stopwatch.StartNew();
        for (var number = 1; number <= size; number++)
        {
            var id = Guid.CreateVersion7(start.AddSeconds(number));
            var name = words.Some(random, 2) + (number % 100 == 0 ? " 축구" : "") + (number % (size / 50) == 1 ? " 줌바댄스" : "") + (number % 1_000 == 2 ? " soccer" : "");
            var description = words.Some(random, 6);
            string[] tags = [.. Enumerable.Range(0, random.Next(4)).Select(_ => words.Some(random, 1)).Distinct()];
            room.With(1, number).With(2, id).With(3, name).With(4, description).With(5, random.Next(1, 1_500))
                .With(6, start.ToUnixTimeMilliseconds()).With(7, start.AddSeconds(random.Next(86_400_000)).ToUnixTimeMilliseconds()).Run();
            foreach (var (position, each) in tags.Index())
                tag.With(1, id).With(2, RoomFields.TagKey(each)).With(3, each).With(4, position).Run();
            var searched = RoomText.Of(name, tags, description);
            text.With(1, number).With(2, searched.Name).With(3, searched.Tags).With(4, searched.Description).Run();
            foreach (var under in RoomIndex.FiledUnder(searched))
            {
                if (!lists.TryGetValue(under, out var list))
                    lists.Add(under, list = new List<int>(1));
                list.Add(number);
            }
            Show("rooms", number, size);
        }
        var (total, done) = (lists.Values.Sum(list => (long)list.Count), 0L);
        foreach (var ((gram, place), list) in lists.OrderBy(each => each.Key.Gram, StringComparer.Ordinal).ThenBy(each => each.Key.Place))
        {
            for (var i = list.Count - 1; i >= 0; i--)
            {
                filed.With(1, gram).With(2, place).With(3, list[i]).Run();
                Show("entries", ++done, total);
            }
        }
        Run("COMMIT");
        Run("PRAGMA journal_mode = WAL");
        Console.Error.WriteLine();

        void Run(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        void Show(string what, long count, long of)
        {
            if (count % Math.Max(1, of / 100) == 0)
                Console.Error.Write($"\r{what}: {count:N0} of {of:N0}, {clock.Elapsed.TotalSeconds:F0} s   ");
        }
    }
}
