using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmallTalk.TerminalChat;

// What of docs/protocol.md this client reads and writes.
sealed record Credentials(string Nickname, string Password);

sealed record Refresh(string RefreshToken);

sealed record Tokens(string AccessToken, string RefreshToken, DateTimeOffset ExpiresAt, Person User);

sealed record Person(Guid Id, string? Nickname);

sealed record Room(
    Guid Id, string Name, string? Description, string? Category, string JoinRule, int MemberCount, string Kind, Membership? Me, Person? With);

sealed record Membership(string Role, DateTimeOffset? LeftAt, int Unread);

sealed record RoomPage(IReadOnlyList<Room> Items);

sealed record Member(Person User, string Role);

sealed record MemberPage(IReadOnlyList<Member> Items);

sealed record CategoryList(IReadOnlyList<Category> Items);

sealed record Category(string Slug, string Name);

sealed record NewRoom(string Name, string Category);

sealed record Entering(string? Password);

sealed record Message(
    string Type, long Seq, long Version, Person? Sender, string? Text, DateTimeOffset CreatedAt, DateTimeOffset? EditedAt, DateTimeOffset? DeletedAt);

sealed record MessagePage(IReadOnlyList<Message> Items, long LastSeq, long Version, string Epoch);

sealed record RoomEvent(string Type, string? Epoch, long Version, string? Change, Person? User);

sealed record Post(string ClientId, string Text);

sealed record ReadMark(long Seq);

sealed record Problem(string? Code, string? Title, IReadOnlyDictionary<string, string[]>? Errors);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Credentials))]
[JsonSerializable(typeof(Refresh))]
[JsonSerializable(typeof(Tokens))]
[JsonSerializable(typeof(Room))]
[JsonSerializable(typeof(RoomPage))]
[JsonSerializable(typeof(MemberPage))]
[JsonSerializable(typeof(CategoryList))]
[JsonSerializable(typeof(NewRoom))]
[JsonSerializable(typeof(Entering))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(RoomEvent))]
[JsonSerializable(typeof(Post))]
[JsonSerializable(typeof(ReadMark))]
[JsonSerializable(typeof(Problem))]
sealed partial class Json : JsonSerializerContext;
