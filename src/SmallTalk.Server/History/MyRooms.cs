using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Data;
using SmallTalk.Server.Hosting;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.History;

/// <summary>My chat history. A page is found by one narrow query over my own memberships, then shown by the projection that
/// all rooms go through: the number of statements is the same for one room and for a hundred. What I have left is sorted by
/// when I left, and shows nothing of what was said since.</summary>
sealed class MyRooms(ChatDb db, RoomViews views)
{
    sealed record Candidate
    {
        public required Guid Id { get; init; }

        public required DateTimeOffset At { get; init; }

        /// <summary>What a search looks at: the room's name, or the other person's nickname.</summary>
        public required string? Name { get; init; }
    }

    sealed record Place(DateTimeOffset At, Guid Id);

    /// <returns>Null when the cursor is not one of this list.</returns>
    public async Task<Page<RoomView>?> PageAsync(
        Guid me, Relation relation, SearchQuery words, string? cursor, int limit, CancellationToken ct)
    {
        if (!Cursor.TryRead<Place>(cursor, out var after))
            return null;
        var rooms = Candidates(me, relation);
        if (after is not null)
            rooms = rooms.Where(r => r.At < after.At || (r.At == after.At && r.Id.CompareTo(after.Id) < 0));
        rooms = rooms.OrderByDescending(r => r.At).ThenByDescending(r => r.Id);

        var found = new List<Candidate>();
        await foreach (var room in (words.IsBlank ? rooms.Take(limit + 1) : rooms).AsAsyncEnumerable().WithCancellation(ct))
        {
            if (!words.IsBlank && !(room.Name is { } name && words.Finds(name)))
                continue;
            found.Add(room);
            if (found.Count > limit)
                break;
        }
        return new Page<RoomView>(
            await views.LeftByAsync(me, [.. found.Take(limit).Select(r => r.Id)], ct),
            found.Count > limit ? Cursor.Of(new Place(found[limit - 1].At, found[limit - 1].Id)) : null);
    }

    IQueryable<Candidate> Candidates(Guid me, Relation relation)
    {
        var mine = db.Memberships.Where(m => m.UserId == me && !m.IsBanned);
        var groups = db.Rooms.Where(r => r.Kind == RoomKind.Group && r.DeletedAt == null);
        return relation switch
        {
            Relation.Created => groups.Where(r => r.CreatorId == me).Select(r => new Candidate { Id = r.Id, At = r.LastMessageAt ?? r.CreatedAt, Name = r.Name }),
            Relation.Joined => mine.Where(m => m.LeftAt == null)
                .Join(groups, m => m.RoomId, r => r.Id, (m, r) => new Candidate { Id = r.Id, At = r.LastMessageAt ?? r.CreatedAt, Name = r.Name }),
            Relation.Left => mine.Where(m => m.LeftAt != null)
                .Join(groups, m => m.RoomId, r => r.Id, (m, r) => new Candidate { Id = r.Id, At = m.LeftAt!.Value, Name = r.Name }),
            _ => from membership in mine.Where(m => m.LeftAt == null)
                 join room in db.Rooms.Where(r => r.Kind == RoomKind.Direct && r.DeletedAt == null) on membership.RoomId equals room.Id
                 join other in db.Memberships.Where(m => m.UserId != me) on room.Id equals other.RoomId
                 join person in db.Users on other.UserId equals person.Id
                 select new Candidate { Id = room.Id, At = room.LastMessageAt ?? room.CreatedAt, Name = person.DeletedAt == null ? person.UserName : null },
        };
    }
}
