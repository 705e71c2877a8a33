using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Data.Postgres;

/// <summary>The store of many nodes. Every key and unique index of what belongs to a room has the room's id in it, so that tables can be
/// spread by it (docs/adr/0007). Text sorts by its bytes, as on SQLite, and no index depends on the machine's locales.</summary>
sealed class PostgresDb(DbContextOptions<PostgresDb> options) : ChatDb(options, turn: null)
{
    public override object Raw(Guid id) => id;

    public override string Bytes(string column) => $"uuid_send({column})";

    public override Task LockPeopleAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = ANY ({ids.ToArray()}) ORDER BY id FOR NO KEY UPDATE", ct);

    public override Task LockRoomsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        Database.ExecuteSqlAsync($"SELECT 1 FROM rooms WHERE id = ANY ({ids.ToArray()}) ORDER BY id FOR NO KEY UPDATE", ct);

    public override Task LockSessionAsync(Guid id, CancellationToken ct) =>
        Database.ExecuteSqlAsync($"SELECT 1 FROM sessions WHERE id = {id} FOR NO KEY UPDATE", ct);

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        base.ConfigureConventions(conventions);
        conventions.Properties<string>().UseCollation("C");
        conventions.Properties<Enum>().UseCollation("C"); // words, too
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<Room>(room =>
        {
            room.HasKey(r => r.Id);
            room.Property(r => r.Number).ValueGeneratedOnAdd();
            room.HasIndex(r => r.Number);
        });
        builder.Entity<Message>(message =>
        {
            message.Ignore(m => m.Id);
            message.HasKey(m => new { m.RoomId, m.Seq });
        });
    }

    /// <summary>For <c>dotnet ef migrations add</c> alone.</summary>
    internal sealed class DesignTime : IDesignTimeDbContextFactory<PostgresDb>
    {
        public PostgresDb CreateDbContext(string[] args)
        {
            var options = new DbContextOptionsBuilder<PostgresDb>();
            PostgresStore.Configure(options, o => o.UseNpgsql("Host=127.0.0.1"));
            return new PostgresDb(options.Options);
        }
    }
}
