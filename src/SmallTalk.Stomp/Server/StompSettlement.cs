namespace SmallTalk.Stomp;

/// <summary>What became of a message that was sent.</summary>
public enum StompSettlement
{
    /// <summary>"ACK", or sent in <see cref="StompAckMode.Auto"/>.</summary>
    Acknowledged,

    /// <summary>"NACK".</summary>
    Rejected,

    /// <summary>The subscription ended before the client said anything.</summary>
    Returned,
}
