using System.Collections.Immutable;
using Blindsight.Arithmetic.FixedPoint;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Reference;

/// <summary>
/// Runs a plan in clear integers, bit by bit: the oracle that every deployment is compared with. Elements are signed
/// numbers of their tensor's ring. Immutable, so that several threads may run it at once.
/// </summary>
public sealed class FixedPointReference
{
    private readonly InferencePlan _plan;
    private readonly ImmutableDictionary<int, int[][]> _weights;
    private readonly QuantizedModel _model;

    /// <summary>A reference for a plan and its integer weights.</summary>
    public FixedPointReference(QuantizedModel model)
    {
        _model = model;
        _plan = model.Plan;
        _weights = model.Linear.ToImmutableDictionary(
            entry => entry.Key, entry => entry.Value.Weights.Select(term => Array.ConvertAll(term, w => (int)w)).ToArray());
    }

    /// <summary>The plan that is run.</summary>
    public InferencePlan Plan => _plan;

    /// <summary>Runs one step alone. An <see cref="OutputStep"/> returns its input; an <see cref="InputStep"/> cannot be run so.</summary>
    /// <param name="inputs">The elements of the step's <see cref="PlanStep.Reads"/>, in that order.</param>
    /// <returns>The elements of the tensor that the step writes.</returns>
    public int[] RunStep(int stepIndex, IReadOnlyList<int[]> inputs) => _plan.Steps[stepIndex] switch
    {
        LinearStep linear => Linear(stepIndex, linear, inputs),
        ExtendStep or OutputStep => inputs[0],
        ReduceStep reduce => Array.ConvertAll(inputs[0], x => FixedPointEncoding.Wrap(x, Tensor(reduce.Output).RingBits)),
        ClampStep clamp => Array.ConvertAll(inputs[0], x => Clamp(clamp.Low, clamp.High, clamp.DroppedBits, x)),
        ActivationStep activation => Activation(stepIndex, activation, inputs[0]),
        MaxPoolStep pool => MaxPool(pool, inputs[0]),
        LayoutStep layout => Layout(layout, inputs),
        ArgMaxStep argMax => ArgMax(argMax, inputs[0]),
        PlanStep step => throw new ArgumentException($"step '{step.Name}' cannot be run alone"),
    };

    /// <summary>Runs a whole inference on real inputs, with the client's encoding, decoding and post-operations.</summary>
    /// <param name="inputs">One for each input of the plan.</param>
    /// <param name="observe">Told the elements of every tensor once its step has run: step index, elements, which it may change.</param>
    /// <returns>One tensor for each output of the plan, in the output's shape.</returns>
    public FloatTensor[] Run(IReadOnlyList<FloatTensor> inputs, Action<int, int[]>? observe = null) =>
        [.. RunIntegers(inputs, observe).Select((opened, i) =>
            new FloatTensor(_plan.Outputs[i].Shape, ClientCodec.Decode(_plan, i, opened)))];

    /// <summary>As <see cref="Run"/>, but decoded only: before the client's post-operations.</summary>
    internal float[][] RunOpened(IReadOnlyList<FloatTensor> inputs) =>
        [.. RunIntegers(inputs, null).Select((opened, i) => ClientCodec.DecodeOpened(_plan, i, opened))];

    private int[][] RunIntegers(IReadOnlyList<FloatTensor> inputs, Action<int, int[]>? observe)
    {
        int[]?[] tensors = new int[]?[_plan.Tensors.Length];
        int[] lastUse = LastUses();
        int[][] outputs = new int[_plan.Outputs.Length][];
        for (int i = 0; i < _plan.Steps.Length; i++)
        {
            PlanStep step = _plan.Steps[i];
            int[] result = step is InputStep input
                ? ClientCodec.Encode(_plan, input.InputIndex, inputs[input.InputIndex].Data)
                : RunStep(i, [.. step.Reads.Select(id => tensors[id]!)]);
            observe?.Invoke(i, result);
            if (step is OutputStep output) outputs[output.OutputIndex] = result;
            else tensors[step.Writes] = result;
            foreach (int id in step.Reads)
                if (lastUse[id] == i) tensors[id] = null;
        }
        return outputs;
    }

    private PlanTensor Tensor(int id) => _plan.Tensors[id];

    private int[] Linear(int stepIndex, LinearStep step, IReadOnlyList<int[]> inputs)
    {
        PlanTensor output = Tensor(step.Output);
        QuantizedLinear secret = _model.Linear[stepIndex];
        int channels = step.ChannelShifts.Length, positions = output.Elements / channels;
        int[] sum = new int[output.Elements];
        for (int channel = 0; channel < channels; channel++)
            sum.AsSpan(channel * positions, positions).Fill(secret.Bias[channel]);
        for (int t = 0; t < step.Terms.Length; t++)
            switch (step.Terms[t])
            {
                case ConvolutionTerm term:
                    Convolution.Accumulate<int>(term.Geometry, inputs[t], _weights[stepIndex][t], sum);
                    break;
                case SumPoolTerm term:
                    Pooling.AccumulateSums<int>(term.Geometry, term.Multipliers.AsSpan(), inputs[t], sum);
                    break;
                case IdentityTerm term:
                    for (int i = 0; i < sum.Length; i++) sum[i] = unchecked(sum[i] + (inputs[t][i] << term.LeftShifts[i / positions]));
                    break;
            }
        for (int i = 0; i < sum.Length; i++)
            sum[i] = FixedPointEncoding.ShiftAndWrap(sum[i], step.ChannelShifts[i / positions], output.RingBits);
        return sum;
    }

    private static int Clamp(int? low, int? high, int droppedBits, int x)
    {
        long middle = (1L << droppedBits) >> 1;
        if (x < low + middle) return low!.Value;
        return x >= high + middle ? high!.Value : x;
    }

    private int[] Activation(int stepIndex, ActivationStep step, int[] input)
    {
        PlanTensor from = Tensor(step.Input), to = Tensor(step.Output);
        int[]? offsets = _model.Offsets.GetValueOrDefault(stepIndex);
        int[] output = new int[input.Length];
        int positions = input.Length / step.Channels;
        for (int i = 0; i < output.Length; i++)
        {
            int channel = i / positions, x = input[i], offset = offsets?[channel] ?? 0;
            output[i] = step.Kinds[channel] switch
            {
                ActivationStep.Clamp => Clamp(step.Low, step.High, step.DroppedBits, x),
                ActivationStep.Identity => x,
                ActivationStep.Constant => FixedPointEncoding.Wrap(offset, to.RingBits),
                _ => FixedPointEncoding.Wrap(Square(step, channel, FixedPointEncoding.ShiftAndWrap(x, step.InputShift, 32), from, to) + offset, to.RingBits),
            };
        }
        return output;
    }

    /// <summary>The square of an element that has lost its low bits already, rounded to the output's scale.</summary>
    internal static long Square(ActivationStep step, int channel, long shifted, PlanTensor from, PlanTensor to)
    {
        long square = step.Kinds[channel] == ActivationStep.NegatedSquare ? -shifted * shifted : shifted * shifted;
        int shift = step.SquareShift(channel, from, to);
        return shift < 0 ? square << -shift : (square + (1L << shift >> 1)) >> shift;
    }

    private int[] MaxPool(MaxPoolStep step, int[] input)
    {
        int[] output = new int[step.Geometry.OutElements];
        Pooling.Max<int>(step.Geometry, input, output);
        return output;
    }

    private int[] Layout(LayoutStep step, IReadOnlyList<int[]> inputs)
    {
        if (step.Operation is ReshapeLayout) return inputs[0];
        int[] joined = inputs.Count == 1 ? inputs[0] : [.. inputs.SelectMany(input => input)];
        int padding = (step.Operation as PadLayout)?.Value ?? 0;
        int[] sources = LayoutMap.Sources(step.Operation, [.. step.Inputs.Select(id => Tensor(id).Shape)], Tensor(step.Output).Shape);
        return Array.ConvertAll(sources, source => source == LayoutMap.Padding ? padding : joined[source]);
    }

    private int[] ArgMax(ArgMaxStep step, int[] input)
    {
        int candidates = Tensor(step.Input).Shape[^1];
        int[] output = new int[input.Length / candidates];
        for (int row = 0; row < output.Length; row++)
        {
            ReadOnlySpan<int> values = input.AsSpan(row * candidates, candidates);
            for (int i = 1; i < candidates; i++)
                if (values[i] > values[output[row]]) output[row] = i;
        }
        return output;
    }

    private int[] LastUses()
    {
        int[] last = new int[_plan.Tensors.Length];
        for (int i = 0; i < _plan.Steps.Length; i++)
            foreach (int id in _plan.Steps[i].Reads) last[id] = i;
        return last;
    }
}
