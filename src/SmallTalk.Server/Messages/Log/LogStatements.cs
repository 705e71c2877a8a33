namespace SmallTalk.Server.Messages.Log;

/// <summary>Every statement of the log, each with the index that makes its cost independent of what lies behind it.</summary>
static class LogStatements
{
    public const string Begin = "BEGIN IMMEDIATE";
    public const string Commit = "COMMIT";
    public const string Rollback = "ROLLBACK";

    /// <summary>Changes when another connection has committed; no index.</summary>
    public const string DataVersion = "PRAGMA data_version";

    /// <summary>By sqlite_autoindex_rooms_1 (id).</summary>
    public const string Room = """
        SELECT last_seq, version, kind, join_rule, member_count, active_at FROM rooms WHERE id = ?1 AND deleted_at IS NULL
        """;

    /// <summary>By sqlite_autoindex_memberships_1 (room_id, user_id).</summary>
    public const string Member = """
        SELECT role, read_seq, last_visited_at, has_written, own, own_to FROM memberships
        WHERE room_id = ?1 AND user_id = ?2 AND left_at IS NULL AND NOT is_banned
        """;

    /// <summary>By sqlite_autoindex_users_1 (id).</summary>
    public const string Nickname = "SELECT user_name FROM users WHERE id = ?1 AND deleted_at IS NULL";

    /// <summary>The other one of a direct room by sqlite_autoindex_memberships_1 (room_id, …), the blocks by
    /// sqlite_autoindex_blocks_1 (user_id, blocked_id).</summary>
    public const string Other = """
        SELECT
            EXISTS (SELECT 1 FROM users WHERE id = m.user_id AND deleted_at IS NOT NULL),
            EXISTS (SELECT 1 FROM blocks WHERE user_id = m.user_id AND blocked_id = ?2)
                OR EXISTS (SELECT 1 FROM blocks WHERE user_id = ?2 AND blocked_id = m.user_id)
        FROM memberships m WHERE m.room_id = ?1 AND m.user_id <> ?2
        """;

    /// <summary>Appends by rowid; ix_messages_client_id_sender_id_room_id makes a repeat change nothing.</summary>
    public const string Insert = """
        INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, reply_to, created_at, is_hidden)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, FALSE)
        ON CONFLICT (client_id, sender_id, room_id) DO NOTHING
        """;

    const string Columns = "seq, version, sender_id, client_id, text, reply_to, created_at, edited_at, deleted_at, is_hidden";

    /// <summary>By ix_messages_client_id_sender_id_room_id.</summary>
    public const string ByClientId = $"SELECT {Columns} FROM messages WHERE client_id = ?1 AND sender_id = ?2 AND room_id = ?3";

    /// <summary>By ix_messages_room_id_seq.</summary>
    public const string BySeq = $"SELECT {Columns} FROM messages WHERE room_id = ?1 AND seq = ?2";

    /// <summary>By ix_messages_room_id_seq. The old text is overwritten.</summary>
    public const string Update = """
        UPDATE messages SET version = ?3, text = ?4, edited_at = ?5, deleted_at = ?6, is_hidden = ?7 WHERE room_id = ?1 AND seq = ?2
        """;

    /// <summary>By sqlite_autoindex_rooms_1 (id). A room's time moves with new messages only: ?4 is null for other changes.</summary>
    public const string MoveRoom = """
        UPDATE rooms SET last_seq = ?2, version = ?3, last_message_at = coalesce(?4, last_message_at) WHERE id = ?1
        """;

    /// <summary>By sqlite_autoindex_rooms_1 (id).</summary>
    public const string MoveActive = "UPDATE rooms SET active_at = ?2 WHERE id = ?1";

    /// <summary>By sqlite_autoindex_memberships_1 (room_id, user_id).</summary>
    public const string MarkRead = "UPDATE memberships SET read_seq = ?3, last_visited_at = ?4, has_written = ?5, own_to = ?6 WHERE room_id = ?1 AND user_id = ?2";

    /// <summary>By sqlite_autoindex_memberships_1 (room_id, user_id).</summary>
    public const string MarkVisit = """
        UPDATE memberships SET last_visited_at = ?3
        WHERE room_id = ?1 AND user_id = ?2 AND last_visited_at < ?4 AND left_at IS NULL AND NOT is_banned
        """;

    /// <summary>By sqlite_autoindex_memberships_1 (room_id, user_id).</summary>
    public const string MarkWritten = "UPDATE memberships SET has_written = TRUE, own = ?3, own_to = ?4 WHERE room_id = ?1 AND user_id = ?2";

    /// <summary>By ix_messages_room_id_seq; at most <see cref="Members.Membership.OwnStep"/> rows.</summary>
    public const string OwnSince = "SELECT COUNT(*) FROM messages WHERE room_id = ?1 AND seq > ?3 AND seq < ?4 AND sender_id = ?2";
}
