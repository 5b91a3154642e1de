using System.Collections.Immutable;
using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Calibration;

/// <summary>Which scale has to come down for a linear layer to fit, by how many bits, and why.</summary>
internal sealed record Misfit(LinearLayer Layer, int Value, int Bits, string Reason);

/// <summary>
/// Chooses how many bits a linear layer drops in each channel: as many as the weights' width and the output's ring allow,
/// because every bit dropped is a bit of precision of the weights.
/// </summary>
/// <param name="cut">By how many bits a layer's largest shift, and with it others as large, stays below that.</param>
internal sealed class ShiftChooser(CompileOptions options, Func<LinearLayer, int> cut)
{
    /// <summary>Bits that are dropped at least where encryption adds noise: shares of accumulators are rounded.</summary>
    private const int NoisyShiftMin = 6;

    /// <summary>Widest weights, sign included: used where <see cref="CompileOptions.WeightBits"/> do not suffice.</summary>
    private const int WeightBitsMax = 16;

    private readonly NoiseBound _noiseBound = options.NoiseBound ?? RlweNoise.Bound;

    /// <summary>The shifts of each channel, or what stands in their way.</summary>
    public (ImmutableArray<int> Shifts, Misfit? Misfit) Choose(LinearLayer layer, Func<int, ValueFormat> format)
    {
        ValueFormat output = format(layer.Output);
        if (output.RingBits == 32) return ([.. Enumerable.Repeat(0, layer.Channels)], null);
        int least = layer.Terms.Any(term => term is ConvolutionFloatTerm) ? NoisyShiftMin : 0;
        (int[] shifts, Misfit? misfit) = ChooseAbove(layer, output, format, least);
        if (misfit is not null) return ([], misfit);
        // Relative to the result, noise is a property of the scale that the result has.
        double excess = Noise(layer, output, format, shifts) / RlweNoise.LimitUnits;
        if (excess > 1)
            return ([], new(layer, layer.Output, (int)Math.Ceiling(Math.Log2(excess)), $"encryption's error may be {excess:g2} times what is allowed"));
        return ([.. shifts], null);
    }

    private (int[] Shifts, Misfit? Misfit) ChooseAbove(LinearLayer layer, ValueFormat output, Func<int, ValueFormat> format, int least)
    {
        int most = 32 - output.RingBits;
        foreach (FloatTerm term in layer.Terms)
        {
            int offset = output.ScaleBits - format(term.Input).ScaleBits;
            if (term is IdentityFloatTerm && -offset > least) least = -offset;
            if (term is IdentityFloatTerm && -offset > most)
                return ([], new(layer, term.Input, -offset - most, "a residual branch has more bits after the point than the accumulator"));
            if (term is SumPoolFloatTerm pool) most = Math.Min(most, FitBits(pool.Multipliers.Max(), WeightBitsMax) - offset);
        }
        if (most < least) return ([], new(layer, layer.Output, least - most, $"only {most} bits can be dropped and {least} are needed"));
        int[] shifts = new int[layer.Channels];
        Array.Fill(shifts, most);
        Dictionary<int, int> widest = [];
        foreach (ConvolutionFloatTerm term in layer.Terms.OfType<ConvolutionFloatTerm>())
        {
            int offset = output.ScaleBits - format(term.Input).ScaleBits;
            for (int c = 0; c < shifts.Length; c++)
            {
                double largest = Largest(term, c);
                shifts[c] = Math.Min(shifts[c], FitBits(largest, options.WeightBits) - offset);
                int possible = FitBits(largest, WeightBitsMax) - offset;
                if (possible < least)
                    return ([], new(layer, layer.Output, least - possible, $"a weight of {largest:g3} leaves {possible} bits to drop and {least} are needed"));
            }
        }
        int cap = shifts.Max() - cut(layer);
        for (int c = 0; c < shifts.Length; c++) shifts[c] = Math.Max(Math.Min(shifts[c], cap), least);
        if (layer.Terms.Any(term => term is SumPoolFloatTerm)) Array.Fill(shifts, shifts.Min());
        return (shifts, null);
    }

    /// <summary>The encryption's noise in units of the result.</summary>
    private double Noise(LinearLayer layer, ValueFormat output, Func<int, ValueFormat> format, int[] shifts)
    {
        double noise = 0;
        ConvolutionFloatTerm[] terms = [.. layer.Terms.OfType<ConvolutionFloatTerm>()];
        foreach (ConvolutionFloatTerm term in terms)
            noise += _noiseBound(term.Geometry, WeightQuantizer.Weights(
                layer, term, [.. shifts], output.ScaleBits - format(term.Input).ScaleBits), shifts, output.RingBits, terms.Length);
        return noise;
    }

    private static double Largest(ConvolutionFloatTerm term, int channel)
    {
        double largest = 0;
        foreach (float weight in term.Weights.AsSpan(channel * term.Geometry.FanIn, term.Geometry.FanIn))
            largest = Math.Max(largest, Math.Abs((double)weight));
        return largest;
    }

    /// <summary>Largest k for which round(value * 2^k) fits in a signed number of so many bits.</summary>
    private static int FitBits(double value, int bits)
    {
        if (value <= 0) return 1000;
        return (int)Math.Floor(Math.Log2((Math.ScaleB(1, bits - 1) - 1) / value));
    }
}
