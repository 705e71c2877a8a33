namespace SmallTalk.Stomp;

/// <summary>When a session must beat, ask or give up ("Heart-beating"). It counts bytes, not frames (K09), and only while the session
/// waits for them: a peer is not silent because a handler keeps the session from listening.</summary>
sealed class SessionClock(TimeProvider clock, StompOptions options, bool canPing)
{
    public enum Duty
    {
        None,
        SendHeartBeat,
        SendPing,
        GiveUpHeartBeat,
        GiveUpPing,
    }

    // A peer is given up after twice the agreed interval: "the receiver SHOULD take into account an error margin".
    const int Tolerance = 2;

    long _lastRead = clock.GetTimestamp();
    long _lastPing;
    bool _waits;
    int _sendEveryMs;
    int _receiveEveryMs;

    public long LastRead => Volatile.Read(ref _lastRead);

    public bool Waits => Volatile.Read(ref _waits);

    /// <summary>Between two calls bytes came.</summary>
    public void WaitsForBytes(bool waits)
    {
        Volatile.Write(ref _lastRead, clock.GetTimestamp());
        Volatile.Write(ref _waits, waits);
    }

    /// <summary>Settles both directions; returns what CONNECTED must say.</summary>
    public (int Send, int Receive) Agree(HeartBeat client)
    {
        var send = (int)options.HeartBeatSend.TotalMilliseconds;
        var receive = (int)options.HeartBeatReceive.TotalMilliseconds;
        // AMB-14: who beats so seldom tells nothing by it, so nothing is expected, and CONNECTED says so.
        if (client.SendMilliseconds > HeartBeat.MaxMilliseconds)
            receive = 0;
        _sendEveryMs = Math.Min(HeartBeat.MaxMilliseconds, HeartBeat.Interval(send, client.ReceiveMilliseconds));
        _receiveEveryMs = HeartBeat.Interval(client.SendMilliseconds, receive);
        return (send, receive);
    }

    public Duty Due(long now, long lastWrite, bool isConnected)
    {
        var silenceMs = Volatile.Read(ref _waits) ? Milliseconds(now - Volatile.Read(ref _lastRead)) : 0;
        if (isConnected && _receiveEveryMs > 0 && silenceMs >= (long)Tolerance * _receiveEveryMs)
            return Duty.GiveUpHeartBeat;
        // Early by a pulse and a half and a little, so that never more than the interval passes between two writes (K10).
        if (isConnected && _sendEveryMs > 0
            && Milliseconds(now - lastWrite) + (StompServer.PulseMilliseconds * 3 / 2) + (_sendEveryMs / 20) >= _sendEveryMs)
            return Duty.SendHeartBeat;

        var pingMs = options.PingInterval.TotalMilliseconds;
        if (canPing && pingMs > 0 && silenceMs >= pingMs)
        {
            if (_lastPing < Volatile.Read(ref _lastRead))
            {
                _lastPing = now;
                return Duty.SendPing;
            }

            if (Milliseconds(now - _lastPing) >= options.PingTimeout.TotalMilliseconds)
                return Duty.GiveUpPing;
        }

        return Duty.None;
    }

    double Milliseconds(long timestamps) => timestamps * 1000.0 / clock.TimestampFrequency;
}
