using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>
/// A small plan in which tensors are lifted to 32 bits in every way that two servers tell apart: behind a clamp, through layouts and a maximum, and by an
/// opening of their own.
/// </summary>
public static class OutsourcedPlan
{
    /// <summary>Inputs for it.</summary>
    public static FloatTensor[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(row => new[]
    {
        new FloatTensor([1, 2, 6, 6], [.. Enumerable.Range(0, 72).Select(i => (float)Math.Sin(i * (row + 1)))]),
    })];

    public static QuantizedModel Create()
    {
        List<PlanTensor> tensors = [];
        int Tensor(string name, ImmutableArray<int> shape, int ring, int value, int scale, bool positive = false)
        {
            tensors.Add(new PlanTensor(tensors.Count, name, shape, ring, value, scale, positive));
            return tensors.Count - 1;
        }
        int input = Tensor("x", [2, 6, 6], 32, 12, 10), conv = Tensor("conv", [3, 6, 6], 16, 14, 10);
        int relu = Tensor("relu", [3, 6, 6], 16, 14, 10, true), wide = Tensor("relu.wide", [3, 6, 6], 32, 14, 10, true);
        int sum = Tensor("sum", [3, 6, 6], 16, 15, 9), clip = Tensor("clip", [3, 6, 6], 16, 15, 9);
        int pooled = Tensor("pooled", [3, 3, 3], 16, 15, 9), flipped = Tensor("flipped", [3, 3, 3], 16, 15, 9);
        int flat = Tensor("flat", [27], 16, 15, 9), padded = Tensor("padded", [30], 16, 15, 9);
        int both = Tensor("both", [57], 16, 15, 9), bothWide = Tensor("both.wide", [57], 32, 15, 9);
        int dense = Tensor("dense", [5], 16, 14, 8), denseWide = Tensor("dense.wide", [5], 32, 14, 8);
        int capped = Tensor("capped", [5], 16, 14, 8), cappedWide = Tensor("capped.wide", [5], 32, 14, 8);
        int reduced = Tensor("reduced", [5], 20, 14, 8), high = Tensor("high", [1], 20, 14, 8);
        int means = Tensor("means", [3, 1, 1], 16, 15, 7, true), meansWide = Tensor("means.wide", [3, 1, 1], 32, 15, 7, true);
        int logits = Tensor("logits", [4], 16, 14, 6), label = Tensor("label", [1], 12, 4, 0, true);
        ConvolutionGeometry g = new() { InChannels = 2, InHeight = 6, InWidth = 6, OutChannels = 3, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };
        PoolGeometry pool = new() { Channels = 3, InHeight = 6, InWidth = 6, OutHeight = 3, OutWidth = 3,
            KernelHeight = 3, KernelWidth = 3, StrideHeight = 2, StrideWidth = 2, PadTop = 1, PadLeft = 1 };
        PoolGeometry all = new() { Channels = 3, InHeight = 6, InWidth = 6, OutHeight = 1, OutWidth = 1, KernelHeight = 6, KernelWidth = 6 };
        ImmutableArray<PlanStep> steps =
        [
            new InputStep("in", 0, input),
            new LinearStep("conv", [new ConvolutionTerm(input, g)], [9, 10, 11], conv, false),
            new ClampStep("relu", conv, relu, 0, null, 0),
            new ExtendStep("relu.wide", relu, wide),
            new LinearStep("sum", [new ConvolutionTerm(wide, g with { InChannels = 3 }), new IdentityTerm(wide, [9, 9, 9])], [10, 10, 10], sum, false),
            new LinearStep("means", [new SumPoolTerm(wide, all, [14])], [12, 12, 12], means, false),
            new ClampStep("clip", sum, clip, -90, 700, 2),
            new MaxPoolStep("pool", clip, pooled, pool, 1),
            new LayoutStep("flip", [pooled], flipped, new TransposeLayout([0, 2, 1])),
            new LayoutStep("flat", [flipped], flat, new ReshapeLayout()),
            new LayoutStep("pad", [flat], padded, new PadLayout([1], -90)),
            new LayoutStep("both", [flat, padded], both, new ConcatLayout(0)),
            new ExtendStep("both.wide", both, bothWide),
            new LinearStep("dense", [new ConvolutionTerm(bothWide, ConvolutionGeometry.Dense(57, 5))], [12, 12, 12, 12, 12], dense, false),
            new ExtendStep("dense.wide", dense, denseWide),
            new ClampStep("cap", dense, capped, null, 300, 0),
            new ExtendStep("capped.wide", capped, cappedWide),
            new ReduceStep("reduce", cappedWide, reduced),
            new LayoutStep("slice", [reduced], high, new SliceLayout([2], [1])),
            new ExtendStep("means.wide", means, meansWide),
            new LinearStep("logits", [new ConvolutionTerm(denseWide, ConvolutionGeometry.Dense(5, 4)),
                new ConvolutionTerm(cappedWide, ConvolutionGeometry.Dense(5, 4)), new ConvolutionTerm(meansWide, ConvolutionGeometry.Dense(3, 4))],
                [10, 10, 10, 10], logits, true),
            new ArgMaxStep("argmax", logits, label),
            new OutputStep("label", label, 1, new PostOperation(PostOperationKind.None)),
            new OutputStep("logits", logits, 0, new PostOperation(PostOperationKind.Softmax, 0)),
            new OutputStep("high", high, 2, new PostOperation(PostOperationKind.None)),
        ];
        InferencePlan plan = new()
        {
            Model = "outsourced", Deployment = "client-server", Comparison = "ot",
            Inputs = [new PlanPort("x", [2, 6, 6])], Outputs = [new PlanPort("p", [4]), new PlanPort("label", [1]), new PlanPort("high", [1])],
            Tensors = [.. tensors], Steps = steps, Card = InputCard.None,
        };
        PlanValidator.Validate(plan);
        Random random = new(1);
        short[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(-250, 251))];
        ImmutableDictionary<int, QuantizedLinear> linear = steps.Select((step, index) => (step, index)).Where(entry => entry.step is LinearStep)
            .ToImmutableDictionary(entry => entry.index, entry => new QuantizedLinear(
                [.. ((LinearStep)entry.step).Terms.Select(term => term is ConvolutionTerm c ? Weights(c.Geometry.WeightElements) : [])],
                [.. Enumerable.Range(0, ((LinearStep)entry.step).ChannelShifts.Length).Select(i => i * 1000 - 1500)]));
        return new QuantizedModel(plan, linear);
    }
}
