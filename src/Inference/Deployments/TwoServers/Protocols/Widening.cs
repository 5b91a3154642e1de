using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// Functionality: from additive shares modulo 2^l of x, shares modulo 2^32 of x or of x^2; x in [0, 2^(l-1)), or, where signed, in
/// [-2^(l-2), 2^(l-2)) by an offset of 2^(l-2). Exact. Security: semi-honest; x is opened under a uniform mask. Source: the known-msb wrap of Cheetah
/// (section 4.2) on the opened number and the mask in place of two shares; ours for squares.
/// </summary>
internal static class Widening
{
    /// <summary>What either protocol sends, each way: one exchange.</summary>
    public static OpeningCost Cost(WideningShape shape) => new(BitPacking.PackedBytes(shape.Elements, shape.RingBits), 1);

    /// <summary>Lifts x, or squares it where the shape says so.</summary>
    /// <param name="x">Bits from l on are ignored.</param>
    /// <param name="result">May be <paramref name="x"/>.</param>
    public static void Run(ServerParty party, WideningShape shape, bool signed, Correlation<WideningShares> correlation,
        ReadOnlySpan<uint> x, Span<uint> result)
    {
        WideningShares shares = correlation.Consume();
        MaskedNumbers numbers = shares.Numbers;
        uint offset = signed ? 1u << (shape.RingBits - 2) : 0;
        using Rented<uint> rented = new(shape.Elements);
        Span<uint> opened = rented.Span;
        for (int i = 0; i < opened.Length; i++) opened[i] = x[i] + numbers.Mask[i];
        party.SendNumbers(TwoServersTag.NumberOpening, opened, shape.RingBits);
        party.ReceiveNumbers(TwoServersTag.NumberOpening, opened, shape.RingBits, opened);
        for (int i = 0; i < opened.Length; i++)
        {
            uint known = (uint)Ring.Signed(opened[i] + offset, shape.RingBits), top = (uint)((int)known >> 31);
            uint rest = numbers.Wide[i] + (numbers.Wrap[i] & top);
            known -= offset;
            if (shape.Squares)
            {
                uint square = (shares.SquareLow[i] & ~top) | (shares.SquareHigh[i] & top);
                result[i] = (known * known & party.Own) + 2 * known * rest + square;
            }
            else result[i] = (known & party.Own) + rest;
        }
    }
}
