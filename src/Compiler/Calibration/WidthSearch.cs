using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Reference;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// Finds widths of the activation rings: the narrowest asked for, wider where rounding is large against the values, and
/// wider everywhere until the outputs on calibration samples are close enough to floats.
/// </summary>
internal sealed class WidthSearch(
    NetworkFacts facts, IReadOnlyDictionary<int, ValueRange> ranges, CompileOptions options, IReadOnlyList<FloatTensor[]> samples)
{
    /// <summary>Root mean square of every value in units of its scale that the first attempt asks for.</summary>
    private const double UnitsMin = 128;

    private const int Attempts = 4;
    private const int SamplesMax = 8;

    public CompiledModel Run(IProgress<CompileProgress>? progress)
    {
        CompiledModel? best = null;
        ParameterException? refusal = null;
        double unitsMin = UnitsMin;
        for (int attempt = 0; attempt < Attempts; attempt++, unitsMin *= 4)
        {
            progress?.Report(new("choosing widths", attempt, Attempts));
            try
            {
                CompiledModel candidate = Compile(unitsMin);
                if (best is not null && candidate.OutputError > best.OutputError / 1.5) break;
                best = candidate;
            }
            catch (ParameterException e)
            {
                refusal ??= e;
            }
            if (best?.OutputError <= options.ErrorMax) break;
        }
        return best ?? throw refusal!;
    }

    private CompiledModel Compile(double unitsMin)
    {
        FormatChooser chooser = new(facts, ranges, options);
        Dictionary<int, int> widths = facts.Groups.ToDictionary(group => group.Key, group => Width(group, unitsMin));
        AssembledPlan assembled = PlanAssembler.Assemble(facts, chooser.Choose(widths), options);
        CompiledModel compiled = new(assembled.Plan, WeightQuantizer.Quantize(assembled), 0);
        return compiled with { OutputError = OutputError(compiled) };
    }

    /// <summary>The narrowest ring in which the group's largest value fits and its smallest rms has so many units.</summary>
    private int Width(IEnumerable<int> group, double unitsMin)
    {
        int[] values = [.. group.Where(value => ranges[value].Largest > 0 && !facts.StaysWide.Contains(value))];
        if (values.Length == 0) return options.WidthBits;
        double largest = values.Max(value => ranges[value].Largest), smallest = values.Min(value => ranges[value].RootMeanSquare);
        int needed = (int)Math.Ceiling(Math.Log2(unitsMin * largest / smallest)) + 2 + options.GuardBits;
        return Math.Clamp(needed, options.WidthBits, options.WidthBitsMax);
    }

    private double OutputError(CompiledModel compiled)
    {
        FixedPointReference reference = new(compiled.Model);
        double errors = 0, squares = 0;
        Parallel.For(0, Math.Min(SamplesMax, samples.Count), i =>
        {
            float[][] expected = NetworkExecutor.Run(facts.Network, samples[i]);
            float[][] actual = reference.RunOpened(samples[i]);
            lock (reference)
                for (int o = 0; o < expected.Length; o++)
                    for (int e = 0; e < expected[o].Length; e++)
                    {
                        errors += Math.Pow(expected[o][e] - actual[o][e], 2);
                        squares += Math.Pow(expected[o][e], 2);
                    }
        });
        return squares == 0 ? 0 : Math.Sqrt(errors / squares);
    }
}
