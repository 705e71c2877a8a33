namespace SmallTalk.Stomp;

/// <summary>What kind of rule a sequence of bytes breaks.</summary>
public enum StompFaultKind
{
    /// <summary>The bytes are no frame of this version.</summary>
    Malformed,

    /// <summary>The frame is, or would become, larger than the limits allow.</summary>
    TooLarge,
}

/// <summary>Why a reader refuses its input. After a fault nothing more can be read: where the next frame begins is unknown.</summary>
/// <param name="Kind">Whether the bytes are wrong or too many.</param>
/// <param name="Message">One English line that names what was wrong and where.</param>
public sealed record StompFault(StompFaultKind Kind, string Message);
