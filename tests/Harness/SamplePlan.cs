using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>A small valid plan with one step of every kind, for tests that need any plan.</summary>
public static class SamplePlan
{
    public static InferencePlan Create() => new()
    {
        Model = "sample",
        Deployment = "client-server",
        Comparison = "ot",
        Inputs = [new("x", [2, 4, 4])],
        Outputs = [new("y", [4]), new("label", [])],
        Card = new("rgb", 1.0 / 255, [0.5], [0.25], "nchw", ["cat", "dog"]),
        Tensors =
        [
            new(0, "x", [2, 4, 4], 32, 10, 6, false),
            new(1, "conv", [2, 4, 4], 16, 15, 8, false),
            new(2, "pool", [2, 2, 2], 16, 15, 8, false),
            new(3, "relu", [2, 2, 2], 16, 15, 8, true),
            new(4, "relu.wide", [2, 2, 2], 32, 15, 8, true),
            new(5, "sums", [2, 1, 1], 32, 17, 8, true),
            new(6, "mix", [2], 16, 15, 7, false),
            new(7, "spare", [2], 16, 15, 7, false),
            new(8, "squares", [2], 16, 16, 4, true),
            new(9, "squares.wide", [2], 32, 16, 4, true),
            new(10, "both", [4], 32, 16, 4, true),
            new(11, "y", [4], 17, 16, 4, true),
            new(12, "label", [], 12, 3, 0, true),
            new(13, "dense", [4], 16, 15, 4, false),
        ],
        Steps =
        [
            new InputStep("x", 0, 0),
            new LinearStep("conv",
                [
                    new ConvolutionTerm(0, new() { InChannels = 2, InHeight = 4, InWidth = 4, OutChannels = 2,
                        KernelHeight = 3, KernelWidth = 3, PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 }),
                    new IdentityTerm(0, [10, 11]),
                ], [8, 9], 1, false),
            new MaxPoolStep("pool", 1, 2, new() { Channels = 2, InHeight = 4, InWidth = 4, OutHeight = 2, OutWidth = 2,
                KernelHeight = 2, KernelWidth = 2, StrideHeight = 2, StrideWidth = 2 }, 0),
            new ClampStep("relu", 2, 3, 0, 1500, 0),
            new ExtendStep("relu", 3, 4),
            new LinearStep("sums", [new SumPoolTerm(4, new() { Channels = 2, InHeight = 2, InWidth = 2, OutHeight = 1, OutWidth = 1,
                KernelHeight = 2, KernelWidth = 2 }, [1])], [0, 0], 5, false),
            new LinearStep("mix", [new ConvolutionTerm(5, ConvolutionGeometry.Dense(2, 2))], [9, 9], 6, false),
            new ActivationStep("mixed", 6, 7, "ic", [0, 0], 0, -50, null, 0),
            new ActivationStep("squares", 7, 8, "s", [0], 1, null, null, 0),
            new ExtendStep("squares", 8, 9),
            new LayoutStep("both", [9, 9], 10, new ConcatLayout(0)),
            new ReduceStep("y", 10, 11),
            new ArgMaxStep("label", 11, 12),
            new OutputStep("label", 12, 1, new(PostOperationKind.None)),
            new LinearStep("dense", [new ConvolutionTerm(10, ConvolutionGeometry.Dense(4, 4))], [8, 8, 8, 8], 13, true),
            new OutputStep("y", 13, 0, new(PostOperationKind.Softmax, 0)),
        ],
    };

    /// <summary>Weights for <see cref="Create"/>, small and all different.</summary>
    public static QuantizedModel CreateModel()
    {
        InferencePlan plan = Create();
        ImmutableDictionary<int, QuantizedLinear>.Builder linear = ImmutableDictionary.CreateBuilder<int, QuantizedLinear>();
        for (int i = 0; i < plan.Steps.Length; i++)
            if (plan.Steps[i] is LinearStep step)
                linear[i] = new(
                    [.. step.Terms.Select(term => Weights(i, (term as ConvolutionTerm)?.Geometry.WeightElements ?? 0))],
                    [.. Enumerable.Range(0, step.ChannelShifts.Length).Select(channel => 100 * i - 37 * channel)]);
        return new(plan, linear.ToImmutable());
    }

    private static short[] Weights(int step, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (short)((i * 37 + step * 11) % 61 - 25))];
}
