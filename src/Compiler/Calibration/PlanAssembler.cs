using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>A plan and where its parts come from.</summary>
/// <param name="LinearLayers">By step index.</param>
/// <param name="ActivationLayers">By step index.</param>
/// <param name="TensorValues">The value that each tensor holds, by tensor id.</param>
internal sealed record AssembledPlan(
    InferencePlan Plan, ImmutableDictionary<int, LinearLayer> LinearLayers, ImmutableDictionary<int, ActivationLayer> ActivationLayers,
    ImmutableArray<int> TensorValues);

/// <summary>
/// Writes a plan from a network and its formats. The order of steps and tensors follows from the network alone, so that the
/// model's owner finds them again.
/// </summary>
internal sealed class PlanAssembler
{
    /// <summary>Largest magnitude of a weight or multiplier.</summary>
    public const int WeightMax = (1 << 15) - 1;

    private readonly Network _network;
    private readonly NetworkFacts _facts;
    private readonly Formats _formats;
    private readonly ImmutableArray<PlanTensor>.Builder _tensors = ImmutableArray.CreateBuilder<PlanTensor>();
    private readonly ImmutableArray<PlanStep>.Builder _steps = ImmutableArray.CreateBuilder<PlanStep>();
    private readonly ImmutableDictionary<int, LinearLayer>.Builder _linear = ImmutableDictionary.CreateBuilder<int, LinearLayer>();
    private readonly ImmutableDictionary<int, ActivationLayer>.Builder _activations = ImmutableDictionary.CreateBuilder<int, ActivationLayer>();
    private readonly ImmutableArray<int>.Builder _tensorValues = ImmutableArray.CreateBuilder<int>();
    private readonly Dictionary<int, int> _narrow = [];
    private readonly Dictionary<int, int> _wide = [];

    private PlanAssembler(NetworkFacts facts, Formats formats)
    {
        _network = facts.Network;
        _facts = facts;
        _formats = formats;
    }

    /// <param name="header">Supplies all but inputs, outputs, tensors and steps.</param>
    public static AssembledPlan Assemble(NetworkFacts facts, Formats formats, CompileOptions header) =>
        new PlanAssembler(facts, formats).Assemble(header);

    private AssembledPlan Assemble(CompileOptions header)
    {
        foreach (Layer layer in _network.Layers) Add(layer);
        for (int i = 0; i < _network.Outputs.Length; i++)
        {
            NetworkOutput output = _network.Outputs[i];
            _steps.Add(new OutputStep(output.Port.Name, _narrow[output.Value], i, output.PostOperation));
        }
        InferencePlan plan = new()
        {
            Model = _network.Name, Deployment = header.Deployment, Comparison = header.Comparison, Release = header.Release,
            Card = header.Card, Inputs = _network.Inputs, Outputs = [.. _network.Outputs.Select(output => output.Port)],
            Tensors = _tensors.ToImmutable(), Steps = _steps.ToImmutable(),
        };
        return new(plan, _linear.ToImmutable(), _activations.ToImmutable(), _tensorValues.ToImmutable());
    }

    private void Add(Layer layer)
    {
        switch (layer)
        {
            case InputLayer input:
                _steps.Add(new InputStep(layer.Name, input.Index, Wide(layer.Output)));
                if (_facts.Narrow.Contains(layer.Output))
                    _steps.Add(new ReduceStep(layer.Name, _wide[layer.Output], Narrow(layer.Output)));
                return;
            case LayoutLayer layout:
                if (_facts.Narrow.Contains(layer.Output)) AddLayout(layout, _narrow, Narrow(layer.Output));
                if (_facts.Wide.Contains(layer.Output)) AddLayout(layout, _wide, Wide(layer.Output));
                return;
            case LinearLayer linear: AddLinear(linear); break;
            case ClampLayer clamp: AddClamp(clamp); break;
            case ActivationLayer activation: AddActivation(activation); break;
            case MaxPoolLayer pool: _steps.Add(new MaxPoolStep(pool.Name, _narrow[pool.Input], Narrow(pool.Output), pool.Geometry, DroppedBits(pool))); break;
            case ArgMaxLayer argMax: _steps.Add(new ArgMaxStep(argMax.Name, _narrow[argMax.Input], Narrow(argMax.Output))); break;
        }
        if (_facts.Wide.Contains(layer.Output) && !_facts.StaysWide.Contains(layer.Output))
            _steps.Add(new ExtendStep(layer.Name, _narrow[layer.Output], Wide(layer.Output)));
    }

    private void AddLinear(LinearLayer layer)
    {
        ImmutableArray<int> shifts = _formats.Shifts[layer.Output];
        ImmutableArray<LinearTerm> terms = [.. layer.Terms.Select(term => Term(layer, term, shifts))];
        int output = _facts.StaysWide.Contains(layer.Output) ? Wide(layer.Output) : Narrow(layer.Output);
        _linear.Add(_steps.Count, layer);
        _steps.Add(new LinearStep(layer.Name, terms, shifts, output, _facts.Released.Contains(layer.Output)));
    }

    private LinearTerm Term(LinearLayer layer, FloatTerm term, ImmutableArray<int> shifts)
    {
        int input = _wide[term.Input];
        int weightScale = _formats.Values[layer.Output].ScaleBits - _formats.Values[term.Input].ScaleBits;
        return term switch
        {
            ConvolutionFloatTerm convolution => new ConvolutionTerm(input, convolution.Geometry),
            SumPoolFloatTerm pool => new SumPoolTerm(input, pool.Geometry,
                [.. pool.Multipliers.Select(m => Multiplier(layer, m, weightScale + shifts[0]))]),
            _ => new IdentityTerm(input, [.. shifts.Select(shift => weightScale + shift)]),
        };
    }

    private static int Multiplier(LinearLayer layer, float multiplier, int scaleBits)
    {
        double scaled = Math.Round(Math.ScaleB(multiplier, scaleBits));
        return scaled is >= 1 and <= WeightMax ? (int)scaled
            : throw new ParameterException($"layer '{layer.Name}': its divisor becomes a multiplier of {scaled}; the range is 1 to {WeightMax}");
    }

    private void AddClamp(ClampLayer layer)
    {
        (int? low, int? high) = Bounds(layer.Input, layer.Low, layer.High);
        _steps.Add(new ClampStep(layer.Name, _narrow[layer.Input], Narrow(layer.Output), low, high, DroppedBits(layer)));
    }

    /// <summary>Bounds in units of the value that is clamped; absent where no value can reach them.</summary>
    private (int? Low, int? High) Bounds(int input, float lowest, float highest)
    {
        ValueFormat format = _formats.Values[input];
        double limit = Math.ScaleB(1, format.ValueBits - 1) - 1;
        double low = Math.Round(Math.ScaleB(lowest, format.ScaleBits)), high = Math.Round(Math.ScaleB(highest, format.ScaleBits));
        bool keepLow = low > -limit || high >= limit, keepHigh = high < limit;
        return (keepLow ? (int)Math.Clamp(low, -limit, limit) : null, keepHigh ? (int)Math.Clamp(high, -limit, limit) : null);
    }

    private int DroppedBits(Layer layer) => _formats.DroppedBits.GetValueOrDefault(layer.Output);

    private void AddActivation(ActivationLayer layer)
    {
        (int? low, int? high) = layer.HasClamps ? Bounds(layer.Input, layer.Low, layer.High) : (null, null);
        _activations.Add(_steps.Count, layer);
        _steps.Add(new ActivationStep(layer.Name, _narrow[layer.Input], Narrow(layer.Output), layer.Kinds, layer.Exponents,
            _formats.InputShifts.GetValueOrDefault(layer.Output), low, high, DroppedBits(layer)));
    }

    private void AddLayout(LayoutLayer layer, Dictionary<int, int> tensors, int output)
    {
        ValueFormat format = _formats.Values[layer.Output];
        double limit = Math.ScaleB(1, format.ValueBits - 1);
        LayoutOperation operation = layer.Operation is PadLayout pad
            ? pad with { Value = (int)Math.Clamp(Math.Round(Math.ScaleB(layer.Padding, format.ScaleBits)), -limit, limit - 1) }
            : layer.Operation;
        _steps.Add(new LayoutStep(layer.Name, [.. layer.Sources.Select(id => tensors[id])], output, operation));
    }

    private int Narrow(int value) => _narrow[value] = Tensor(value, _formats.Values[value].RingBits);

    private int Wide(int value) => _wide[value] = Tensor(value, 32);

    private int Tensor(int value, int ringBits)
    {
        ValueFormat format = _formats.Values[value];
        NetworkValue described = _network.Values[value];
        _tensors.Add(new(_tensors.Count, described.Name, described.Shape, ringBits, format.ValueBits, format.ScaleBits,
            _facts.NonNegative.Contains(value)));
        _tensorValues.Add(value);
        return _tensors.Count - 1;
    }
}
