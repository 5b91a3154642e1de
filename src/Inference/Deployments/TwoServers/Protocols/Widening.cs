using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// Functionality: from additive shares modulo 2^l of x, shares modulo 2^32 of x or of x^2, for x from -o - 1 to 2^(l-1) - 1 - o with an offset o. Exact, x^2
/// modulo 2^32. Security: semi-honest; x is opened under a uniform mask. Source: the known-msb wrap of Cheetah (section 4.2) on the opened
/// number and the mask in place of two shares; ours for squares.
/// </summary>
internal static class Widening
{
    /// <summary>What either protocol sends, each way: one exchange.</summary>
    public static OpeningCost Cost(WideningShape shape) => new(BitPacking.PackedBytes(shape.Elements, shape.RingBits), 1);

    /// <summary>The offset for x in [0, 2^(l-1)) or, where signed, in [-2^(l-2), 2^(l-2)).</summary>
    public static uint Offset(int ringBits, bool signed) => signed ? 1u << (ringBits - 2) : 0;

    /// <summary>Lifts x, or squares it where the shape says so.</summary>
    /// <param name="x">Bits from l on are ignored.</param>
    /// <param name="result">May be <paramref name="x"/>.</param>
    public static void Run(ServerParty party, WideningShape shape, uint offset, Correlation<WideningShares> correlation,
        ReadOnlySpan<uint> x, Span<uint> result)
    {
        WideningShares shares = correlation.Consume();
        using Rented<uint> opened = new(shape.Elements);
        Send(party, shape, shares, x, opened.Span);
        party.ReceiveNumbers(TwoServersTag.NumberOpening, opened.Span, shape.RingBits, opened.Span);
        Finish(party, shape, offset, shares, opened.Span, result);
    }

    /// <summary>The first half: masks and sends.</summary>
    /// <param name="masked">Receives what was sent, which <see cref="ServerParty.ReceiveNumbers"/> opens.</param>
    public static void Send(ServerParty party, WideningShape shape, WideningShares shares, ReadOnlySpan<uint> x, Span<uint> masked)
    {
        for (int i = 0; i < masked.Length; i++) masked[i] = x[i] + shares.Numbers.Mask[i];
        party.SendNumbers(TwoServersTag.NumberOpening, masked, shape.RingBits);
    }

    /// <summary>The second half, local.</summary>
    public static void Finish(ServerParty party, WideningShape shape, uint offset, WideningShares shares, ReadOnlySpan<uint> opened, Span<uint> result)
    {
        if (shape.Squares) Square(party.Own, shape.RingBits, offset, shares, opened, result);
        else Lift(party.Own, shape.RingBits, offset, shares.Numbers, opened, result);
    }

    private static void Lift(uint own, int ringBits, uint offset, MaskedNumbers numbers, ReadOnlySpan<uint> opened, Span<uint> result)
    {
        for (int i = 0; i < opened.Length; i++)
        {
            uint known = (uint)Ring.Signed(opened[i] + offset, ringBits), top = (uint)((int)known >> 31);
            result[i] = (known - offset & own) + numbers.Wide[i] + (numbers.Wrap[i] & top);
        }
    }

    /// <summary>(known + t)^2, t being the rest, of whose two values the opened number tells one.</summary>
    private static void Square(uint own, int ringBits, uint offset, WideningShares shares, ReadOnlySpan<uint> opened, Span<uint> result)
    {
        MaskedNumbers numbers = shares.Numbers;
        for (int i = 0; i < opened.Length; i++)
        {
            uint known = (uint)Ring.Signed(opened[i] + offset, ringBits), top = (uint)((int)known >> 31);
            uint rest = numbers.Wide[i] + (numbers.Wrap[i] & top), square = (shares.SquareLow[i] & ~top) | (shares.SquareHigh[i] & top);
            known -= offset;
            result[i] = (known * known & own) + 2 * known * rest + square;
        }
    }
}
