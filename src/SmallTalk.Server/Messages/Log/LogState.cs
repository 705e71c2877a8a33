using SmallTalk.Server.Hosting;
using SmallTalk.Server.Members;
using SmallTalk.Server.Rooms;

namespace SmallTalk.Server.Messages.Log;

/// <summary>What <see cref="LogWriter"/> knows of a room.</summary>
sealed class RoomState(Guid id, bool isDirect, bool isInvitation, int memberCount)
{
    public Guid Id => id;

    public bool IsDirect => isDirect;

    /// <summary>Strangers may not know of it.</summary>
    public bool IsSecret => isDirect || isInvitation;

    public int MemberCount => memberCount;

    public long LastSeq { get; set; }

    public long Version { get; set; }

    /// <summary>As <see cref="Room.ActiveAt"/>.</summary>
    public DateTimeOffset ActiveAt { get; set; }

    public bool HasMoved { get; set; }

    public bool HasNewMessage { get; set; }
}

/// <summary>What <see cref="LogWriter"/> knows of somebody in a room.</summary>
sealed record MemberState(bool IsModerator, Refusal? Silence)
{
    /// <summary>As <see cref="Membership.HasWritten"/>.</summary>
    public bool HasWritten { get; set; }

    /// <summary>All after <see cref="ReadSeq"/>, those too that the store's <see cref="Membership.Own"/> has not.</summary>
    public int Own { get; set; }

    public long OwnTo { get; set; }

    public long ReadSeq { get; set; }

    public DateTimeOffset LastVisitedAt { get; set; }
}
