namespace SmallTalk.Server.Messages.Log;

/// <summary>Every statement of the log on PostgreSQL. Each does its work for a whole batch, and names the index that makes its cost a
/// matter of the batch alone.</summary>
static class PostgresStatements
{
    public const string Begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
    public const string Commit = "COMMIT";

    /// <summary>By pk_rooms, and in its order: whoever locks several rooms does it in this one, so that nobody waits in a circle. What
    /// the statements after it read cannot change until the commit, for all who change a room or its people lock its row first.</summary>
    public const string LockRooms = """
        SELECT id, last_seq, version, kind, join_rule, member_count, pg_current_xact_id(), active_at
        FROM rooms WHERE id = ANY ($1) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
        """;

    /// <summary>By pk_memberships, pk_users and pk_rooms; the other one of a direct room by pk_memberships, the blocks by pk_blocks; own
    /// messages by pk_messages, at most <see cref="Members.Membership.OwnStep"/> rows.</summary>
    public const string Members = """
        SELECT p.room_id, p.user_id, u.user_name, m.role, m.read_seq, m.last_visited_at, m.has_written, m.own, m.own_to,
            CASE WHEN m.has_written AND m.own_to > 0 THEN
                (SELECT COUNT(*) FROM messages x WHERE x.room_id = p.room_id AND x.seq > m.own_to AND x.seq < m.own_to + $3 AND x.sender_id = p.user_id)
                ELSE 0 END,
            other.is_gone, other.is_blocked
        FROM unnest($1::uuid[], $2::uuid[]) AS p (room_id, user_id)
        JOIN memberships m ON m.room_id = p.room_id AND m.user_id = p.user_id AND m.left_at IS NULL AND NOT m.is_banned
        JOIN rooms r ON r.id = p.room_id
        LEFT JOIN users u ON u.id = p.user_id AND u.deleted_at IS NULL
        LEFT JOIN LATERAL (
            SELECT
                EXISTS (SELECT 1 FROM users WHERE id = o.user_id AND deleted_at IS NOT NULL) AS is_gone,
                EXISTS (SELECT 1 FROM blocks WHERE user_id = o.user_id AND blocked_id = p.user_id)
                    OR EXISTS (SELECT 1 FROM blocks WHERE user_id = p.user_id AND blocked_id = o.user_id) AS is_blocked
            FROM memberships o WHERE r.kind = 'direct' AND o.room_id = p.room_id AND o.user_id <> p.user_id LIMIT 1) other ON TRUE
        """;

    const string Columns = "m.room_id, m.seq, m.version, m.sender_id, m.client_id, m.text, m.reply_to, m.created_at, m.edited_at, m.deleted_at, m.is_hidden";

    /// <summary>By ix_messages_client_id_sender_id_room_id of one partition.</summary>
    public const string ByClientId = $"""
        SELECT {Columns}, u.user_name FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS p (room_id, sender_id, client_id)
        JOIN messages m ON m.room_id = p.room_id AND m.sender_id = p.sender_id AND m.client_id = p.client_id
        LEFT JOIN users u ON u.id = m.sender_id AND u.deleted_at IS NULL
        """;

    /// <summary>By pk_messages of one partition.</summary>
    public const string BySeq = $"""
        SELECT {Columns}, u.user_name FROM unnest($1::uuid[], $2::bigint[]) AS p (room_id, seq)
        JOIN messages m ON m.room_id = p.room_id AND m.seq = p.seq
        LEFT JOIN users u ON u.id = m.sender_id AND u.deleted_at IS NULL
        """;

    public const string Insert = """
        INSERT INTO messages (room_id, seq, version, sender_id, client_id, text, reply_to, created_at, is_hidden)
        SELECT *, FALSE FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
        """;

    /// <summary>By pk_messages of one partition.</summary>
    public const string Update = """
        UPDATE messages m SET version = c.version, text = c.text, edited_at = c.edited_at, deleted_at = c.deleted_at, is_hidden = c.is_hidden
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::boolean[])
            AS c (room_id, seq, version, text, edited_at, deleted_at, is_hidden)
        WHERE m.room_id = c.room_id AND m.seq = c.seq
        """;

    /// <summary>By pk_rooms. A room's time moves with new messages only: it is null for other changes, and its place among the active for
    /// most.</summary>
    public const string MoveRooms = """
        UPDATE rooms r SET last_seq = c.last_seq, version = c.version,
            last_message_at = coalesce(c.at, r.last_message_at), active_at = coalesce(c.active_at, r.active_at)
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS c (id, last_seq, version, at, active_at)
        WHERE r.id = c.id
        """;

    /// <summary>By pk_memberships.</summary>
    public const string MarkMembers = """
        UPDATE memberships m SET read_seq = c.read_seq, last_visited_at = c.last_visited_at, has_written = c.has_written, own = c.own, own_to = c.own_to
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::boolean[], $6::integer[], $7::bigint[])
            AS c (room_id, user_id, read_seq, last_visited_at, has_written, own, own_to)
        WHERE m.room_id = c.room_id AND m.user_id = c.user_id
        """;

    /// <summary>What became of a transaction whose commit was not answered. A store that was killed gives the numbers of transactions that it
    /// had not written down to others: so only what is there to be seen counts as committed.</summary>
    public const string Outcome = """
        SELECT CASE WHEN pg_xact_status($1) = 'committed' AND EXISTS (
            SELECT FROM unnest($2, $3, $4, $5) AS w (room_id, seq, version, client_id)
            WHERE NOT EXISTS (
                SELECT FROM messages m WHERE m.room_id = w.room_id AND m.seq = w.seq AND m.version >= w.version AND m.client_id = w.client_id))
        THEN 'another''s' ELSE pg_xact_status($1) END
        """;
}
