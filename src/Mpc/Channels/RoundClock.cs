namespace Blindsight.Mpc.Channels;

/// <summary>
/// The logical clock that counts rounds: a message's time is one more than the latest time received before it was sent.
/// </summary>
/// <remarks>
/// Sixteen bits travel. An honest peer's time exceeds our last sent time by at most one, and that exceeds the latest
/// received by at most one, so the wrap-around difference is at most two; a larger one is a lie, and is cut to that bound.
/// </remarks>
internal struct RoundClock
{
    private long _sent;
    private long _received;

    /// <summary>The longest chain of messages known here.</summary>
    public readonly long Rounds => Math.Max(_sent, _received);

    /// <summary>The time of a message that is sent now.</summary>
    public ushort Send()
    {
        _sent = _received + 1;
        return (ushort)_sent;
    }

    /// <summary>Takes in the time of a message that was received.</summary>
    public void Receive(ushort clock)
    {
        short ahead = (short)(clock - (ushort)_received);
        if (ahead > 0) _received = Math.Min(_received + ahead, _sent + 1);
    }
}
