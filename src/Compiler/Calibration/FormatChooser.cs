using System.Collections.Immutable;
using System.Numerics;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// Chooses a scale for every group of values and shifts for every linear layer. Scales start as fine as the calibrated range
/// and the guard bits allow; where a layer does not fit, the scale in its way comes down, until all fit or one has lost its
/// meaning.
/// </summary>
/// <param name="shiftCut">As <see cref="ShiftChooser"/> takes it.</param>
internal sealed class FormatChooser(NetworkFacts facts, IReadOnlyDictionary<int, ValueRange> ranges, CompileOptions options, Func<LinearLayer, int> shiftCut)
{
    /// <summary>Bits that the largest calibrated value of a group must keep.</summary>
    private const int SignificantBitsMin = 4;

    private readonly Network _network = facts.Network;
    private readonly ShiftChooser _shifts = new(options, shiftCut);

    /// <summary>Chooses formats for given widths of the groups' rings.</summary>
    /// <exception cref="ParameterException">A layer fits at no scale; names it and says by how much.</exception>
    public Formats Choose(IReadOnlyDictionary<int, int> groupWidths)
    {
        Dictionary<int, int> scales = facts.Groups.ToDictionary(group => group.Key, group => ScaleBits(group, groupWidths[group.Key]));
        while (true)
        {
            ImmutableDictionary<int, ValueFormat> values = Values(groupWidths, scales);
            ImmutableDictionary<int, ImmutableArray<int>>.Builder shifts = ImmutableDictionary.CreateBuilder<int, ImmutableArray<int>>();
            Misfit? misfit = null;
            foreach (Layer layer in _network.Layers)
            {
                if (layer is ActivationLayer activation && LowerForSquares(activation, values, scales)) goto again;
                if (layer is not LinearLayer linear) continue;
                (shifts[layer.Output], misfit) = _shifts.Choose(linear, id => values[id]);
                if (misfit is not null) break;
            }
            if (misfit is null) return new(values, shifts.ToImmutable(),
                InputShifts.Choose(_network, values, InputShifts.MagnitudeBitsMax), ImmutableDictionary<int, int>.Empty);
            Lower(misfit, scales);
        again:;
        }
    }

    /// <summary>The finest scale at which every value of the group fits its bits with the guard.</summary>
    private int ScaleBits(IEnumerable<int> group, int width)
    {
        int scale = int.MaxValue;
        foreach (int value in group)
        {
            if (facts.StaysWide.Contains(value)) continue;
            if (_network.Layers.Any(layer => layer is ArgMaxLayer && layer.Output == value)) return 0;
            double largest = ranges[value].Largest;
            if (largest == 0) continue;
            scale = Math.Min(scale, (int)Math.Floor(facts.ValueBits(value, width) - 1 - options.GuardBits - Math.Log2(largest)));
        }
        return scale == int.MaxValue ? 0 : scale;
    }

    private ImmutableDictionary<int, ValueFormat> Values(IReadOnlyDictionary<int, int> groupWidths, Dictionary<int, int> scales)
    {
        ImmutableDictionary<int, ValueFormat>.Builder values = ImmutableDictionary.CreateBuilder<int, ValueFormat>();
        foreach (Layer layer in _network.Layers)
        {
            int value = layer.Output, group = facts.Group(value);
            if (facts.StaysWide.Contains(value))
            {
                SumPoolFloatTerm pool = (SumPoolFloatTerm)((LinearLayer)layer).Terms[0];
                ValueFormat input = values[pool.Input];
                int window = pool.Geometry.KernelHeight * pool.Geometry.KernelWidth;
                values[value] = new(32, Math.Min(32, input.ValueBits + BitOperations.Log2((uint)window * 2 - 1)), input.ScaleBits);
            }
            else if (layer is ArgMaxLayer argMax)
            {
                int bits = BitOperations.Log2((uint)_network.Values[argMax.Input].Shape[^1]) + 2;
                values[value] = new(Math.Max(options.WidthBits, bits), bits, 0);
            }
            else values[value] = new(groupWidths[group], facts.ValueBits(value, groupWidths[group]), scales[group]);
        }
        return values.ToImmutable();
    }

    /// <summary>Brings the input's scale down where squares would have to lose more bits than the accumulator has; whether it did.</summary>
    private bool LowerForSquares(ActivationLayer layer, ImmutableDictionary<int, ValueFormat> values, Dictionary<int, int> scales)
    {
        ValueFormat input = values[layer.Input];
        int excess = InputShifts.Least(layer, input, values[layer.Output]) - InputShifts.Most(input);
        if (excess <= 0) return false;
        scales[facts.Group(layer.Input)] -= excess;
        return true;
    }

    private void Lower(Misfit misfit, Dictionary<int, int> scales)
    {
        int group = facts.Group(misfit.Value);
        scales[group] -= misfit.Bits;
        double largest = facts.Groups[group].Max(value => ranges[value].Largest);
        if (largest * Math.ScaleB(1, scales[group]) < 1 << SignificantBitsMin)
            throw new ParameterException(
                $"layer '{misfit.Layer.Name}' does not fit 32-bit accumulators: {misfit.Reason}, and at a scale that fits, "
                + $"values of up to {largest:g3} would keep fewer than {SignificantBitsMin} bits");
    }
}
