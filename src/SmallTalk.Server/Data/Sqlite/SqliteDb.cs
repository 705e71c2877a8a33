using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Data.Sqlite;

/// <summary>The embedded store. Ids are 16 bytes; a row's number is its rowid.</summary>
sealed class SqliteDb(DbContextOptions<SqliteDb> options, WriteTurn turn) : ChatDb(options, turn)
{
    public override object Raw(Guid id) => UuidToBytes.Of(id);

    public override string Bytes(string column) => column;

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        base.ConfigureConventions(conventions);
        conventions.Properties<Guid>().HaveConversion<UuidToBytes>();
        conventions.DefaultTypeMapping<Guid>().HasConversion<UuidToBytes>();
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<Room>(room =>
        {
            room.HasKey(r => r.Number); // the rowid, which every index of rooms carries: searching walks them (docs/adr/0006)
            room.HasAlternateKey(r => r.Id);
        });
        builder.Entity<Message>(message =>
        {
            // Appended by rowid with narrow indexes, the shape that measured cheapest (docs/adr/0003).
            message.HasKey(m => m.Id);
            message.Property(m => m.Id).ValueGeneratedNever(); // the rowid, without AUTOINCREMENT's second table
            message.HasIndex(m => new { m.RoomId, m.Seq }).IsUnique();
        });
    }

    /// <summary>For <c>dotnet ef migrations add</c> alone.</summary>
    internal sealed class DesignTime : IDesignTimeDbContextFactory<SqliteDb>
    {
        public SqliteDb CreateDbContext(string[] args)
        {
            var options = new DbContextOptionsBuilder<SqliteDb>();
            SqliteStore.Configure(options, "Data Source=:memory:");
            return new SqliteDb(options.Options, new WriteTurn());
        }
    }
}

/// <summary>Big-endian, so that the bytes of UUIDv7 sort by time and the indexes grow at their end.</summary>
sealed class UuidToBytes() : ValueConverter<Guid, byte[]>(id => Of(id), bytes => new Guid(bytes, bigEndian: true))
{
    public static byte[] Of(Guid id) => id.ToByteArray(bigEndian: true);
}
