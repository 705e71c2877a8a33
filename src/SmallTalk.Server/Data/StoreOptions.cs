using System.ComponentModel.DataAnnotations;

namespace SmallTalk.Server.Data;

enum StoreProvider
{
    /// <summary>One file in the data folder, for one node.</summary>
    SQLite,

    /// <summary>A server of its own, for many.</summary>
    PostgreSQL,
}

/// <summary>Configuration section <c>SmallTalk:Store</c>.</summary>
sealed class StoreOptions
{
    public const string Section = "SmallTalk:Store";

    public StoreProvider Provider { get; set; }

    /// <summary>Of PostgreSQL.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Of PostgreSQL: so many batches of messages are on their way to it at once, each of its own rooms.</summary>
    [Range(1, 64)]
    public int LogLanes { get; set; } = 4;

    /// <summary>Before a new program changes the tables of a store that is in use, it writes a backup of it into the data folder.</summary>
    public bool SnapshotBeforeMigration { get; set; } = true;
}
