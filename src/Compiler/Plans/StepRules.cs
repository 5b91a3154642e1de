using System.Collections.Immutable;
using Blindsight.Arithmetic;

namespace Blindsight.Compiler.Plans;

/// <summary>Checks the steps of a plan in their order, once the tensors are known to be sound.</summary>
internal sealed class StepRules(InferencePlan plan)
{
    private const int DroppedBitsMax = 8;

    private readonly int[] _writer = [.. Enumerable.Repeat(-1, plan.Tensors.Length)];
    private readonly bool[] _inputSeen = new bool[plan.Inputs.Length];
    private readonly bool[] _outputSeen = new bool[plan.Outputs.Length];

    /// <exception cref="ParameterException">The first violation.</exception>
    public void Check()
    {
        for (int i = 0; i < plan.Steps.Length; i++)
        {
            PlanStep step = plan.Steps[i];
            if (step.Name is not { Length: <= 1024 }) throw PlanValidator.Fault($"number {i}", "a name of more than 1024 characters");
            foreach (int id in Reads(step))
                Require(step, id >= 0 && id < _writer.Length && _writer[id] >= 0, $"tensor {id} to be written before it is read");
            if (step is not OutputStep)
            {
                Require(step, step.Writes >= 0 && step.Writes < _writer.Length, $"an output among the plan's tensors, not {step.Writes}");
                Require(step, _writer[step.Writes] < 0, $"tensor {step.Writes} to be written once");
            }
            CheckOne(step);
            if (step is not OutputStep) _writer[step.Writes] = i;
        }
        if (_inputSeen.Contains(false)) throw new ParameterException("an input of the plan is not read by any step");
        if (_outputSeen.Contains(false)) throw new ParameterException("an output of the plan is not written by any step");
        int unwritten = Array.IndexOf(_writer, -1);
        if (unwritten >= 0) throw new ParameterException($"tensor {unwritten} of the plan is written by no step");
    }

    private static ImmutableArray<int> Reads(PlanStep step)
    {
        if (step is LinearStep linear && (linear.Terms.IsDefault || linear.Terms.Any(term => term is null)))
            throw PlanValidator.Fault(step.Name, "a term is null");
        return step.Reads.IsDefault ? throw PlanValidator.Fault(step.Name, "no list of inputs") : step.Reads;
    }

    private void CheckOne(PlanStep step)
    {
        switch (step)
        {
            case InputStep input: Input(input); break;
            case LinearStep linear: LinearRules.Check(linear, Tensor); break;
            case ExtendStep extend: Extend(extend, Tensor(extend.Input), Tensor(extend.Output)); break;
            case ReduceStep reduce: Reduce(reduce, Tensor(reduce.Input), Tensor(reduce.Output)); break;
            case ClampStep clamp: Clamp(clamp, Tensor(clamp.Input), Tensor(clamp.Output)); break;
            case ActivationStep activation: Activation(activation, Tensor(activation.Input), Tensor(activation.Output)); break;
            case MaxPoolStep pool: MaxPool(pool, Tensor(pool.Input), Tensor(pool.Output)); break;
            case LayoutStep layout: Layout(layout); break;
            case ArgMaxStep argMax: ArgMax(argMax, Tensor(argMax.Input), Tensor(argMax.Output)); break;
            case OutputStep output: Output(output, Tensor(output.Input)); break;
            default: throw PlanValidator.Fault(step.Name, "an unknown kind of step");
        }
    }

    private PlanTensor Tensor(int id) => plan.Tensors[id];

    private void Input(InputStep step)
    {
        Require(step, step.InputIndex >= 0 && step.InputIndex < _inputSeen.Length, "an input of the plan");
        Require(step, !_inputSeen[step.InputIndex], "an input that no other step reads");
        _inputSeen[step.InputIndex] = true;
        Require(step, Tensor(step.Output).RingBits == 32, "an output of 32 ring bits");
        Require(step, Elements(plan.Inputs[step.InputIndex].Shape) == Tensor(step.Output).Elements, "as many elements as the input");
    }

    private static void Extend(ExtendStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, input.RingBits < 32 && output.RingBits == 32, "an activation ring as input and 32 ring bits as output");
        SameNumbers(step, input, output);
        Require(step, input.NonNegative || input.ValueBits < input.RingBits, "signed elements below a quarter of the ring");
        Require(step, output.ValueBits >= input.ValueBits, "no fewer value bits than its input");
    }

    private static void Reduce(ReduceStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, input.RingBits == 32 && output.RingBits < 32, "32 ring bits as input and an activation ring as output");
        SameNumbers(step, input, output);
        Require(step, input.ValueBits <= output.ValueBits, "values that fit the smaller ring");
    }

    private void Clamp(ClampStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, input.RingBits < 32 && input.RingBits == output.RingBits, "one activation ring");
        Require(step, input.ScaleBits == output.ScaleBits && input.Elements == output.Elements, "one scale and shape");
        Bounds(step, input, output, step.Low, step.High, step.DroppedBits);
    }

    private void Bounds(PlanStep step, PlanTensor input, PlanTensor output, int? low, int? high, int droppedBits)
    {
        Require(step, low is not null || high is not null, "a bound");
        Require(step, !output.NonNegative || input.NonNegative || low >= 0, "a bound of zero to become non-negative");
        DroppedBits(step, input, droppedBits);
        Require(step, low is null || high is null || (long)high - low >= 1L << droppedBits, "bounds that its comparison tells apart");
        long half = 1L << (input.RingBits - 1), least = input.NonNegative ? 0 : -(1L << (input.ValueBits - 1));
        long largest = (1L << (input.ValueBits - 1)) - 1;
        foreach (int bound in new[] { low, high }.OfType<int>())
            Require(step, least - bound >= -half && largest - bound < half, "differences to a bound that fit the ring");
    }

    private void Activation(ActivationStep step, PlanTensor input, PlanTensor output)
    {
        ActivationRules.Check(step, input, output);
        if (step.HasClamps) Bounds(step, input, output, step.Low, step.High, step.DroppedBits);
        else Require(step, step is { Low: null, High: null, DroppedBits: 0 }, "no bounds and no comparison without clamps");
    }

    private void MaxPool(MaxPoolStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, input.RingBits < 32 && input.RingBits == output.RingBits && input.ScaleBits == output.ScaleBits, "one activation ring and scale");
        Require(step, !output.NonNegative || input.NonNegative, "a non-negative input to be non-negative");
        DroppedBits(step, input, step.DroppedBits);
        Comparable(step, input);
        GeometryRules.Check(step.Name, step.Geometry, input, output);
        Compared(step, (long)step.Geometry.KernelHeight * step.Geometry.KernelWidth);
    }

    private void Layout(LayoutStep step)
    {
        Require(step, step.Inputs.Length >= 1, "an input");
        PlanTensor output = Tensor(step.Output);
        PlanTensor[] inputs = [.. step.Inputs.Select(Tensor)];
        foreach (PlanTensor input in inputs)
        {
            Require(step, input.RingBits == output.RingBits && input.ScaleBits == output.ScaleBits, "one ring and scale");
            Require(step, input.NonNegative || !output.NonNegative, "non-negative inputs to be non-negative");
        }
        LayoutRules.Check(step, inputs, output);
    }

    private void ArgMax(ArgMaxStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, input.RingBits < 32 && output.RingBits < 32, "activation rings");
        Require(step, output.RingBits <= input.RingBits, "a ring of labels no wider than that of the scores");
        Require(step, input.Shape.Length >= 1, "an axis");
        Comparable(step, input);
        int candidates = input.Shape[^1];
        Compared(step, candidates);
        Require(step, output.Elements == input.Elements / candidates, "an index for each row");
        Require(step, output.ScaleBits == 0 && candidates <= 1L << (output.ValueBits - 1), "a ring that holds the largest index");
    }

    private void Output(OutputStep step, PlanTensor input)
    {
        Require(step, step.OutputIndex >= 0 && step.OutputIndex < _outputSeen.Length, "an output of the plan");
        Require(step, !_outputSeen[step.OutputIndex], "an output that no other step writes");
        _outputSeen[step.OutputIndex] = true;
        Require(step, input.RingBits < 32, "an activation ring: accumulators are not opened");
        ImmutableArray<int> shape = plan.Outputs[step.OutputIndex].Shape;
        Require(step, Elements(shape) == input.Elements, "as many elements as the output");
        Require(step, step.PostOperation is not null && Enum.IsDefined(step.PostOperation.Kind), "a known post-operation");
        bool softmax = step.PostOperation!.Kind is PostOperationKind.Softmax or PostOperationKind.LogSoftmax;
        Require(step, !softmax || step.PostOperation.Axis >= -shape.Length && step.PostOperation.Axis < shape.Length, "a softmax along one of its axes");
        Require(step, plan.Steps[_writer[input.Id]] is not LinearStep { Released: false }, "a linear step that knows that it is opened");
    }

    private static void SameNumbers(PlanStep step, PlanTensor input, PlanTensor output)
    {
        Require(step, input.Elements == output.Elements && input.ScaleBits == output.ScaleBits, "one shape and scale");
        Require(step, input.NonNegative || !output.NonNegative, "a non-negative input to be non-negative");
    }

    private void DroppedBits(PlanStep step, PlanTensor input, int bits)
    {
        Require(step, bits == 0 || !ComparisonKinds.IsExact(plan.Comparison), $"a comparison of all bits: {plan.Comparison} leaves out none");
        Require(step, bits >= 0 && bits <= DroppedBitsMax && bits < input.RingBits - 1, $"a comparison that leaves out 0 to {DroppedBitsMax} bits");
    }

    private bool IsGarbled => plan.Comparison == ComparisonKinds.Garbled;

    /// <summary>One circuit, whose labels are all there at the same time, compares them all.</summary>
    private void Compared(PlanStep step, long numbers) => Require(step, !IsGarbled || numbers <= ComparisonKinds.GarbledNumbersMax,
        $"at most {ComparisonKinds.GarbledNumbersMax} numbers for a garbled circuit to compare, not {numbers}");

    /// <summary>Differences of two elements fit the ring.</summary>
    private static void Comparable(PlanStep step, PlanTensor input) =>
        Require(step, input.ValueBits < input.RingBits || input.NonNegative, "differences of two elements that fit the ring");

    private static long Elements(ImmutableArray<int> shape) => shape.Aggregate(1L, (product, dimension) => product * dimension);

    private static void Require(PlanStep step, bool holds, string what)
    {
        if (!holds) throw PlanValidator.Fault(step.Name, $"needs {what}");
    }
}
