using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>The terms of a linear step that each party evaluates on its own share: residual branches and window sums.</summary>
internal static class LocalTerms
{
    /// <summary>Adds all local terms of one row to an accumulator modulo 2^32.</summary>
    /// <param name="inputs">A row's share by tensor.</param>
    public static void Add(LinearStep step, Func<int, ReadOnlySpan<uint>> inputs, Span<uint> accumulator)
    {
        foreach (LinearTerm term in step.Terms)
        {
            if (term is IdentityTerm identity) AddIdentity(identity, inputs(term.Input), accumulator);
            else if (term is SumPoolTerm pool) AddSumPool(pool, inputs(term.Input), accumulator);
        }
    }

    private static void AddIdentity(IdentityTerm term, ReadOnlySpan<uint> input, Span<uint> accumulator)
    {
        int positions = accumulator.Length / term.LeftShifts.Length;
        for (int channel = 0; channel < term.LeftShifts.Length; channel++)
        {
            ReadOnlySpan<uint> from = input.Slice(channel * positions, positions);
            Span<uint> to = accumulator.Slice(channel * positions, positions);
            int shift = term.LeftShifts[channel];
            for (int i = 0; i < to.Length; i++) to[i] += from[i] << shift;
        }
    }

    private static void AddSumPool(SumPoolTerm term, ReadOnlySpan<uint> input, Span<uint> accumulator)
    {
        PoolGeometry g = term.Geometry;
        for (int channel = 0, at = 0; channel < g.Channels; channel++)
        {
            ReadOnlySpan<uint> image = input.Slice(channel * g.InHeight * g.InWidth, g.InHeight * g.InWidth);
            for (int y = 0, position = 0; y < g.OutHeight; y++)
                for (int x = 0; x < g.OutWidth; x++, at++, position++)
                    accumulator[at] += WindowSum(g, image, y, x) * (uint)term.Multipliers[term.Multipliers.Length == 1 ? 0 : position];
        }
    }

    private static uint WindowSum(PoolGeometry g, ReadOnlySpan<uint> image, int y, int x)
    {
        uint sum = 0;
        for (int i = 0; i < g.KernelHeight; i++)
        {
            int row = y * g.StrideHeight - g.PadTop + i * g.DilationHeight;
            if (row < 0 || row >= g.InHeight) continue;
            for (int j = 0; j < g.KernelWidth; j++)
            {
                int column = x * g.StrideWidth - g.PadLeft + j * g.DilationWidth;
                if (column >= 0 && column < g.InWidth) sum += image[row * g.InWidth + column];
            }
        }
        return sum;
    }
}
