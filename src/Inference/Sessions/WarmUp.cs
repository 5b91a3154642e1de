using System.Collections.Immutable;
using System.Diagnostics;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// Runs a tiny network of every kind of step, once with each protocol of comparison, between two threads of this process, so that the
/// just-in-time compiler has seen the protocols' code before anything is measured.
/// </summary>
public static class WarmUp
{
    private const int Size = 8;

    /// <summary>Warms up and returns the seconds that it took.</summary>
    public static double Run()
    {
        long start = Stopwatch.GetTimestamp();
        foreach (string comparison in ComparisonKinds.All)
        {
            ServedModel model = new(Network(comparison));
            (FramedChannel client, FramedChannel server) = InMemoryChannel.CreatePair();
            using (client)
            using (server) Infer(model, client, server);
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>An input of the network.</summary>
    internal static FloatTensor[] Input => [new FloatTensor([1, 1, Size, Size], new float[Size * Size])];

    /// <summary>What a handshake does with a plan.</summary>
    internal static void HashPlan() => PlanSerializer.Hash(Network(ComparisonKinds.Transfers).Plan);

    private static void Infer(ServedModel model, IChannel client, IChannel server)
    {
        Thread serving = new(() =>
        {
            using ServerSession session = ServerSession.Accept(server, model, SessionOptions.Default);
            session.Serve();
        });
        serving.Start();
        using (ClientSession session = ClientSession.Connect(client, model.Quantized.Plan, SessionOptions.Default))
            session.Infer([Input]);
        serving.Join();
    }

    /// <summary>The network; its input is one image.</summary>
    internal static QuantizedModel Network(string comparison)
    {
        ConvolutionGeometry convolution = new()
        {
            InChannels = 1, InHeight = Size, InWidth = Size, OutChannels = 1, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1,
        };
        PoolGeometry pool = new()
        {
            Channels = 1, InHeight = Size, InWidth = Size, OutHeight = Size / 2, OutWidth = Size / 2,
            KernelHeight = 2, KernelWidth = 2, StrideHeight = 2, StrideWidth = 2,
        };
        const int Outputs = 4, Pooled = Size * Size / 4;
        ImmutableArray<PlanTensor> tensors =
        [
            new(0, "input", [1, Size, Size], 32, 12, 8, false), new(1, "convolution", [1, Size, Size], 16, 14, 8, false),
            new(2, "pool", [1, Size / 2, Size / 2], 16, 14, 8, false), new(3, "clamp", [1, Size / 2, Size / 2], 16, 14, 8, true),
            new(4, "wide", [1, Size / 2, Size / 2], 32, 14, 8, true), new(5, "square", [1, Size / 2, Size / 2], 16, 14, 4, true),
            new(6, "squares", [1, Size / 2, Size / 2], 32, 14, 4, true), new(7, "flat", [Pooled], 32, 14, 4, true),
            new(8, "dense", [Outputs], 16, 14, 4, false),
        ];
        ImmutableArray<PlanStep> steps =
        [
            new InputStep("input", 0, 0), new LinearStep("convolution", [new ConvolutionTerm(0, convolution)], [10], 1, false),
            new MaxPoolStep("pool", 1, 2, pool, 0), new ClampStep("clamp", 2, 3, 0, 1000, 0), new ExtendStep("wide", 3, 4),
            new ActivationStep("square", 3, 5, "s", [0], 2, null, null, 0), new ExtendStep("squares", 5, 6),
            new LayoutStep("flat", [6], 7, new ReshapeLayout()),
            new LinearStep("dense", [new ConvolutionTerm(7, ConvolutionGeometry.Dense(Pooled, Outputs))], [10, 10, 10, 10], 8, true),
            new OutputStep("output", 8, 0, new PostOperation(PostOperationKind.None)),
        ];
        InferencePlan plan = new()
        {
            Model = "warm-up", Deployment = "client-server", Comparison = comparison, Inputs = [new PlanPort("input", [1, Size, Size])],
            Outputs = [new PlanPort("output", [Outputs])], Tensors = tensors, Steps = steps,
            Card = new InputCard("rgb", 1, [0], [1], "nchw", []),
        };
        return new QuantizedModel(plan, new Dictionary<int, QuantizedLinear>
        {
            [1] = new QuantizedLinear([new short[convolution.WeightElements]], new int[1]),
            [8] = new QuantizedLinear([new short[Pooled * Outputs]], new int[Outputs]),
        }.ToImmutableDictionary());
    }
}
