namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: additive shares modulo 2^32 of m become shares modulo 2^l of m / 2^f, rounded up or down at random with the right
/// mean. Local. Source: SIRNN's truncate-and-reduce; dropping f bits costs 0 or 1 unit of carry, which an added
/// 2^f at the server turns into stochastic rounding. Needs l + f at most 32; nothing ever wraps that was not to wrap.
/// </summary>
internal static class Truncation
{
    /// <summary>Truncates in place.</summary>
    public static void Run(bool isServer, Span<uint> share, int shift, int ringBits)
    {
        uint mask = Ring.Mask(ringBits), carry = isServer && shift > 0 ? 1u << shift : 0;
        for (int i = 0; i < share.Length; i++) share[i] = ((share[i] + carry) >> shift) & mask;
    }

    /// <summary>
    /// The server's half for a result that is opened: a random amount below 2^(f-1), unknown to the client, takes the
    /// place of half the carry, so that the rounding does not show the low bits of m. Still within one unit of rounding to the nearest.
    /// </summary>
    /// <param name="dither">As many uniform words as elements.</param>
    public static void RunReleased(Span<uint> share, ReadOnlySpan<uint> dither, int shift, int ringBits)
    {
        uint mask = Ring.Mask(ringBits), half = shift > 0 ? 1u << (shift - 1) : 0;
        for (int i = 0; i < share.Length; i++)
            share[i] = ((share[i] + half + (dither[i] & (half - (half > 0 ? 1u : 0)))) >> shift) & mask;
    }
}
