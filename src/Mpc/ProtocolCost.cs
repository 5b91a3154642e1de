namespace Blindsight.Mpc;

/// <summary>
/// What a protocol declares to send, as payload bytes without frame headers. Which party is first and which second is
/// said by the protocol (in an oblivious transfer: the sender is first, the receiver second).
/// </summary>
/// <param name="PayloadFirstToSecond">Payload bytes from the first party to the second.</param>
/// <param name="PayloadSecondToFirst">Payload bytes from the second party to the first.</param>
/// <param name="MessagesFirstToSecond">Messages from the first party to the second.</param>
/// <param name="MessagesSecondToFirst">Messages from the second party to the first.</param>
/// <param name="Rounds">The longest chain of messages each of which waits for the one before.</param>
public readonly record struct ProtocolCost(
    long PayloadFirstToSecond, long PayloadSecondToFirst,
    long MessagesFirstToSecond, long MessagesSecondToFirst, long Rounds)
{
    /// <summary>Nothing is sent.</summary>
    public static ProtocolCost None => default;

    /// <summary>Payload bytes of both directions.</summary>
    public long Payload => PayloadFirstToSecond + PayloadSecondToFirst;

    /// <summary>One message from the first party to the second; no message when there is nothing to say.</summary>
    public static ProtocolCost ToSecond(long payloadBytes) => payloadBytes == 0 ? None : new(payloadBytes, 0, 1, 0, 1);

    /// <summary>One message from the second party to the first; no message when there is nothing to say.</summary>
    public static ProtocolCost ToFirst(long payloadBytes) => payloadBytes == 0 ? None : new(0, payloadBytes, 0, 1, 1);

    /// <summary>One after the other, the second step waiting for the first: everything adds.</summary>
    public static ProtocolCost operator +(ProtocolCost earlier, ProtocolCost later) =>
        Sum(earlier, later, earlier.Rounds + later.Rounds);

    /// <summary>The same step <paramref name="times"/> times in sequence.</summary>
    public static ProtocolCost operator *(long times, ProtocolCost cost) => new(
        times * cost.PayloadFirstToSecond, times * cost.PayloadSecondToFirst,
        times * cost.MessagesFirstToSecond, times * cost.MessagesSecondToFirst, times * cost.Rounds);

    /// <summary>Side by side, neither waiting for the other: traffic adds, rounds are the larger of the two.</summary>
    public ProtocolCost Beside(ProtocolCost other) => Sum(this, other, Math.Max(Rounds, other.Rounds));

    /// <summary>The same cost with the parties' names exchanged.</summary>
    public ProtocolCost Swapped() => new(
        PayloadSecondToFirst, PayloadFirstToSecond, MessagesSecondToFirst, MessagesFirstToSecond, Rounds);

    private static ProtocolCost Sum(ProtocolCost a, ProtocolCost b, long rounds) => new(
        a.PayloadFirstToSecond + b.PayloadFirstToSecond, a.PayloadSecondToFirst + b.PayloadSecondToFirst,
        a.MessagesFirstToSecond + b.MessagesFirstToSecond, a.MessagesSecondToFirst + b.MessagesSecondToFirst, rounds);
}
