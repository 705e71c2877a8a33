using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace SmallTalk.Server.Data.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "blocks",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    blocked_id = table.Column<Guid>(type: "uuid", nullable: false),
                    since = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_blocks", x => new { x.user_id, x.blocked_id });
                });

            migrationBuilder.CreateTable(
                name: "categories",
                columns: table => new
                {
                    slug = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name_ko = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name_en = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    icon = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    position = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_categories", x => x.slug);
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    friendly_name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    xml = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "friendships",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    other_id = table.Column<Guid>(type: "uuid", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    since = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_friendships", x => new { x.user_id, x.other_id });
                });

            migrationBuilder.CreateTable(
                name: "memberships",
                columns: table => new
                {
                    room_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    joined_at = table.Column<long>(type: "bigint", nullable: false),
                    left_at = table.Column<long>(type: "bigint", nullable: true),
                    left_seq = table.Column<long>(type: "bigint", nullable: true),
                    read_seq = table.Column<long>(type: "bigint", nullable: false),
                    has_written = table.Column<bool>(type: "boolean", nullable: false),
                    own = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    own_to = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    last_visited_at = table.Column<long>(type: "bigint", nullable: false),
                    is_banned = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_memberships", x => new { x.room_id, x.user_id });
                });

            // By hand: EF has no word for partitions. Spread by the room, so that an index stays small and vacuum does a part at a time.
            migrationBuilder.Sql("""
                CREATE TABLE messages (
                    room_id uuid NOT NULL,
                    seq bigint NOT NULL,
                    version bigint NOT NULL,
                    sender_id uuid NOT NULL,
                    client_id text COLLATE "C" NOT NULL,
                    text text COLLATE "C" NOT NULL,
                    reply_to bigint,
                    created_at bigint NOT NULL,
                    edited_at bigint,
                    deleted_at bigint,
                    is_hidden boolean NOT NULL,
                    CONSTRAINT pk_messages PRIMARY KEY (room_id, seq)) PARTITION BY HASH (room_id);
                """);
            for (var i = 0; i < 16; i++)
                migrationBuilder.Sql($"CREATE TABLE messages_{i:00} PARTITION OF messages FOR VALUES WITH (MODULUS 16, REMAINDER {i});");

            // By hand: EF's keys have no direction. The newest room first, as searching compares them.
            migrationBuilder.Sql("""
                CREATE TABLE room_grams (gram text COLLATE "C" NOT NULL, place integer NOT NULL, number bigint NOT NULL);
                CREATE UNIQUE INDEX pk_room_grams ON room_grams (gram, place, number DESC);
                """);

            migrationBuilder.CreateTable(
                name: "room_tags",
                columns: table => new
                {
                    room_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    text = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    position = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_room_tags", x => new { x.room_id, x.key });
                });

            migrationBuilder.CreateTable(
                name: "room_texts",
                columns: table => new
                {
                    number = table.Column<long>(type: "bigint", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    tags = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    description = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_room_texts", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "rooms",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    description = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    category_slug = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    creator_id = table.Column<Guid>(type: "uuid", nullable: true),
                    owner_id = table.Column<Guid>(type: "uuid", nullable: true),
                    join_rule = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    is_listed = table.Column<bool>(type: "boolean", nullable: false),
                    password_hash = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    member_limit = table.Column<int>(type: "integer", nullable: false),
                    member_count = table.Column<int>(type: "integer", nullable: false),
                    pinned_seq = table.Column<long>(type: "bigint", nullable: true),
                    last_seq = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    last_message_at = table.Column<long>(type: "bigint", nullable: true),
                    active_at = table.Column<long>(type: "bigint", nullable: false),
                    direct_key = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    deleted_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_rooms", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    device = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    last_seen_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false),
                    refresh_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    previous_refresh_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    refreshed_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sessions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "store_facts",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    value = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_store_facts", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "users",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    status_line = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false, collation: "C"),
                    language = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    is_administrator = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    last_seen_at = table.Column<long>(type: "bigint", nullable: false),
                    deleted_at = table.Column<long>(type: "bigint", nullable: true),
                    user_name = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true, collation: "C"),
                    normalized_user_name = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true, collation: "C"),
                    email = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true, collation: "C"),
                    normalized_email = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true, collation: "C"),
                    email_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    password_hash = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    security_stamp = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    concurrency_stamp = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    phone_number = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    phone_number_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    two_factor_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    lockout_end = table.Column<long>(type: "bigint", nullable: true),
                    lockout_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    access_failed_count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_users", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "user_claims",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    claim_type = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    claim_value = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_claims", x => x.id);
                    table.ForeignKey(
                        name: "fk_user_claims_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "user_logins",
                columns: table => new
                {
                    login_provider = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    provider_key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    provider_display_name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_logins", x => new { x.login_provider, x.provider_key });
                    table.ForeignKey(
                        name: "fk_user_logins_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "user_tokens",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    login_provider = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    value = table.Column<string>(type: "text", nullable: true, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_tokens", x => new { x.user_id, x.login_provider, x.name });
                    table.ForeignKey(
                        name: "fk_user_tokens_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            // Each batch of messages changes a row of these, and no index of them: with room on its page the row stays where it is.
            migrationBuilder.Sql("ALTER TABLE rooms SET (fillfactor = 70); ALTER TABLE memberships SET (fillfactor = 85);");

            migrationBuilder.CreateIndex(
                name: "ix_blocks_blocked_id",
                table: "blocks",
                column: "blocked_id");

            migrationBuilder.CreateIndex(
                name: "ix_friendships_user_id_state",
                table: "friendships",
                columns: new[] { "user_id", "state" });

            migrationBuilder.CreateIndex(
                name: "ix_memberships_room_id_role_joined_at_user_id",
                table: "memberships",
                columns: new[] { "room_id", "role", "joined_at", "user_id" },
                filter: "left_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_memberships_user_id_left_at",
                table: "memberships",
                columns: new[] { "user_id", "left_at" });

            migrationBuilder.CreateIndex(
                name: "ix_messages_changed",
                table: "messages",
                columns: new[] { "room_id", "version" },
                unique: true,
                filter: "edited_at IS NOT NULL OR deleted_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_messages_client_id_sender_id_room_id",
                table: "messages",
                columns: new[] { "client_id", "sender_id", "room_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_messages_deleted",
                table: "messages",
                columns: new[] { "room_id", "seq", "sender_id", "deleted_at" },
                filter: "deleted_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_room_tags_key_room_id",
                table: "room_tags",
                columns: new[] { "key", "room_id" });

            migrationBuilder.CreateIndex(
                name: "ix_rooms_active_at_id",
                table: "rooms",
                columns: new[] { "active_at", "id" },
                filter: "kind = 'group' AND is_listed AND deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_category_slug_active_at_id",
                table: "rooms",
                columns: new[] { "category_slug", "active_at", "id" },
                filter: "kind = 'group' AND is_listed AND deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_category_slug_id",
                table: "rooms",
                columns: new[] { "category_slug", "id" },
                filter: "kind = 'group' AND is_listed AND deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_category_slug_member_count_id",
                table: "rooms",
                columns: new[] { "category_slug", "member_count", "id" },
                filter: "kind = 'group' AND is_listed AND deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_creator_id",
                table: "rooms",
                column: "creator_id");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_direct_key",
                table: "rooms",
                column: "direct_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_rooms_id",
                table: "rooms",
                column: "id",
                filter: "kind = 'group' AND is_listed AND deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_member_count_id",
                table: "rooms",
                columns: new[] { "member_count", "id" },
                filter: "kind = 'group' AND is_listed AND deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_number",
                table: "rooms",
                column: "number");

            migrationBuilder.CreateIndex(
                name: "ix_rooms_owner_id",
                table: "rooms",
                column: "owner_id");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_user_id",
                table: "sessions",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_user_claims_user_id",
                table: "user_claims",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_user_logins_user_id",
                table: "user_logins",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "EmailIndex",
                table: "users",
                column: "normalized_email");

            migrationBuilder.CreateIndex(
                name: "UserNameIndex",
                table: "users",
                column: "normalized_user_name",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "blocks");

            migrationBuilder.DropTable(
                name: "categories");

            migrationBuilder.DropTable(
                name: "data_protection_keys");

            migrationBuilder.DropTable(
                name: "friendships");

            migrationBuilder.DropTable(
                name: "memberships");

            migrationBuilder.DropTable(
                name: "messages");

            migrationBuilder.DropTable(
                name: "room_grams");

            migrationBuilder.DropTable(
                name: "room_tags");

            migrationBuilder.DropTable(
                name: "room_texts");

            migrationBuilder.DropTable(
                name: "rooms");

            migrationBuilder.DropTable(
                name: "sessions");

            migrationBuilder.DropTable(
                name: "store_facts");

            migrationBuilder.DropTable(
                name: "user_claims");

            migrationBuilder.DropTable(
                name: "user_logins");

            migrationBuilder.DropTable(
                name: "user_tokens");

            migrationBuilder.DropTable(
                name: "users");
        }
    }
}
