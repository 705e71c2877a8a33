using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;

namespace SmallTalk.Server.Messages.Log;

/// <summary>Names this life of the store: a new one whenever a backup is restored, which happens only while no node runs.
/// A client that knows another one must forget what it had.</summary>
sealed class StoreEpoch(IOptions<SmallTalkOptions> options)
{
    readonly Lazy<string> _value = new(() =>
    {
        using var connection = new SqliteConnection(StoreSetup.ConnectionString(options.Value));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM store_facts WHERE name = 'epoch'";
        return (string)command.ExecuteScalar()!;
    });

    public string Value => _value.Value;
}
