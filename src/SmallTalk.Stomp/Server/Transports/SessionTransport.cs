using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace SmallTalk.Stomp;

/// <summary>What a call of <see cref="SessionTransport.ReceiveAsync"/> found.</summary>
enum Reception
{
    /// <summary>There may be new payload.</summary>
    Data,

    /// <summary>The peer's close frame came; nothing follows it.</summary>
    Close,

    /// <summary>The peer sends nothing more, but may still read.</summary>
    EndOfData,

    /// <summary>The stream ended where it must not.</summary>
    EndOfStream,

    /// <summary>The peer broke the transport's own protocol; see <see cref="SessionTransport.CloseCode"/> and reason.</summary>
    Violation,
}

/// <summary>What a session stands on: runs of STOMP bytes in, finished frames out.
/// <para>A finished frame is always a whole WebSocket message, so that one encoding serves every receiver; where there are no messages
/// its header is cut off, which copies nothing (<see cref="Carry"/>). Control frames are no STOMP and are not carried there, so nobody
/// above has to know which transport it is.</para></summary>
abstract class SessionTransport(StompTransport kind, Stream output) : IDisposable
{
    public StompTransport Kind => kind;

    /// <summary>Queues what the transport itself must answer (a ping).</summary>
    public Action<ReadOnlyMemory<byte>> Reply { get; set; } = static _ => { };

    /// <summary>Where carried bytes go. One writer at a time: <see cref="OutboundQueue"/>.</summary>
    public Stream Output => output;

    /// <summary>The request that became a WebSocket; null otherwise.</summary>
    public virtual HttpContext? Http => null;

    public abstract IPAddress? RemoteAddress { get; }

    /// <summary>The most that CONNECT may negotiate.</summary>
    public virtual StompVersion Cap => StompVersion.V12;

    /// <summary>Payload that was not consumed yet. It stays where it is until the next <see cref="ReceiveAsync"/>.</summary>
    public abstract ReadOnlySequence<byte> Payload { get; }

    /// <summary>The code of the peer's close frame, or for what it did wrong.</summary>
    public virtual int CloseCode => 0;

    public virtual string CloseReason => "";

    public abstract void Consumed(long bytes);

    public abstract void DropPayload();

    public abstract ValueTask<Reception> ReceiveAsync();

    /// <summary>After a violation nothing can be decoded any more: reads and drops until the peer is gone.</summary>
    public abstract ValueTask DiscardAsync();

    /// <summary>The octets of a finished frame that go out here; empty when there is nothing to say.</summary>
    public abstract ReadOnlyMemory<byte> Carry(ReadOnlyMemory<byte> frame);

    /// <summary>After the last write: tells the peer that nothing follows, while what it still sends can be received.</summary>
    public abstract ValueTask EndOutputAsync();

    /// <summary>Cuts the connection; a read or write that waits ends.</summary>
    public abstract void Abort();

    public abstract void Dispose();
}
