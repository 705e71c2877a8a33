using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;

namespace SmallTalk.Server.Messages.Log;

/// <summary>Names this life of the store: a new one whenever a backup is restored, which happens only while no node runs.
/// A client that knows another one must forget what it had.</summary>
sealed class StoreEpoch(IServiceScopeFactory scopes)
{
    readonly Lazy<string> _value = new(() =>
    {
        using var scope = scopes.CreateScope();
        return scope.ServiceProvider.GetRequiredService<ChatDb>().StoreFacts.AsNoTracking().Single(f => f.Name == "epoch").Value;
    });

    public string Value => _value.Value;
}
