using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Plans;

public class PlanValidatorTests
{
    private static readonly InferencePlan Plan = SamplePlan.Create();

    [Fact]
    public void The_sample_is_valid() => PlanValidator.Validate(Plan);

    public static TheoryData<string, InferencePlan> HostilePlans => new()
    {
        { "deployment", Plan with { Deployment = "cloud" } },
        { "comparison", Plan with { Comparison = "none" } },
        { "garbled comparison without low bits", Garbled(Step<ClampStep>(3, s => s with { DroppedBits = 1 })) },
        { "garbled window without low bits", Garbled(Step<MaxPoolStep>(2, s => s with { DroppedBits = 1 })) },
        { "release", Plan with { Release = "weights" } },
        { "no steps", Plan with { Steps = [] } },
        { "card mean", Plan with { Card = Plan.Card with { Mean = [] } } },
        { "card std", Plan with { Card = Plan.Card with { Std = [0] } } },
        { "card scale", Plan with { Card = Plan.Card with { Scale = double.NaN } } },
        { "port too large", Plan with { Inputs = [new("x", [1 << 20, 1 << 20, 1 << 20])] } },
        { "tensor id", Tensor(3, t => t with { Id = 4 }) },
        { "tensor dimension", Tensor(3, t => t with { Shape = [2, 0, 2] }) },
        { "tensor overflow", Tensor(3, t => t with { Shape = [65536, 65536] }) },
        { "ring bits", Tensor(1, t => t with { RingBits = 25 }) },
        { "value bits", Tensor(1, t => t with { ValueBits = 17 }) },
        { "scale bits", Tensor(0, t => t with { ScaleBits = int.MinValue }) },
        { "missing step", Plan with { Steps = Plan.Steps.RemoveAt(2) } },
        { "wrong order", Plan with { Steps = Plan.Steps.RemoveAt(1).Insert(3, Plan.Steps[1]) } },
        { "written twice", Plan with { Steps = Plan.Steps.Add(Plan.Steps[3]) } },
        { "unused tensor", Plan with { Tensors = Plan.Tensors.Add(new(14, "spare", [1], 16, 8, 0, false)) } },
        { "read of a missing tensor", Step<ExtendStep>(4, s => s with { Input = 99 }) },
        { "write of a missing tensor", Step<ExtendStep>(4, s => s with { Output = -7 }) },
        { "input index", Step<InputStep>(0, s => s with { InputIndex = 1 }) },
        { "shift too large", Step<LinearStep>(1, s => s with { ChannelShifts = [8, 17] }) },
        { "shift shows the noise", Step<LinearStep>(1, s => s with { ChannelShifts = [8, 2] }) },
        { "shift count", Step<LinearStep>(1, s => s with { ChannelShifts = [8] }) },
        { "left shift", Linear(1, 1, new IdentityTerm(0, [10, 12])) },
        { "negative left shift", Linear(1, 1, new IdentityTerm(0, [-1, 11])) },
        { "no terms", Step<LinearStep>(1, s => s with { Terms = [] }) },
        { "null term", Step<LinearStep>(1, s => s with { Terms = [null!] }) },
        { "channels", Geometry(g => g with { InChannels = 3 }) },
        { "kernel", Geometry(g => g with { KernelHeight = 9 }) },
        { "stride", Geometry(g => g with { StrideHeight = 0 }) },
        { "groups", Geometry(g => g with { Groups = 3 }) },
        { "pads", Geometry(g => g with { PadTop = int.MaxValue }) },
        { "dilation", Geometry(g => g with { DilationWidth = int.MaxValue }) },
        { "multiplier", Linear(5, 0, ((LinearStep)Plan.Steps[5]).Terms[0] as SumPoolTerm is { } p ? p with { Multipliers = [1 << 15] } : null!) },
        { "window outside", Step<MaxPoolStep>(2, s => s with { Geometry = s.Geometry with { StrideHeight = 9 } }) },
        { "pool size", Step<MaxPoolStep>(2, s => s with { Geometry = s.Geometry with { OutHeight = 3 } }) },
        { "differences", Tensor(1, t => t with { ValueBits = 16 }) },
        { "clamp order", Step<ClampStep>(3, s => s with { Low = 2000 }) },
        { "clamp without bounds", Step<ClampStep>(3, s => s with { Low = null, High = null }) },
        { "clamp range", Step<ClampStep>(3, s => s with { High = 1 << 20 }) },
        { "clamp sign", Step<ClampStep>(3, s => s with { Low = -1 }) },
        { "kinds of no channels", Step<ActivationStep>(8, s => s with { Kinds = "" }) },
        { "kinds that do not divide", Step<ActivationStep>(8, s => s with { Kinds = "sss", Exponents = [0, 0, 0] }) },
        { "unknown kind", Step<ActivationStep>(8, s => s with { Kinds = "x" }) },
        { "clamps alone", Step<ActivationStep>(7, s => s with { Kinds = "cc" }) },
        { "exponent count", Step<ActivationStep>(8, s => s with { Exponents = [] }) },
        { "no exponents", Step<ActivationStep>(8, s => s with { Exponents = default }) },
        { "exponent range", Step<ActivationStep>(8, s => s with { Exponents = [int.MinValue] }) },
        { "exponent of a copy", Step<ActivationStep>(7, s => s with { Exponents = [1, 0] }) },
        { "square's shift", Step<ActivationStep>(8, s => s with { Exponents = [-9] }) },
        { "square's gain", Step<ActivationStep>(8, s => s with { Exponents = [25] }) },
        { "input shift", Step<ActivationStep>(8, s => s with { InputShift = 11 }) },
        { "negative input shift", Step<ActivationStep>(8, s => s with { InputShift = -1 }) },
        { "input shift of a copy", Step<ActivationStep>(7, s => s with { InputShift = 1 }) },
        { "square of large values", Tensor(7, t => t with { ValueBits = 16 }) },
        { "activation's scale", Tensor(7, t => t with { ScaleBits = 6 }) },
        { "activation's ring", Tensor(7, t => t with { RingBits = 17 }) },
        { "activation's shape", Tensor(7, t => t with { Shape = [4] }) },
        { "activation's sign", Tensor(7, t => t with { NonNegative = true }) },
        { "negated square's sign", Step<ActivationStep>(8, s => s with { Kinds = "n" }) },
        { "bound without clamps", Step<ActivationStep>(8, s => s with { Low = 0 }) },
        { "clamps without bounds", Step<ActivationStep>(7, s => s with { Low = null }) },
        { "dropped bits without clamps", Step<ActivationStep>(8, s => s with { DroppedBits = 1 }) },
        { "garbled activation without low bits", Garbled(Step<ActivationStep>(7, s => s with { DroppedBits = 1 })) },
        { "extension of large values", Tensor(6, t => t with { ValueBits = 16 }) },
        { "concat axis", Step<LayoutStep>(10, s => s with { Operation = new ConcatLayout(1) }) },
        { "gather index", Step<LayoutStep>(10, s => s with { Inputs = [9], Operation = new GatherLayout(0, [0, 1, 2, 1]) }) },
        { "transpose axes", Step<LayoutStep>(10, s => s with { Inputs = [9], Operation = new TransposeLayout([0, 0]) }) },
        { "slice range", Step<LayoutStep>(10, s => s with { Inputs = [9], Operation = new SliceLayout([0], [int.MaxValue]) }) },
        { "output index", Step<OutputStep>(13, s => s with { OutputIndex = 2 }) },
        { "same output twice", Step<OutputStep>(13, s => s with { OutputIndex = 0 }) },
        { "accumulator opened", Step<OutputStep>(15, s => s with { Input = 10 }) },
        { "not dithered", Step<LinearStep>(14, s => s with { Released = false }) },
        { "softmax axis", Step<OutputStep>(15, s => s with { PostOperation = new(PostOperationKind.Softmax, 1) }) },
        { "post operation", Step<OutputStep>(15, s => s with { PostOperation = new((PostOperationKind)9) }) },
    };

    [Theory]
    [MemberData(nameof(HostilePlans))]
    public void A_hostile_plan_is_refused(string what, InferencePlan plan)
    {
        ParameterException refusal = Assert.Throws<ParameterException>(() => PlanValidator.Validate(plan));
        Assert.False(string.IsNullOrEmpty(refusal.Message), what);
    }

    [Fact]
    public void A_refusal_names_the_step() =>
        Assert.Contains("'squares'", Assert.Throws<ParameterException>(
            () => PlanValidator.Validate(Step<ActivationStep>(8, s => s with { InputShift = 11 }))).Message);

    [Fact]
    public void The_sample_is_valid_with_garbled_comparisons() => PlanValidator.Validate(Garbled(Plan));

    [Fact]
    public void More_numbers_than_a_garbled_circuit_compares_are_refused_by_name()
    {
        InferencePlan plan = new()
        {
            Model = "wide", Deployment = "client-server", Comparison = ComparisonKinds.Garbled, Card = InputCard.None,
            Inputs = [new("x", [5000])], Outputs = [new("label", [1])],
            Tensors = [new(0, "x", [5000], 32, 12, 4, false), new(1, "narrow", [5000], 16, 14, 4, false), new(2, "label", [1], 16, 14, 0, true)],
            Steps =
            [
                new InputStep("x", 0, 0), new ReduceStep("narrow", 0, 1), new ArgMaxStep("largest", 1, 2),
                new OutputStep("label", 2, 0, new(PostOperationKind.None)),
            ],
        };
        PlanValidator.Validate(plan with { Comparison = ComparisonKinds.Transfers });
        string refusal = Assert.Throws<ParameterException>(() => PlanValidator.Validate(plan)).Message;
        Assert.Contains("'largest'", refusal);
        Assert.Contains("4096", refusal);
    }

    private static InferencePlan Garbled(InferencePlan plan) => plan with { Comparison = ComparisonKinds.Garbled };

    private static InferencePlan Tensor(int id, Func<PlanTensor, PlanTensor> change) =>
        Plan with { Tensors = Plan.Tensors.SetItem(id, change(Plan.Tensors[id])) };

    private static InferencePlan Step<T>(int index, Func<T, PlanStep> change) where T : PlanStep =>
        Plan with { Steps = Plan.Steps.SetItem(index, change((T)Plan.Steps[index])) };

    private static InferencePlan Linear(int index, int term, LinearTerm value) =>
        Step<LinearStep>(index, step => step with { Terms = step.Terms.SetItem(term, value) });

    private static InferencePlan Geometry(Func<Blindsight.Arithmetic.Tensors.ConvolutionGeometry, Blindsight.Arithmetic.Tensors.ConvolutionGeometry> change) =>
        Linear(1, 0, new ConvolutionTerm(0, change(((ConvolutionTerm)((LinearStep)Plan.Steps[1]).Terms[0]).Geometry)));
}
