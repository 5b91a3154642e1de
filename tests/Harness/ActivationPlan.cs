using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>A plan with activations of mixed channels behind every kind of layer, with pseudo-random weights.</summary>
public static class ActivationPlan
{
    private const int Channels = 5, Size = 4;

    /// <summary>
    /// Behind a convolution, a residual sum, a max-pool (where the client's share is not known before the input), of images and of rows;
    /// the last activation copies only.
    /// </summary>
    public static QuantizedModel Create()
    {
        const int Flat = Channels * (Size / 2) * (Size / 2);
        ImmutableArray<int> image = [Channels, Size, Size], half = [Channels, Size / 2, Size / 2];
        ConvolutionGeometry first = new()
        {
            InChannels = 2, InHeight = Size, InWidth = Size, OutChannels = Channels, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1,
        };
        PoolGeometry pool = new()
        {
            Channels = Channels, InHeight = Size, InWidth = Size, OutHeight = Size / 2, OutWidth = Size / 2,
            KernelHeight = 2, KernelWidth = 2, StrideHeight = 2, StrideWidth = 2,
        };
        ImmutableArray<PlanTensor> tensors =
        [
            new(0, "x", [2, Size, Size], 32, 12, 10, false),
            new(1, "conv", image, 16, 14, 9, false), new(2, "act1", image, 16, 15, 9, false), new(3, "wide1", image, 32, 15, 9, false),
            new(4, "sum", image, 17, 15, 8, false), new(5, "act2", image, 17, 15, 8, false),
            new(6, "pool", half, 17, 15, 8, false), new(7, "act3", half, 17, 15, 8, false), new(8, "flat", [Flat], 17, 15, 8, false),
            new(9, "wide3", [Flat], 32, 15, 8, false), new(10, "dense", [6], 16, 15, 7, false), new(11, "act4", [6], 16, 15, 7, false),
            new(12, "wide4", [6], 32, 15, 7, false), new(13, "last", [6], 20, 16, 7, false), new(14, "act5", [6], 14, 13, 3, false),
        ];
        ImmutableArray<PlanStep> steps =
        [
            new InputStep("x", 0, 0),
            new LinearStep("conv", [new ConvolutionTerm(0, first)], [9, 10, 11, 10, 9], 1, false),
            new ActivationStep("act1", 1, 2, "csnik", [0, -5, -4, 0, 0], 3, 0, null, 2),
            new ExtendStep("wide1", 2, 3),
            new LinearStep("sum", [new ConvolutionTerm(3, first with { InChannels = Channels }), new IdentityTerm(3, [9, 9, 9, 9, 9])],
                [10, 10, 10, 10, 10], 4, true),
            new ActivationStep("act2", 4, 5, "ciccs", [0, 0, 0, 0, -6], 2, -100, 900, 0),
            new MaxPoolStep("pool", 5, 6, pool, 1),
            new ActivationStep("act3", 6, 7, "scsnk", [-6, 0, -5, -7, 0], 4, null, 500, 1),
            new LayoutStep("flat", [7], 8, new ReshapeLayout()), new ExtendStep("wide3", 8, 9),
            new LinearStep("dense", [new ConvolutionTerm(9, ConvolutionGeometry.Dense(Flat, 6))], [11, 11, 11, 11, 11, 11], 10, false),
            new ActivationStep("act4", 10, 11, "iiikii", [0, 0, 0, 0, 0, 0], 0, null, null, 0), new ExtendStep("wide4", 11, 12),
            new LinearStep("last", [new ConvolutionTerm(12, ConvolutionGeometry.Dense(6, 6))], [9, 9, 9, 9, 9, 9], 13, false),
            // Squares alone may change ring and scale; the third gains zeros instead of losing bits.
            new ActivationStep("act5", 13, 14, "ssnsks", [-5, -4, 7, -5, 0, -5], 3, null, null, 0),
            new OutputStep("y", 14, 0, new PostOperation(PostOperationKind.None)), new OutputStep("act2", 5, 1, new PostOperation(PostOperationKind.None)),
        ];
        InferencePlan plan = new()
        {
            Model = "activations", Deployment = "client-server", Comparison = "ot", Card = InputCard.None,
            Inputs = [new PlanPort("x", [2, Size, Size])], Outputs = [new PlanPort("y", [6]), new PlanPort("act2", image)],
            Tensors = tensors, Steps = steps,
        };
        Random random = new(3);
        short[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(-200, 201))];
        return new QuantizedModel(plan, steps.Select((step, index) => (step, index)).Where(entry => entry.step is LinearStep)
            .ToImmutableDictionary(entry => entry.index, entry => new QuantizedLinear(
                [.. ((LinearStep)entry.step).Terms.Select(term => term is ConvolutionTerm c ? Weights(c.Geometry.WeightElements) : [])],
                [.. Enumerable.Range(0, ((LinearStep)entry.step).ChannelShifts.Length).Select(i => i * 1000 - 1500)])))
        {
            Offsets = ImmutableDictionary<int, int[]>.Empty.Add(2, [0, 40, -300, 0, 77]).Add(7, [-5, 0, 1000, 4, -1]).Add(11, [0, 0, 0, 9, 0, 0]),
        };
    }

    /// <summary>Inputs for it.</summary>
    public static FloatTensor[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(row => new[]
    {
        new FloatTensor([1, 2, Size, Size], [.. Enumerable.Range(0, 2 * Size * Size).Select(i => (float)Math.Sin(i * (row + 1)))]),
    })];
}
