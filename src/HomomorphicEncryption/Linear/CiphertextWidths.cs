using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// Bits of coefficients on the wire: public functions of what consumers keep. Errors are in units of a consumer's result, that is
/// 2^-l of the modulus; rounding may cost six deviations of a sixteenth of a unit in a request and as much in a response,
/// shared by the summands of a result. Derived in docs/PROTOCOLS.md.
/// </summary>
internal static class CiphertextWidths
{
    /// <summary>A residue.</summary>
    public const int ResidueBits = 50;

    /// <summary>Bits of the plaintext ring.</summary>
    public const int PlaintextBits = 32;

    /// <summary>Most bits that a consumer keeps: coefficients of 36 bits times a ternary secret stay exact modulo the prime.</summary>
    public const int RingBitsMax = 26;

    /// <summary>
    /// The largest weight that the widths of requests allow for: 13 bits. Of larger ones the error grows in proportion, and is counted.
    /// </summary>
    public const int WeightMax = 4095;

    /// <summary>Bits of a coefficient of a response's first half beyond the result's: 10.7 deviations of rounding, from 2/3 of 2,048 ternary
    /// coefficients, times 2^-10 are 1/96 of a unit.</summary>
    private const int MaskExcess = 10;

    /// <summary>Bits that the second half has fewer: its own rounding adds 1/440 of a unit.</summary>
    private const int BodyDeficit = 3;

    private const int MaskBitsMax = RingBitsMax + MaskExcess;

    /// <summary>Most bits that a request drops. Below 17 all primes used leave room for rounded residues.</summary>
    private const int DroppedBitsMax = 16;

    /// <summary>Most bits that a request drops for an opened result: 1.2 beside the 3.2 of encryption itself.</summary>
    private const int DroppedBitsOpened = 2;

    /// <summary>High bits of a coefficient of a response's first half.</summary>
    public static int MaskBits(LinearConsumer consumer) =>
        Math.Min(MaskBitsMax, consumer.RingBits + MaskExcess + (int)Math.Ceiling(Math.Log2(consumer.Summands)));

    /// <summary>High bits of a coefficient of a response's second half.</summary>
    public static int BodyBits(LinearConsumer consumer) => MaskBits(consumer) - BodyDeficit;

    /// <summary>
    /// Low bits of b that a request drops: the largest k at which 6 * 2^k/sqrt(12) * |w|_2 * 2^32/q stays within a sixteenth of a unit for
    /// the largest weights that may share a polynomial.
    /// </summary>
    public static int DroppedBits(RlweParameters parameters, PackingLayout layout, ReadOnlySpan<LinearConsumer> consumers)
    {
        int dropped = DroppedBitsMax;
        foreach (LinearConsumer consumer in consumers)
        {
            int groups = Math.Min(layout.GroupsPerBundle, layout.Groups);
            int channels = groups * layout.Split(consumer.Geometry.OutChannels / consumer.Geometry.Groups).Channels;
            double unit = Math.Pow(2, PlaintextBits) / parameters.Primes[0];
            double largest = 1.0 / 16 / consumer.Summands * Math.Sqrt(12) / (6 * consumer.NormMax(channels) * unit);
            dropped = Math.Min(dropped, Math.Max(0, (int)Math.Floor(Math.Log2(largest))));
            if (consumer.Opened) dropped = Math.Min(dropped, DroppedBitsOpened);
        }
        return dropped;
    }
}
