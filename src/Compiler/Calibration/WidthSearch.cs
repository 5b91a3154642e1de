using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// Finds widths of the activation rings: the narrowest asked for, wider where rounding is large against the values, and
/// wider everywhere until the outputs on calibration samples are close enough to floats. Between two servers then narrower, while they are.
/// </summary>
/// <param name="mayLose">Whether outputs may lose, within the tolerated error, what makes the plan cheaper.</param>
internal sealed class WidthSearch(
    NetworkFacts facts, IReadOnlyDictionary<int, ValueRange> ranges, CompileOptions options, IReadOnlyList<FloatTensor[]> samples, bool mayLose)
{
    /// <summary>Root mean square of every value in units of its scale that the first attempt asks for.</summary>
    private const double UnitsMin = 128;

    /// <summary>
    /// A layer's comparison leaves bits out where the root mean square of what it compares is so many times what the bits can hold:
    /// few elements are near enough to the bound to be touched. The first that the outputs bear is taken.
    /// </summary>
    private static ReadOnlySpan<double> DroppedRatiosMin => [32, 64, 256];

    /// <summary>How much larger the outputs' error may become by leaving bits out, where it is not far below the tolerated one.</summary>
    private const double DroppedErrorGrowthMax = 1.25, DroppedErrorShare = 0.5;

    /// <summary>Bits of magnitude of what is squared; the first that the outputs bear is taken.</summary>
    private static ReadOnlySpan<int> SquaredMagnitudeBits => [10, 11, 12, 13];

    /// <summary>
    /// How many times the tolerated error outputs may have for the sake of shorter squares, where low bits may be left out at all: a square's cost
    /// is proportional to its bits.
    /// </summary>
    private const double SquaredErrorShare = 3;

    /// <summary>Layers whose shifts are reduced alone.</summary>
    private const int FurtherCutsMax = 4;

    private const int Attempts = 4;
    private const int SamplesMax = 8;

    public CompiledModel Run(IProgress<CompileProgress>? progress)
    {
        (CompiledModel Compiled, Formats Formats)? best = null;
        ParameterException? refusal = null;
        double unitsMin = UnitsMin;
        for (int attempt = 0; attempt < Attempts; attempt++, unitsMin *= 4)
        {
            progress?.Report(new("choosing widths", attempt, Attempts));
            try
            {
                Formats formats = Choose(options, unitsMin, _ => 0);
                CompiledModel candidate = Compile(formats);
                if (candidate.OutputError > best?.Compiled.OutputError / 1.5) break;
                best = (candidate, formats);
            }
            catch (ParameterException e)
            {
                refusal ??= e;
            }
            if (best?.Compiled.OutputError <= options.ErrorMax) break;
        }
        if (best is null) throw refusal!;
        if (mayLose && options.Deployment == DeploymentKinds.TwoServers && options.Comparison != ComparisonKinds.Sonic) best = Narrow(best.Value, unitsMin);
        progress?.Report(new("choosing widths", Attempts, Attempts));
        (CompiledModel compiled, Formats shorter) = ShortenSquares(best.Value.Compiled, best.Value.Formats);
        return LeaveOutBits(compiled, shorter);
    }

    /// <summary>
    /// The narrowest that outputs bear: first rings of l bits, then shifts of f, at last those alone that decide about the largest openings. Two servers
    /// open every activation twice, in l bits to be compared and in l + f to be multiplied.
    /// </summary>
    private (CompiledModel Compiled, Formats Formats) Narrow((CompiledModel Compiled, Formats Formats) best, double unitsMin)
    {
        CompileOptions narrower = options;
        for (int width = options.WidthBits - 1; width >= PlanValidator.RingBitsMin; width--)
        {
            CompileOptions candidate = options with { WidthBits = width };
            if (!Try(candidate, _ => 0)) break;
            narrower = candidate;
        }
        int common = 0;
        while (common < options.WeightBits && Try(narrower, _ => common + 1)) common++;
        HashSet<int> further = [];
        foreach (LinearLayer layer in facts.Network.Layers.OfType<LinearLayer>().OrderByDescending(OpenedElements).Take(FurtherCutsMax))
        {
            further.Add(layer.Output);
            if (!Try(narrower, linear => common + (further.Contains(linear.Output) ? 1 : 0))) further.Remove(layer.Output);
        }
        return best;

        int OpenedElements(LinearLayer layer) =>
            layer.Terms.OfType<ConvolutionFloatTerm>().Select(term => facts.Network.Values[term.Input].Elements).DefaultIfEmpty(0).Max();

        bool Try(CompileOptions widths, Func<LinearLayer, int> cut)
        {
            try
            {
                Formats formats = Choose(widths, Math.ScaleB(unitsMin, widths.WidthBits - options.WidthBits), cut);
                CompiledModel compiled = Compile(formats);
                if (!(compiled.OutputError <= options.ErrorMax)) return false;
                best = (compiled, formats);
                return true;
            }
            catch (ParameterException)
            {
                return false;
            }
        }
    }

    /// <summary>The error that leaving out low bits of comparisons may bring.</summary>
    private double DroppedErrorMax(CompiledModel exact) =>
        Math.Max(DroppedErrorShare * options.ErrorMax, DroppedErrorGrowthMax * exact.OutputError);

    /// <summary>The same plan with squares of shorter numbers, where the outputs bear it.</summary>
    private (CompiledModel Compiled, Formats Formats) ShortenSquares(CompiledModel exact, Formats formats)
    {
        if (formats.InputShifts.IsEmpty) return (exact, formats);
        double errorMax = Math.Max(DroppedErrorMax(exact), mayLose ? SquaredErrorShare * options.ErrorMax : 0);
        foreach (int magnitudeBits in SquaredMagnitudeBits)
        {
            Formats shorter = formats with { InputShifts = InputShifts.Choose(facts.Network, formats.Values, magnitudeBits) };
            CompiledModel candidate = Compile(shorter);
            if (candidate.OutputError <= errorMax) return (candidate, shorter);
        }
        return (exact, formats);
    }

    /// <summary>The same plan with comparisons that leave out low bits, where the outputs hardly change.</summary>
    private CompiledModel LeaveOutBits(CompiledModel exact, Formats formats)
    {
        double errorMax = DroppedErrorMax(exact);
        foreach (double ratioMin in DroppedRatiosMin)
        {
            ImmutableDictionary<int, int> dropped = DroppedBits.Choose(facts.Network, formats, ranges, ratioMin, options.DroppedBitsMax);
            if (dropped.IsEmpty) break;
            CompiledModel candidate = Compile(formats with { DroppedBits = dropped });
            if (candidate.OutputError <= errorMax) return candidate;
        }
        return exact;
    }

    private Formats Choose(CompileOptions widths, double unitsMin, Func<LinearLayer, int> shiftCut) => new FormatChooser(facts, ranges, widths, shiftCut)
        .Choose(facts.Groups.ToDictionary(group => group.Key, group => Width(group, widths.WidthBits, unitsMin)));

    private CompiledModel Compile(Formats formats)
    {
        AssembledPlan assembled = PlanAssembler.Assemble(facts, formats, options);
        CompiledModel compiled = new(assembled.Plan, WeightQuantizer.Quantize(assembled), 0);
        return compiled with { OutputError = OutputError(compiled) };
    }

    /// <summary>The narrowest ring in which the group's largest value fits and its smallest rms has so many units.</summary>
    private int Width(IEnumerable<int> group, int least, double unitsMin)
    {
        int[] values = [.. group.Where(value => ranges[value].Largest > 0 && !facts.StaysWide.Contains(value))];
        if (values.Length == 0) return least;
        double largest = values.Max(value => ranges[value].Largest), smallest = values.Min(value => ranges[value].RootMeanSquare);
        int needed = (int)Math.Ceiling(Math.Log2(unitsMin * largest / smallest)) + 2 + options.GuardBits;
        return Math.Clamp(needed, least, options.WidthBitsMax);
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
