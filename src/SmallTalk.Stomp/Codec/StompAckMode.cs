namespace SmallTalk.Stomp;

/// <summary>How a subscription's messages are acknowledged ("SUBSCRIBE ack Header").</summary>
public enum StompAckMode
{
    /// <summary>A message counts as consumed when it was sent.</summary>
    Auto,

    /// <summary>ACK and NACK speak of a message and all of the subscription's that were sent before it.</summary>
    Client,

    /// <summary>ACK and NACK speak of one message (1.1 and later).</summary>
    ClientIndividual,
}
