using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using SmallTalk.Server.Accounts;
using SmallTalk.Server.Data;
using SmallTalk.Server.Friends;
using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;
using SmallTalk.Server.Search;

namespace SmallTalk.Server.Demo;

/// <summary>Writes the sample content into an empty store, in one transaction before anything listens. It is the one writer of
/// messages beside the log: their times lie in the past, which the log gives to nobody.</summary>
sealed class DemoFilling(ChatDb db, Passwords passwords, TimeProvider clock)
{
    /// <summary>The account to look around with. The other people have no password: nobody signs in as them.</summary>
    public const string Nickname = "데모";
    public const string Password = "smalltalk-demo";

    const int OrdinaryLimit = 1_500;

    readonly DateTimeOffset _now = clock.GetUtcNow();
    readonly Dictionary<string, Guid> _people = new(StringComparer.Ordinal);
    readonly List<(Room Room, IReadOnlyList<RoomTag> Tags)> _rooms = [];
    long _nextMessageId = 1;

    /// <returns>False when somebody has signed up already: then nothing is touched.</returns>
    public async Task<bool> FillAsync(DemoContent content, CancellationToken ct)
    {
        if (await db.Users.AnyAsync(ct))
            return false;
        var passwordHash = await passwords.HashAsync(Password, ct);
        var roomHashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var password in content.Rooms.Select(r => r.Password).OfType<string>())
            roomHashes[password] = await passwords.HashAsync(password, ct);

        await using var write = await db.BeginWriteAsync(ct);
        if (await db.Users.AnyAsync(ct))
            return false;
        AddPeople(content.People, passwordHash);
        foreach (var room in content.Rooms)
            AddRoom(room, room.Password is null ? null : roomHashes[room.Password]);
        foreach (var direct in content.People.Direct)
            AddDirect(direct);
        await db.SaveChangesAsync(ct);
        foreach (var (room, tags) in _rooms)
            await RoomIndex.UpdateAsync(db, room, [.. tags.Select(t => t.Text)], ct);
        await write.CommitAsync();
        return true;
    }

    void AddPeople(DemoPeople all, string passwordHash)
    {
        foreach (var person in all.People)
        {
            var since = _now.AddDays(-person.Since);
            var user = new User
            {
                Id = Guid.CreateVersion7(since),
                UserName = person.Nickname,
                NormalizedUserName = Nicknames.Key(person.Nickname),
                StatusLine = person.StatusLine,
                Language = person.Language,
                CreatedAt = since,
                LastSeenAt = _now,
                PasswordHash = person.Nickname == Nickname ? passwordHash : null,
                SecurityStamp = Guid.NewGuid().ToString(),
            };
            _people[person.Nickname] = user.Id;
            db.Users.Add(user);
        }
        var youngest = all.People.ToDictionary(p => p.Nickname, p => p.Since, StringComparer.Ordinal);
        foreach (var pair in all.Friends)
        {
            var since = _now.AddDays(-0.8 * Math.Min(youngest[pair[0]], youngest[pair[1]]));
            AddFriendship(pair[0], pair[1], FriendState.Friends, FriendState.Friends, since);
        }
        foreach (var (request, i) in all.Requests.Select((request, i) => (request, i)))
            AddFriendship(request.From, request.To, FriendState.Outgoing, FriendState.Incoming, _now.AddHours(-2 - (5 * i)));
    }

    void AddFriendship(string one, string other, FriendState state, FriendState otherState, DateTimeOffset since)
    {
        db.Friendships.Add(new Friendship { UserId = _people[one], OtherId = _people[other], State = state, Since = since });
        db.Friendships.Add(new Friendship { UserId = _people[other], OtherId = _people[one], State = otherState, Since = since });
    }

    void AddRoom(DemoRoom written, string? passwordHash)
    {
        var ends = _now.AddMinutes(-written.Ends);
        var created = DemoLog.BeginOf(written.Talk, ends).AddHours(-1);
        var id = Guid.CreateVersion7(created);
        var log = Log(id, written.Talk, ends);
        var owner = _people[written.Owner];
        var room = new Room
        {
            Id = id,
            Kind = RoomKind.Group,
            Name = written.Name,
            Description = written.Description,
            CategorySlug = written.Category,
            CreatorId = owner,
            OwnerId = owner,
            JoinRule = passwordHash is null ? JoinRule.Open : JoinRule.Password,
            IsListed = true,
            PasswordHash = passwordHash,
            MemberLimit = written.MemberLimit ?? OrdinaryLimit,
            MemberCount = written.Members.Count,
            LastSeq = log.LastSeq,
            Version = log.Version,
            CreatedAt = created,
            LastMessageAt = log.EndsAt,
            ActiveAt = log.EndsAt,
        };
        if (RoomFields.CheckTags(written.Tags, out var tags) is { } fault)
            throw new InvalidOperationException($"{written.Name}: {fault.English}");
        db.Rooms.Add(room);
        db.Tags.AddRange(Founding.TagsOf(id, tags));
        _rooms.Add((room, tags));

        foreach (var (name, place) in written.Members.Select((name, place) => (name, place)))
        {
            var role = name == written.Owner ? Role.Owner : written.Moderators?.Contains(name) == true ? Role.Moderator : Role.Member;
            AddMember(id, log, name, role, created.AddMinutes(role == Role.Owner ? 0 : 1 + place), written.UnreadBy);
        }
        foreach (var (name, seq) in written.Left ?? new Dictionary<string, long>())
        {
            var leftAt = log.Messages[(int)seq - 1].CreatedAt.AddMinutes(1);
            db.Memberships.Add(new Membership
            {
                RoomId = id,
                UserId = _people[name],
                Role = Role.Member,
                JoinedAt = created.AddMinutes(30),
                LeftAt = leftAt,
                LeftSeq = seq,
                ReadSeq = seq,
                LastVisitedAt = leftAt,
            });
        }
    }

    void AddDirect(DemoDirect written)
    {
        var ends = _now.AddMinutes(-written.Ends);
        var begins = DemoLog.BeginOf(written.Talk, ends);
        var id = Guid.CreateVersion7(begins);
        var log = Log(id, written.Talk, ends);
        var (one, other) = (_people[written.Between[0]], _people[written.Between[1]]);
        db.Rooms.Add(new Room
        {
            Id = id,
            Kind = RoomKind.Direct,
            DirectKey = DirectRooms.KeyOf(one, other),
            JoinRule = JoinRule.Invitation,
            MemberLimit = 2,
            MemberCount = 2,
            LastSeq = log.LastSeq,
            Version = log.Version,
            CreatedAt = begins,
            LastMessageAt = log.EndsAt,
            ActiveAt = log.EndsAt,
        });
        foreach (var name in written.Between)
            AddMember(id, log, name, Role.Member, begins, written.UnreadBy);
    }

    DemoLog Log(Guid roomId, IReadOnlyList<JsonElement[]> talk, DateTimeOffset ends)
    {
        var log = DemoLog.Of(roomId, talk, ends, _nextMessageId, _people);
        _nextMessageId += log.LastSeq;
        db.Messages.AddRange(log.Messages);
        return log;
    }

    /// <summary>Who is not named in <paramref name="unreadBy"/> has read everything.</summary>
    void AddMember(
        Guid roomId, DemoLog log, string name, Role role, DateTimeOffset joined, IReadOnlyDictionary<string, int>? unreadBy)
    {
        var read = log.LastSeq - (unreadBy?.GetValueOrDefault(name) ?? 0);
        db.Memberships.Add(new Membership
        {
            RoomId = roomId,
            UserId = _people[name],
            Role = role,
            JoinedAt = joined,
            ReadSeq = read,
            LastVisitedAt = log.Messages[(int)read - 1].CreatedAt,
        });
    }
}
