using System.Runtime.InteropServices;

namespace SmallTalk.Server.Backup;

/// <summary>What must hold in every store: in each room the seqs from 1 to its last without a gap, no change beyond its version, its
/// members as many as it counts, and nothing that refers to nothing.</summary>
sealed class Soundness : IContentSink
{
    const int MostProblems = 20;

    readonly HashSet<Guid> _people = [];
    readonly Dictionary<Guid, Said> _said = [];
    readonly Dictionary<Guid, int> _members = [];
    readonly HashSet<Guid> _mentioned = [];
    readonly List<Func<object?[], string?>> _checks = [];
    readonly List<string> _problems = [];
    int _found;

    /// <summary>The first of them; empty when all is well.</summary>
    public IReadOnlyList<string> Problems => _found <= MostProblems ? _problems : [.. _problems, $"and {_found - MostProblems} more"];

    public void BeginTable(Table table, long rows)
    {
        _checks.Clear();
        switch (table.Name)
        {
            case "messages":
                _checks.Add(MessageCheck(table));
                break;
            case "memberships":
                _checks.Add(MembershipCheck(table));
                break;
            case "rooms":
                _checks.Add(RoomCheck(table));
                break;
            case "users":
                Each(table, "id", id => _people.Add(id));
                break;
            case "friendships":
                Each(table, "user_id", id => _mentioned.Add(id));
                Each(table, "other_id", id => _mentioned.Add(id));
                break;
            case "blocks" or "sessions":
                Each(table, "user_id", id => _mentioned.Add(id));
                break;
        }
    }

    public void Row(object?[] row, ReadOnlySpan<byte> line)
    {
        foreach (var check in _checks)
        {
            if (check(row) is { } problem)
                Found(problem);
        }
    }

    public void EndTable(string sum)
    {
    }

    public void End()
    {
        foreach (var room in _said.Keys)
            Found($"messages of room {room}, which is not there");
        foreach (var room in _members.Keys)
            Found($"members of room {room}, which is not there");
        foreach (var id in _mentioned.Where(id => !_people.Contains(id)))
            Found($"person {id} is mentioned and not there");
    }

    Func<object?[], string?> MessageCheck(Table table)
    {
        var (room, seq, version, sender) = (table.IndexOf("room_id"), table.IndexOf("seq"), table.IndexOf("version"), table.IndexOf("sender_id"));
        return row =>
        {
            _mentioned.Add((Guid)row[sender]!);
            ref var said = ref CollectionsMarshal.GetValueRefOrAddDefault(_said, (Guid)row[room]!, out var isKnown);
            var (expected, found) = (said.Last + 1, (long)row[seq]!);
            if (!isKnown)
                said.First = expected = found;
            said.Last = found;
            said.Version = Math.Max(said.Version, (long)row[version]!);
            return found == expected ? null : $"room {row[room]}: after message {expected - 1} comes {found}";
        };
    }

    Func<object?[], string?> MembershipCheck(Table table)
    {
        var (room, person, left) = (table.IndexOf("room_id"), table.IndexOf("user_id"), table.IndexOf("left_at"));
        return row =>
        {
            _mentioned.Add((Guid)row[person]!);
            CollectionsMarshal.GetValueRefOrAddDefault(_members, (Guid)row[room]!, out _) += row[left] is null ? 1 : 0;
            return null;
        };
    }

    /// <summary>Rooms come after their messages and memberships, by the alphabet.</summary>
    Func<object?[], string?> RoomCheck(Table table)
    {
        var (id, last, version, members, deleted) =
            (table.IndexOf("id"), table.IndexOf("last_seq"), table.IndexOf("version"), table.IndexOf("member_count"), table.IndexOf("deleted_at"));
        return row =>
        {
            _said.Remove((Guid)row[id]!, out var said);
            _members.Remove((Guid)row[id]!, out var count);
            if (row[deleted] is not null)
                return null; // it is being emptied
            if (said.Last != (long)row[last]! || said.First > 1)
                return $"room {row[id]}: its messages go from {said.First} to {said.Last}, not from 1 to {row[last]}";
            if (said.Version > (long)row[version]!)
                return $"room {row[id]}: a change {said.Version} beyond its version {row[version]}";
            return count == (long)row[members]! ? null : $"room {row[id]}: {count} members, and it counts {row[members]}";
        };
    }

    void Each(Table table, string column, Action<Guid> see)
    {
        var index = table.IndexOf(column);
        _checks.Add(row =>
        {
            see((Guid)row[index]!);
            return null;
        });
    }

    void Found(string problem)
    {
        if (_found++ < MostProblems)
            _problems.Add(problem);
    }

    [StructLayout(LayoutKind.Auto)]
    struct Said
    {
        public long First;
        public long Last;
        public long Version;
    }
}
