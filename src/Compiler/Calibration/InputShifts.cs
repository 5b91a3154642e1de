using System.Collections.Immutable;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// How many low bits an element loses before it is squared: a square costs transfers in proportion to the bits that are left, and their squares
/// have twice as many, of which the output keeps few.
/// </summary>
internal static class InputShifts
{
    /// <summary>Bits of magnitude that are always enough.</summary>
    public const int MagnitudeBitsMax = 15;

    /// <summary>By the id of the value that an activation writes; layers without squares are absent.</summary>
    /// <param name="magnitudeBits">Bits that the largest magnitude keeps, room for values outside calibration included.</param>
    public static ImmutableDictionary<int, int> Choose(Network network, ImmutableDictionary<int, ValueFormat> values, int magnitudeBits)
    {
        ImmutableDictionary<int, int>.Builder shifts = ImmutableDictionary.CreateBuilder<int, int>();
        foreach (ActivationLayer layer in network.Layers.OfType<ActivationLayer>())
        {
            if (!layer.SquareExponents.Any()) continue;
            ValueFormat input = values[layer.Input], output = values[layer.Output];
            int least = Least(layer, input, output);
            // More would leave bits of the output without meaning.
            int useful = (2 * input.ScaleBits - layer.SquareExponents.Max() - output.ScaleBits) / 2;
            shifts[layer.Output] = Math.Clamp(Math.Min(input.ValueBits - 1 - magnitudeBits, useful), least, Math.Max(least, Most(input)));
        }
        return shifts.ToImmutable();
    }

    /// <summary>The fewest: squares, with the low bits that they lose in turn, fit 32 bits.</summary>
    public static int Least(ActivationLayer layer, ValueFormat input, ValueFormat output)
    {
        if (!layer.SquareExponents.Any()) return 0;
        int excess = 2 * input.ScaleBits - layer.SquareExponents.Min() - output.ScaleBits - (32 - output.RingBits);
        return Math.Max(0, (excess + 1) >> 1);
    }

    /// <summary>The most that a plan may ask for.</summary>
    public static int Most(ValueFormat input) => input.RingBits - ActivationRules.SquaredBitsMin;
}
