using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using SmallTalk.Server.Data;

namespace SmallTalk.Testing;

/// <summary>Where the servers of this run keep what they have: SQLite in their data folder or, with <c>SMALLTALK_TEST_STORE=postgresql</c>, a
/// database that is named as the folder, of a PostgreSQL that the run starts. So every test runs on both.</summary>
public static class TestStore
{
    const string Variable = "SMALLTALK_TEST_STORE";

    /// <summary>Migrated and seeded once for all tests of a run, each of which begins with a copy: that is most of a start's time.</summary>
    static readonly Lazy<Task<string>> Empty = new(async () =>
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        if (IsPostgres)
            await (await TestPostgres.Running).CreateAsync(NameOf(folder), template: null);
        await using var server = await TestServer.StartFreshAsync(folder);
        return folder;
    });

    public static bool IsPostgres { get; } = Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "sqlite" => false,
        "postgresql" => true,
        var other => throw new InvalidOperationException($"{Variable} = '{other}': allowed is sqlite or postgresql"),
    };

    public static string FileIn(string folder) => Path.Combine(folder, "smalltalk.db");

    /// <summary>A connection of the test's own, for what no feature does. Close it before the folder goes.</summary>
    public static async Task<DbConnection> OpenAsync(string folder)
    {
        DbConnection connection = IsPostgres
            ? new NpgsqlConnection((await TestPostgres.Running).ConnectionString(NameOf(folder)) + ";Pooling=false")
            : new SqliteConnection($"Data Source={FileIn(folder)};Pooling=False;Default Timeout=60");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs a statement in which <c>@id</c>, when it is there, is this id.</summary>
    public static async Task<object?> ExecuteAsync(this DbConnection connection, string sql, Guid? id = null)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (id is { } value)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("@id", IsPostgres ? value : value.ToByteArray(bigEndian: true));
            command.Parameters.Add(parameter);
        }
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A folder with a store on which nobody has been.</summary>
    public static async Task<string> NewFolderAsync()
    {
        var folder = Directory.CreateTempSubdirectory("smalltalk-").FullName;
        await PrepareAsync(folder);
        return folder;
    }

    public static async Task DeleteAsync(string folder)
    {
        Directory.Delete(folder, recursive: true);
        if (IsPostgres)
            await (await TestPostgres.Running).DropAsync(NameOf(folder));
    }

    /// <summary>The settings of a server that is to keep what it has there.</summary>
    internal static async Task<(string Key, string Value)[]> SettingsAsync(string folder) => !IsPostgres
        ? []
        : [("SmallTalk:Store:Provider", nameof(StoreProvider.PostgreSQL)), ("SmallTalk:Store:ConnectionString", (await TestPostgres.Running).ConnectionString(NameOf(folder)))];

    /// <summary>A store without people, ready to be started on. One that is there stays.</summary>
    internal static async Task PrepareAsync(string folder)
    {
        var empty = await Empty.Value;
        if (IsPostgres)
            await (await TestPostgres.Running).CreateAsync(NameOf(folder), NameOf(empty));
        else if (!File.Exists(FileIn(folder)))
            File.Copy(FileIn(empty), FileIn(folder));
    }

    static string NameOf(string folder) => Path.GetFileName(folder.TrimEnd('/'));
}
