using System.Data.Common;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Categories;
using SmallTalk.Server.Friends;
using SmallTalk.Server.Members;
using SmallTalk.Server.Messages;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Data;

/// <summary>The store as the features see it, whichever it is. Reads are ordinary queries; whatever writes runs between
/// <see cref="BeginWriteAsync"/> and its commit, which <see cref="UnannouncedWrites"/> enforces. A derived context for each store has its
/// types, keys and migrations.</summary>
/// <param name="options">The derived context's.</param>
/// <param name="turn">Null where the store lets many write at once.</param>
abstract class ChatDb(DbContextOptions options, WriteTurn? turn)
    : IdentityUserContext<User, Guid>(options), IDataProtectionKeyContext
{
    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<Category> Categories => Set<Category>();

    public DbSet<Room> Rooms => Set<Room>();

    public DbSet<Tag> Tags => Set<Tag>();

    public DbSet<Membership> Memberships => Set<Membership>();

    public DbSet<Message> Messages => Set<Message>();

    public DbSet<Friendship> Friendships => Set<Friendship>();

    public DbSet<Block> Blocks => Set<Block>();

    public DbSet<StoreFact> StoreFacts => Set<StoreFact>();

    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    public bool IsWriting { get; internal set; }

    /// <summary>For parameters and results of <c>SqlQuery</c>, which, unlike <c>ExecuteSql</c>, knows nothing of the model's conversions:
    /// an id as the store's driver takes it.</summary>
    public abstract object Raw(Guid id);

    /// <summary>The SQL that reads a column of ids as its 16 bytes, big-endian.</summary>
    public abstract string Bytes(string column);

    /// <summary>Waits for this node's turn to write, where the store has one writer, and opens the transaction. Hash passwords and the
    /// like before: nothing slow belongs inside. What is not committed is rolled back on dispose.</summary>
    public async Task<WriteTransaction> BeginWriteAsync(CancellationToken ct)
    {
        if (turn is not null)
            await turn.WaitAsync(ct);
        try
        {
            var transaction = await Database.BeginTransactionAsync(ct);
            IsWriting = true;
            return new WriteTransaction(this, transaction, turn);
        }
        catch
        {
            turn?.Release();
            throw;
        }
    }

    /// <summary>Holds these people's rows until the write transaction ends: what it reads of them, their friendships and their sessions
    /// after this stays so. Whoever locks rows takes people before rooms, rooms before their members, each in the order of the ids:
    /// then nobody waits in a circle. A store with one writer has nothing to lock.</summary>
    public virtual Task LockPeopleAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => Task.CompletedTask;

    /// <summary>The same for rooms and their memberships.</summary>
    public virtual Task LockRoomsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) => Task.CompletedTask;

    /// <summary>The same for one session.</summary>
    public virtual Task LockSessionAsync(Guid id, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Whether a unique index refused what was saved, because somebody else was faster.</summary>
    public static bool IsDuplicate(DbUpdateException fault) => fault.InnerException is DbException { SqlState: "23505" };

    /// <summary>Synchronous saving is Data Protection's, which stores a new key in a scope of its own.</summary>
    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        turn?.Wait();
        IsWriting = true;
        try
        {
            return base.SaveChanges(acceptAllChangesOnSuccess);
        }
        finally
        {
            IsWriting = false;
            turn?.Release();
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        conventions.Properties<DateTimeOffset>().HaveConversion<TimeToMilliseconds>();
        conventions.Properties<RoomKind>().HaveConversion<LowerCaseEnum<RoomKind>>();
        conventions.Properties<JoinRule>().HaveConversion<LowerCaseEnum<JoinRule>>();
        conventions.Properties<Role>().HaveConversion<LowerCaseEnum<Role>>();
        conventions.Properties<FriendState>().HaveConversion<LowerCaseEnum<FriendState>>();
        // For parameters of SQL that is written by hand.
        conventions.DefaultTypeMapping<DateTimeOffset>().HasConversion<TimeToMilliseconds>();
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<User>(user =>
        {
            user.ToTable("users");
            user.Property(u => u.StatusLine).HasMaxLength(100);
        });
        builder.Entity<Microsoft.AspNetCore.Identity.IdentityUserClaim<Guid>>().ToTable("user_claims");
        builder.Entity<Microsoft.AspNetCore.Identity.IdentityUserLogin<Guid>>().ToTable("user_logins");
        builder.Entity<Microsoft.AspNetCore.Identity.IdentityUserToken<Guid>>().ToTable("user_tokens");
        builder.Entity<Session>(session => session.HasIndex(s => s.UserId));
        builder.Entity<Category>(category => category.HasKey(c => c.Slug));
        builder.Entity<Room>(room =>
        {
            const string discoverable = "kind = 'group' AND is_listed AND deleted_at IS NULL";
            room.HasIndex(r => r.DirectKey).IsUnique();
            room.HasIndex(r => r.OwnerId);
            room.HasIndex(r => r.CreatorId);
            room.HasIndex(r => new { r.ActiveAt, r.Id }).HasFilter(discoverable);
            room.HasIndex(r => r.Id).HasFilter(discoverable);
            room.HasIndex(r => new { r.MemberCount, r.Id }).HasFilter(discoverable);
            room.HasIndex(r => new { r.CategorySlug, r.ActiveAt, r.Id }).HasFilter(discoverable);
            room.HasIndex(r => new { r.CategorySlug, r.Id }).HasFilter(discoverable);
            room.HasIndex(r => new { r.CategorySlug, r.MemberCount, r.Id }).HasFilter(discoverable);
        });
        builder.Entity<Tag>(tag =>
        {
            tag.ToTable("room_tags").HasKey(t => new { t.RoomId, t.Key });
            tag.HasIndex(t => new { t.Key, t.RoomId });
        });
        builder.Entity<SearchedRoom>(room =>
        {
            room.ToTable("room_texts").HasKey(r => r.Number);
            room.Property(r => r.Number).ValueGeneratedNever(); // the room's
        });
        // The newest room first: the migration says so in each store's own words.
        builder.Entity<RoomGram>(gram => gram.ToTable("room_grams").HasKey(g => new { g.Gram, g.Place, g.Number }));
        builder.Entity<Membership>(membership =>
        {
            membership.HasKey(m => new { m.RoomId, m.UserId });
            membership.Property(m => m.Own).HasDefaultValue(0);
            membership.Property(m => m.OwnTo).HasDefaultValue(0L);
            membership.HasIndex(m => new { m.UserId, m.LeftAt });
            membership.HasIndex(m => new { m.RoomId, m.Role, m.JoinedAt, m.UserId }).HasFilter("left_at IS NULL");
        });
        builder.Entity<Message>(message =>
        {
            message.HasIndex(m => new { m.ClientId, m.SenderId, m.RoomId }).IsUnique();
            message.HasIndex(m => new { m.RoomId, m.Version }).IsUnique().HasDatabaseName("ix_messages_changed").HasFilter("edited_at IS NOT NULL OR deleted_at IS NOT NULL");
            // Covers what is asked of it, or SQLite reads by the index before.
            message.HasIndex(m => new { m.RoomId, m.Seq, m.SenderId, m.DeletedAt }, "Deleted").HasDatabaseName("ix_messages_deleted").HasFilter("deleted_at IS NOT NULL");
        });
        builder.Entity<Friendship>(friendship =>
        {
            friendship.HasKey(f => new { f.UserId, f.OtherId });
            friendship.HasIndex(f => new { f.UserId, f.State });
        });
        builder.Entity<Block>(block =>
        {
            block.HasKey(b => new { b.UserId, b.BlockedId });
            block.HasIndex(b => b.BlockedId);
        });
        builder.Entity<StoreFact>(fact => fact.HasKey(f => f.Name));
    }
}

/// <summary>In every store: what is read is what was written, and both stores sort and round alike.</summary>
sealed class TimeToMilliseconds() : ValueConverter<DateTimeOffset, long>(
    time => time.ToUnixTimeMilliseconds(), milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));

sealed class LowerCaseEnum<T>() : ValueConverter<T, string>(
    value => value.ToString().ToLowerInvariant(), text => Enum.Parse<T>(text, ignoreCase: true))
    where T : struct, Enum;

/// <summary>The open write transaction of a <see cref="ChatDb"/>.</summary>
sealed class WriteTransaction(ChatDb db, IDbContextTransaction transaction, WriteTurn? turn) : IAsyncDisposable
{
    /// <summary>Cancelling stops the waiting for a turn, never a commit under way: so this takes no token.</summary>
    public Task CommitAsync() => transaction.CommitAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await transaction.DisposeAsync();
        }
        finally
        {
            db.IsWriting = false;
            turn?.Release();
        }
    }
}
