using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>A plan of a few layers that uses every kind of step, with pseudo-random weights.</summary>
public static class SmallPlan
{
    /// <summary>Inputs for it.</summary>
    public static FloatTensor[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(row => new[]
    {
        new FloatTensor([1, 2, 6, 6], [.. Enumerable.Range(0, 72).Select(i => (float)Math.Sin(i * (row + 1)))]),
    })];

    /// <summary>A dense layer from 4 to 8 elements whose truncation is dithered or not.</summary>
    public static QuantizedModel OfOneLayer(bool released)
    {
        InferencePlan plan = new()
        {
            Model = "one layer", Deployment = "client-server", Comparison = "ot",
            Inputs = [new PlanPort("x", [4])], Outputs = [new PlanPort("y", [8])], Card = InputCard.None,
            Tensors = [new(0, "x", [4], 32, 12, 10, false), new(1, "y", [8], 16, 14, 6, false)],
            Steps =
            [
                new InputStep("x", 0, 0),
                new LinearStep("dense", [new ConvolutionTerm(0, ConvolutionGeometry.Dense(4, 8))], [.. Enumerable.Repeat(12, 8)], 1, released),
                new OutputStep("y", 1, 0, new PostOperation(PostOperationKind.None)),
            ],
        };
        short[] weights = [.. Enumerable.Range(0, 32).Select(i => (short)(i * 7919 % 501 - 250))];
        return new QuantizedModel(plan, ImmutableDictionary<int, QuantizedLinear>.Empty.Add(1, new QuantizedLinear([weights], new int[8])));
    }

    /// <summary>
    /// Two convolutions with 16,384 ReLUs between them: enough correlated transfers to be made silently, and in the background.
    /// </summary>
    public static QuantizedModel OfManyTransfers()
    {
        ConvolutionGeometry first = new()
        {
            InChannels = 1, InHeight = 64, InWidth = 64, OutChannels = 4, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1,
        };
        ConvolutionGeometry second = first with { InChannels = 4, OutChannels = 1 };
        InferencePlan plan = new()
        {
            Model = "many transfers", Deployment = "client-server", Comparison = "ot",
            Inputs = [new PlanPort("x", [1, 64, 64])], Outputs = [new PlanPort("y", [1, 64, 64])], Card = InputCard.None,
            Tensors =
            [
                new(0, "x", [1, 64, 64], 32, 12, 10, false), new(1, "conv", [4, 64, 64], 16, 14, 10, false),
                new(2, "relu", [4, 64, 64], 16, 14, 10, true), new(3, "wide", [4, 64, 64], 32, 14, 10, true),
                new(4, "y", [1, 64, 64], 16, 15, 8, false),
            ],
            Steps =
            [
                new InputStep("x", 0, 0), new LinearStep("conv", [new ConvolutionTerm(0, first)], [.. Enumerable.Repeat(10, 4)], 1, false),
                new ClampStep("relu", 1, 2, 0, null, 0), new ExtendStep("wide", 2, 3),
                new LinearStep("last", [new ConvolutionTerm(3, second)], [12], 4, true),
                new OutputStep("y", 4, 0, new PostOperation(PostOperationKind.None)),
            ],
        };
        short[] weights = [.. Enumerable.Range(0, 36).Select(i => (short)(i * 7919 % 301 - 150))];
        return new QuantizedModel(plan, ImmutableDictionary<int, QuantizedLinear>.Empty
            .Add(1, new QuantizedLinear([weights], new int[4])).Add(4, new QuantizedLinear([weights], new int[1])));
    }

    /// <summary>The same with 4 channels of these kinds (letters of <see cref="ActivationStep"/>) in place of the ReLUs.</summary>
    public static QuantizedModel OfManyTransfers(string kinds)
    {
        QuantizedModel relus = OfManyTransfers();
        ImmutableArray<int> exponents = [.. kinds.Select(kind => kind is ActivationStep.Square or ActivationStep.NegatedSquare ? -2 : 0)];
        int? low = kinds.Contains(ActivationStep.Clamp) ? 0 : null;
        return relus with
        {
            Plan = relus.Plan with
            {
                Tensors = [.. relus.Plan.Tensors.Select(tensor => tensor with { NonNegative = false })],
                Steps = relus.Plan.Steps.SetItem(2,
                    new ActivationStep("activation", 1, 2, kinds, exponents, exponents.Any(e => e != 0) ? 3 : 0, low, null, 0)),
            },
        };
    }

    /// <summary>Inputs for <see cref="OfManyTransfers()"/>.</summary>
    public static FloatTensor[][] Images(int count) => [.. Enumerable.Range(0, count).Select(row => new[]
    {
        new FloatTensor([1, 1, 64, 64], [.. Enumerable.Range(0, 4096).Select(i => (float)Math.Sin(i * (row + 1)))]),
    })];

    /// <summary>The same model under a plan that compares by garbled circuits, which leave out no bits.</summary>
    public static QuantizedModel Garbled(QuantizedModel model) => model with
    {
        Plan = model.Plan with
        {
            Comparison = ComparisonKinds.Garbled,
            Steps = [.. model.Plan.Steps.Select(step => step switch
            {
                ClampStep clamp => clamp with { DroppedBits = 0 }, ActivationStep activation => activation with { DroppedBits = 0 },
                MaxPoolStep pool => pool with { DroppedBits = 0 }, _ => step,
            })],
        },
    };

    /// <summary>Input, convolution, ReLU, max-pool, extension, residual, clip, square, layouts, dense, argmax, outputs.</summary>
    public static QuantizedModel OfEveryStep()
    {
        List<PlanTensor> tensors = [];
        int Tensor(string name, ImmutableArray<int> shape, int ring, int value, int scale, bool positive = false)
        {
            tensors.Add(new PlanTensor(tensors.Count, name, shape, ring, value, scale, positive));
            return tensors.Count - 1;
        }
        int input = Tensor("input", [2, 6, 6], 32, 12, 10);
        int conv = Tensor("conv", [3, 6, 6], 16, 14, 10);
        int relu = Tensor("relu", [3, 6, 6], 16, 14, 10, true);
        int wide = Tensor("wide", [3, 6, 6], 32, 14, 10, true);
        int sum = Tensor("sum", [3, 6, 6], 16, 15, 9);
        int clip = Tensor("clip", [3, 6, 6], 16, 15, 9, true);
        int pooled = Tensor("pooled", [3, 3, 3], 16, 15, 9, true);
        int flipped = Tensor("flipped", [3, 3, 3], 16, 15, 9, true);
        int flat = Tensor("flat", [27], 16, 15, 9, true);
        int both = Tensor("both", [54], 16, 15, 9, true);
        int bothWide = Tensor("bothWide", [54], 32, 15, 9, true);
        int dense = Tensor("dense", [5], 16, 14, 8);
        int square = Tensor("square", [5], 16, 15, 6, true);
        int squareWide = Tensor("squareWide", [5], 32, 15, 6, true);
        int logits = Tensor("logits", [4], 16, 14, 6);
        int label = Tensor("label", [1], 12, 4, 0, true);
        ConvolutionGeometry g = new() { InChannels = 2, InHeight = 6, InWidth = 6, OutChannels = 3, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };
        ConvolutionGeometry g2 = g with { InChannels = 3 };
        PoolGeometry pool = new() { Channels = 3, InHeight = 6, InWidth = 6, OutHeight = 3, OutWidth = 3,
            KernelHeight = 3, KernelWidth = 3, StrideHeight = 2, StrideWidth = 2 };
        ImmutableArray<PlanStep> steps =
        [
            new InputStep("in", 0, input),
            new LinearStep("conv", [new ConvolutionTerm(input, g)], [9, 10, 11], conv, false),
            new ClampStep("relu", conv, relu, 0, null, 0),
            new ExtendStep("wide", relu, wide),
            new LinearStep("sum", [new ConvolutionTerm(wide, g2), new IdentityTerm(wide, [9, 9, 9])], [10, 10, 10], sum, false),
            new ClampStep("clip", sum, clip, 0, 700, 2),
            new MaxPoolStep("pool", clip, pooled, pool, 1),
            new LayoutStep("flip", [pooled], flipped, new TransposeLayout([0, 2, 1])),
            new LayoutStep("flat", [flipped], flat, new ReshapeLayout()),
            new LayoutStep("both", [flat, flat], both, new ConcatLayout(0)),
            new ExtendStep("bothWide", both, bothWide),
            new LinearStep("dense", [new ConvolutionTerm(bothWide, ConvolutionGeometry.Dense(54, 5))], [12, 12, 12, 12, 12], dense, false),
            new ActivationStep("square", dense, square, "s", [0], 1, null, null, 0),
            new ExtendStep("squareWide", square, squareWide),
            new LinearStep("logits", [new ConvolutionTerm(squareWide, ConvolutionGeometry.Dense(5, 4))], [10, 10, 10, 10], logits, true),
            new ArgMaxStep("argmax", logits, label),
            new OutputStep("logits", logits, 0, new PostOperation(PostOperationKind.Softmax, 0)),
            new OutputStep("label", label, 1, new PostOperation(PostOperationKind.None)),
        ];
        InferencePlan plan = new()
        {
            Model = "everything", Deployment = "client-server", Comparison = "ot",
            Inputs = [new PlanPort("x", [2, 6, 6])], Outputs = [new PlanPort("p", [4]), new PlanPort("label", [1])],
            Tensors = [.. tensors], Steps = steps, Card = new InputCard("rgb", 1, [0], [1], "nchw", []),
        };
        Random random = new(1);
        short[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(-250, 251))];
        ImmutableDictionary<int, QuantizedLinear> linear = steps.Select((step, index) => (step, index)).Where(entry => entry.step is LinearStep)
            .ToImmutableDictionary(entry => entry.index, entry => new QuantizedLinear(
                [.. ((LinearStep)entry.step).Terms.Select(term => term is ConvolutionTerm c ? Weights(c.Geometry.WeightElements) : [])],
                [.. Enumerable.Range(0, ((LinearStep)entry.step).ChannelShifts.Length).Select(i => i * 1000 - 1500)]));
        return new QuantizedModel(plan, linear);
    }
}
